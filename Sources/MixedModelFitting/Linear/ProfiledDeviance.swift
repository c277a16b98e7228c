// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import MixedModelErrors
import ModelOptimization
import RealModule

/// The profiled ML or REML criterion as a function of theta.
///
/// With ν = n for ML and n - p for REML, and ρ² the penalized residual sum of squares,
///
///     d(theta) = log|Λ'Z'ZΛ + I| [+ log|X'V⁻¹X|] + ν (1 + log(2πρ²/ν)) - Σ log w
///
/// (Bates, Mächler, Bolker & Walker 2015, equations 34 and 41). The fixed effects and the residual
/// variance are profiled out; the value keeps every constant, so that it compares across programs.
///
/// With a fixed residual variance σ², `ν log(2πσ²) + ρ²/σ²` takes the place of the third term.
package struct ProfiledDeviance: CovarianceCriterion {
  package let criterion: Criterion
  package let covariance: RelativeCovarianceFactor
  /// The residual variance where it is known, in the squared unit in which the response is held.
  let fixedVariance: Double?
  package private(set) var leastSquares: PenalizedLeastSquares
  /// The solution at the parameters evaluated last with derivatives, where there was one.
  package private(set) var lastSolution: (theta: [Double], solution: LeastSquaresSolution)?

  /// The least magnitude of a factor's diagonal entry while derivatives are computed: it keeps the
  /// factor invertible and moves the criterion by about 1e-14 of its curvature there.
  private static let diagonalFloor = 1e-7

  package init(
    _ crossProducts: CrossProducts, layout: CholeskyLayout, covariance: RelativeCovarianceFactor,
    criterion: Criterion, fixedVariance: Double? = nil
  ) {
    self.criterion = criterion
    self.fixedVariance = fixedVariance
    self.covariance = covariance
    leastSquares = PenalizedLeastSquares(crossProducts, layout: layout)
  }

  /// The average information is that of a model which holds: where it does not, as with effects
  /// whose mean is not zero but has no column, it can be several times the curvature.
  package var hessianIsApproximate: Bool { true }

  package var parameterCount: Int { covariance.parameterCount }
  package var thetaRange: Range<Int> { 0..<parameterCount }

  /// A factor this small is evaluated in microseconds.
  private static let cheapValueCount = 4096
  package var isCheap: Bool {
    leastSquares.cholesky.layout.valueCount * parameterCount <= Self.cheapValueCount
  }

  /// ν: the rows for ML, the residual degrees of freedom for REML.
  package var effectiveCount: Double {
    let crossProducts = leastSquares.crossProducts
    return Double(
      crossProducts.observationCount
        - (criterion == .restrictedMaximumLikelihood ? crossProducts.rank : 0))
  }

  package var effectMeanSquares: [[Double]]? { leastSquares.crossProducts.effectMeanSquares }

  package func reordered(to order: EffectOrder) -> ProfiledDeviance {
    ProfiledDeviance(
      leastSquares.crossProducts.reordered(to: order), layout: leastSquares.cholesky.layout,
      covariance: covariance, criterion: criterion, fixedVariance: fixedVariance)
  }

  func identifiedParameters(_ theta: [Double]) -> [Double]? {
    let crossProducts = leastSquares.crossProducts
    return covariance.identifiedParameters(
      theta,
      covariance.identification(
        crossProducts.matrix,
        rowCount: fixedVariance == nil ? crossProducts.observationCount : nil))
  }

  /// The residual variance at a solution, in the squared unit in which the response is held.
  package func residualVariance(_ solution: LeastSquaresSolution) -> Double {
    fixedVariance ?? solution.penalizedResidualSumOfSquares / effectiveCount
  }

  package mutating func value(at theta: [Double]) -> Double {
    let factors = covariance.factors(theta)
    guard leastSquares.factorize(factors) == nil else { return .infinity }
    return objective(leastSquares.solution(factors: factors))
  }

  /// The solution at theta, exact zeros included; `nil` where the factorization breaks down.
  package mutating func solution(at theta: [Double]) -> LeastSquaresSolution? {
    let factors = covariance.factors(theta)
    // The last one may belong to floored factors.
    if let last = lastSolution, last.theta == theta, last.solution.factors == factors {
      return last.solution
    }
    guard leastSquares.factorize(factors) == nil else { return nil }
    return leastSquares.solution(factors: factors)
  }

  /// The criterion at a solution.
  package func objective(_ solution: LeastSquaresSolution) -> Double {
    let crossProducts = leastSquares.crossProducts
    let basis = crossProducts.basis
    let nu = effectiveCount
    let scale = basis.responseScale
    let variance = residualVariance(solution)
    // Profiled out, the variance makes this share one exactly.
    let share = fixedVariance.map { solution.penalizedResidualSumOfSquares / (nu * $0) } ?? 1
    var value =
      solution.logDeterminant - crossProducts.logWeightSum
      + nu
      * (share + Double.log(2 * .pi * variance) + (scale == 1 ? 0 : 2 * Double.log(scale)))
    if criterion == .restrictedMaximumLikelihood {
      // B = X T, so the determinant of the model's own columns is that of B less that of T, twice.
      value += solution.fixedEffectsLogDeterminant - 2 * basis.logDeterminant
    }
    return value.isNaN ? .infinity : value
  }

  package mutating func evaluate(at theta: [Double], into point: inout ObjectivePoint) {
    point.value = .infinity
    lastSolution = nil
    var factors = covariance.factors(theta)
    leastSquares.crossProducts.layout.floorDiagonals(&factors, at: Self.diagonalFloor)
    guard leastSquares.factorize(factors) == nil else { return }
    let solution = leastSquares.solution(factors: factors)
    point.value = objective(solution)
    guard point.value < .infinity else { return }
    lastSolution = (theta, solution)

    let nu = effectiveCount
    let variance = residualVariance(solution)
    let directions = covariance.derivatives(at: theta)
    let derivatives = leastSquares.derivatives(
      of: solution, directions: point.needsHessian ? directions : [],
      includesFixedEffects: criterion == .restrictedMaximumLikelihood, residualWeight: 1 / variance)
    point.gradient = covariance.pullback(derivatives.adjoint, through: directions)
    guard point.needsHessian else { return }

    let v = derivatives.residualSensitivities
    // What profiling the variance out takes off the curvature.
    let profiled = fixedVariance == nil ? 1 / (nu * variance * variance) : 0
    for b in directions.indices {
      for a in b..<directions.count {
        let entry = derivatives.averageInformation[a, b] / variance - v[a] * v[b] * profiled
        point.hessian[a, b] = entry
        point.hessian[b, a] = entry
      }
    }
    covariance.addCurvature(
      leastSquares.crossProducts.layout.covarianceGradients(derivatives.adjoint, factors: factors),
      directions, to: &point.hessian, at: 0)
  }

  /// The derivative G of the criterion with respect to each term's covariance matrix at theta, or `nil` where the
  /// criterion has no value.
  package mutating func covarianceGradients(at theta: [Double]) -> [Matrix]? {
    var factors = covariance.factors(theta)
    leastSquares.crossProducts.layout.floorDiagonals(&factors, at: Self.diagonalFloor)
    guard leastSquares.factorize(factors) == nil else { return nil }
    let solution = leastSquares.solution(factors: factors)
    let derivatives = leastSquares.derivatives(
      of: solution, directions: [],
      includesFixedEffects: criterion == .restrictedMaximumLikelihood,
      residualWeight: 1 / residualVariance(solution))
    return leastSquares.crossProducts.layout.covarianceGradients(
      derivatives.adjoint, factors: factors)
  }
}
