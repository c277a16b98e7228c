// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import MixedModelErrors
import ModelOptimization
import RealModule

/// The profiled ML or REML criterion as a function of theta, by the Cholesky factor.
package struct ProfiledDeviance: LinearCriterion {
  package let criterion: Criterion
  package let covariance: RelativeCovarianceFactor
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

  /// Six digits of every estimate shall be those of the optimum, small coefficients' too.
  var settledDecrement: Double { 1e-7 }

  package var parameterCount: Int { covariance.parameterCount }
  package var thetaRange: Range<Int> { 0..<parameterCount }

  /// A factor this small is evaluated in microseconds.
  private static let cheapValueCount = 4096
  package var isCheap: Bool {
    leastSquares.cholesky.layout.valueCount * parameterCount <= Self.cheapValueCount
  }

  package var crossProducts: CrossProducts { leastSquares.crossProducts }

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

  package mutating func evaluate(at theta: [Double], into point: inout ObjectivePoint) {
    point.value = .infinity
    point.isInterrupted = false
    guard solve(at: theta) else { return }
    point.value = objective(solution)
    guard point.value < .infinity else { return }
    lastTheta = theta

    let variance = residualVariance(solution)
    let directions = covariance.directions(at: theta)
    guard
      leastSquares.differentiate(
        at: solution, along: point.needsHessian ? directions : nil,
        includesFixedEffects: isRestricted, residualWeight: 1 / variance,
        deadline: point.deadline, into: &derivatives)
    else {
      point.isInterrupted = true
      return
    }
    directions.pullback(derivatives.adjoint, into: &point.gradient)
    guard point.needsHessian else { return }

    leastSquares.crossProducts.layout.writeCovarianceGradients(
      derivatives.adjoint, factors: factors, to: &gradients)
    writeHessian(
      derivatives.information, variance: variance, gradients: gradients, directions,
      to: &point.hessian)
  }

  /// Solves at theta, the factors' diagonals kept from zero.
  /// - Returns: whether there is a solution.
  private mutating func solve(at theta: [Double]) -> Bool {
    lastTheta = nil
    covariance.write(theta, to: &factors)
    leastSquares.crossProducts.layout.floorDiagonals(&factors, at: leastFactorDiagonal)
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
