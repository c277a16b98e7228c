// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import ModelOptimization

/// The profiled criterion of a linear model with a stochastic log-determinant: as
/// ``ProfiledDeviance``, but nothing of the size of a factor is held.
///
/// The probes are fixed, so that this is a smooth function of theta; its gradient is its own, exact to
/// the tolerance of the Krylov spaces, and the residual sum of squares and the average information are
/// those of the exact criterion.
struct StochasticDeviance: LinearCriterion {
  let criterion: Criterion
  let covariance: RelativeCovarianceFactor
  private(set) var leastSquares: StochasticLeastSquares
  private var information = AverageInformation()
  /// The theta and the solution of the last evaluation.
  private var last: (theta: [Double], solution: LeastSquaresSolution)?

  init(
    _ crossProducts: CrossProducts, covariance: RelativeCovarianceFactor, criterion: Criterion,
    probeCount: Int, seed: UInt64
  ) {
    self.criterion = criterion
    self.covariance = covariance
    leastSquares = StochasticLeastSquares(crossProducts, probeCount: probeCount, seed: seed)
  }

  var crossProducts: CrossProducts { leastSquares.crossProducts }
  var fixedVariance: Double? { nil }
  var parameterCount: Int { covariance.parameterCount }
  var thetaRange: Range<Int> { 0..<parameterCount }
  var isCheap: Bool { false }
  var hessianIsApproximate: Bool { true }

  /// Parameters that the data leave open stay where they are: at others that describe the data as well,
  /// the probes would give another value.
  mutating func identifiedParameters(_ theta: [Double]) -> [Double]? { nil }

  mutating func value(at theta: [Double]) -> Double {
    solution(at: theta).map(objective) ?? .infinity
  }

  mutating func solution(at theta: [Double]) -> LeastSquaresSolution? {
    let factors = covariance.factors(theta)
    if let last, last.theta == theta, last.solution.factors == factors { return last.solution }
    guard let (solution, _) = leastSquares.solve(factors, differentiated: false) else { return nil }
    last = (theta, solution)
    return solution
  }

  /// The solution with the derivatives of the criterion with respect to all entries of the factors, the
  /// factors' diagonals kept from zero.
  private mutating func differentiatedSolution(
    at theta: [Double]
  ) -> (solution: LeastSquaresSolution, adjoint: [Double])? {
    var factors = covariance.factors(theta)
    crossProducts.layout.floorDiagonals(&factors, at: leastFactorDiagonal)
    last = nil
    guard let (solution, determinant) = leastSquares.solve(factors, differentiated: true) else {
      return nil
    }
    var adjoint = determinant
    leastSquares.addDerivatives(
      at: solution, includesFixedEffects: isRestricted,
      residualWeight: 1 / residualVariance(solution), to: &adjoint)
    last = (theta, solution)
    return (solution, adjoint)
  }

  mutating func evaluate(at theta: [Double], into point: inout ObjectivePoint) {
    point.value = .infinity
    guard let (solution, adjoint) = differentiatedSolution(at: theta) else { return }
    let directions = covariance.directions(at: theta)
    directions.pullback(adjoint, into: &point.gradient)
    if point.needsHessian {
      let z = leastSquares.residualProducts(solution)
      guard information.update(z, at: solution, in: leastSquares, directions: directions) else {
        return
      }
      writeHessian(
        information, variance: residualVariance(solution),
        gradients: crossProducts.layout.covarianceGradients(adjoint, factors: solution.factors),
        directions, to: &point.hessian)
    }
    point.value = objective(solution)
  }

  mutating func covarianceGradients(at theta: [Double]) -> [Matrix]? {
    differentiatedSolution(at: theta).map {
      crossProducts.layout.covarianceGradients($0.adjoint, factors: $0.solution.factors)
    }
  }
}
