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
  var fixedVariance: Double?
  package private(set) var leastSquares: PenalizedLeastSquares
  let effectMeanSquares: [[Double]]?
  // The workspace: what the last evaluation with derivatives left, overwritten by the next.
  private var factors: [Double]
  private var solution: LeastSquaresSolution
  private var derivatives = TermFactorDerivatives()
  private var gradients: [Matrix]
  /// Where the workspace's solution belongs to, if there is one.
  private var lastTheta: [Double]?
  /// What the data leave open, once it has been asked for: no response changes it.
  private var identification: [TermIdentification?]?

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
    effectMeanSquares = crossProducts.effectMeanSquares
    gradients = crossProducts.layout.terms.map {
      Matrix(rowCount: $0.dimension, columnCount: $0.dimension)
    }
    factors = [Double](repeating: 0, count: covariance.factorCount)
    solution = LeastSquaresSolution(rank: crossProducts.rank)
  }

  /// The derivatives of the penalized residual sum of squares at the parameters evaluated last with
  /// derivatives, negated.
  var residualSensitivities: [Double] { derivatives.information.sensitivities }

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
        - (isRestricted ? crossProducts.rank : 0))
  }

  package func reordered(to order: EffectOrder) -> ProfiledDeviance {
    ProfiledDeviance(
      leastSquares.crossProducts.reordered(to: order), layout: leastSquares.cholesky.layout,
      covariance: covariance, criterion: criterion, fixedVariance: fixedVariance)
  }

  mutating func identifiedParameters(_ theta: [Double]) -> [Double]? {
    let crossProducts = leastSquares.crossProducts
    let identification =
      identification
      ?? covariance.identification(
        crossProducts.matrix,
        rowCount: fixedVariance == nil ? crossProducts.observationCount : nil)
    self.identification = identification
    let identified = covariance.identifiedParameters(theta, identification)
    guard isRestricted, crossProducts.spannedEffects.contains(where: { !$0.isEmpty }) else {
      return identified
    }
    return covariance.parameters(
      identified ?? theta, withoutVarianceOf: crossProducts.spannedEffects)
  }

  /// Takes another response; what was known of the last one is forgotten.
  /// - Parameter scatter: a weighted sum of squares that the rows' means do not show.
  /// - Throws: ``MixedModelError`` if the fixed effects reproduce the response exactly.
  mutating func replaceResponse(
    _ response: [Double], scatter: Double = 0, products: inout ResponseProducts
  ) throws(MixedModelError) {
    lastTheta = nil
    try products.write(response, scatter: scatter, to: &leastSquares.crossProducts)
  }

  /// The residual variance at a solution, in the squared unit in which the response is held.
  package func residualVariance(_ solution: LeastSquaresSolution) -> Double {
    fixedVariance ?? solution.penalizedResidualSumOfSquares / effectiveCount
  }

  package mutating func value(at theta: [Double]) -> Double {
    covariance.write(theta, to: &factors)
    guard leastSquares.factorize(factors) == nil else { return .infinity }
    return objective(
      residualSum: leastSquares.penalizedResidualSumOfSquares,
      logDeterminant: leastSquares.cholesky.logDeterminant,
      fixedEffectsLogDeterminant: isRestricted ? leastSquares.fixedEffectsLogDeterminant : 0)
  }

  /// The solution at theta, exact zeros included; `nil` where the factorization breaks down.
  package mutating func solution(at theta: [Double]) -> LeastSquaresSolution? {
    let wanted = covariance.factors(theta)
    // The last one may belong to floored factors.
    if lastTheta == theta, solution.factors == wanted { return solution }
    lastTheta = nil
    guard leastSquares.factorize(wanted) == nil else { return nil }
    leastSquares.solve(factors: wanted, into: &solution)
    return solution
  }

  private var isRestricted: Bool { criterion == .restrictedMaximumLikelihood }

  /// The criterion at a solution.
  package func objective(_ solution: LeastSquaresSolution) -> Double {
    objective(
      residualSum: solution.penalizedResidualSumOfSquares, logDeterminant: solution.logDeterminant,
      fixedEffectsLogDeterminant: isRestricted ? solution.fixedEffectsLogDeterminant : 0)
  }

  private func objective(
    residualSum: Double, logDeterminant: Double, fixedEffectsLogDeterminant: Double
  ) -> Double {
    let crossProducts = leastSquares.crossProducts
    let scale = crossProducts.basis.responseScale
    let nu = effectiveCount
    let variance = fixedVariance ?? residualSum / nu
    // Profiled out, the variance makes this share one exactly.
    let share = fixedVariance.map { residualSum / (nu * $0) } ?? 1
    var value =
      logDeterminant - crossProducts.logWeightSum
      + nu
      * (share + Double.log(2 * .pi * variance) + (scale == 1 ? 0 : 2 * Double.log(scale)))
    if isRestricted {
      // B = X T, so the determinant of the model's own columns is that of B less that of T, twice.
      value += fixedEffectsLogDeterminant - 2 * crossProducts.basis.logDeterminant
    }
    return value.isNaN ? .infinity : value
  }

  package mutating func evaluate(at theta: [Double], into point: inout ObjectivePoint) {
    point.value = .infinity
    guard solve(at: theta) else { return }
    point.value = objective(solution)
    guard point.value < .infinity else { return }
    lastTheta = theta

    let variance = residualVariance(solution)
    let directions = covariance.directions(at: theta)
    leastSquares.differentiate(
      at: solution, along: point.needsHessian ? directions : nil,
      includesFixedEffects: isRestricted, residualWeight: 1 / variance, into: &derivatives)
    directions.pullback(derivatives.adjoint, into: &point.gradient)
    guard point.needsHessian else { return }

    let v = derivatives.information.sensitivities
    let information = derivatives.information.values
    let count = parameterCount
    // What profiling the variance out takes off the curvature.
    let profiled = fixedVariance == nil ? 1 / (effectiveCount * variance * variance) : 0
    for b in 0..<count {
      for a in b..<count {
        let entry = information[a + b * count] / variance - v[a] * v[b] * profiled
        point.hessian[a, b] = entry
        point.hessian[b, a] = entry
      }
    }
    leastSquares.crossProducts.layout.writeCovarianceGradients(
      derivatives.adjoint, factors: factors, to: &gradients)
    covariance.addCurvature(gradients, directions, to: &point.hessian, at: 0)
  }

  /// Solves at theta, the factors' diagonals kept from zero.
  /// - Returns: whether there is a solution.
  private mutating func solve(at theta: [Double]) -> Bool {
    lastTheta = nil
    covariance.write(theta, to: &factors)
    leastSquares.crossProducts.layout.floorDiagonals(&factors, at: Self.diagonalFloor)
    guard leastSquares.factorize(factors) == nil else { return false }
    leastSquares.solve(factors: factors, into: &solution)
    return true
  }

  /// The derivative G of the criterion with respect to each term's covariance matrix at theta, or `nil` where the
  /// criterion has no value.
  package mutating func covarianceGradients(at theta: [Double]) -> [Matrix]? {
    guard solve(at: theta) else { return nil }
    leastSquares.differentiate(
      at: solution, includesFixedEffects: isRestricted,
      residualWeight: 1 / residualVariance(solution), into: &derivatives)
    return leastSquares.crossProducts.layout.covarianceGradients(
      derivatives.adjoint, factors: factors)
  }
}
