// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import ModelOptimization

/// The estimates of one refit, without what only a report of it needs.
package struct LinearRefit: Sendable, Hashable {
  /// The estimable fixed effects, in the order of the model's columns.
  package let coefficients: [Double]
  /// Their standard errors.
  package let standardErrors: [Double]
  package let sigma: Double
  /// As ``LinearMixedModel/theta``.
  package let theta: [Double]
  package let objective: Double
  /// Whether some covariance matrix is singular.
  package let isSingular: Bool
  /// Whether the optimizer met its criterion. The curvature at the estimates is not looked at.
  package let hasConverged: Bool
  /// How many times the criterion was evaluated.
  package let evaluations: Int
}

/// A workspace that fits one model to response after response, for a bootstrap.
///
/// It keeps everything that does not depend on the response, so that a refit touches the rows once
/// and Z'Z not at all. Each thread of a parallel computation has a copy of its own; a result depends
/// on the response only, not on those fitted before.
package struct LinearRefitter: Sendable {
  private let problem: LinearProblem
  private let rowCount: Int
  /// Where each fit starts, in the units in which the problem holds the covariates.
  private let start: [Double]
  private var products: ResponseProducts
  private var fit: CriterionFit<ProfiledDeviance>

  /// A workspace for a model; every refit starts at its estimates and uses its criterion.
  /// - Throws: nothing that the model's own fit would not have thrown.
  /// - Complexity: O(n p²).
  package init(_ model: LinearMixedModel) throws(MixedModelError) {
    try self.init(
      model.problem, criterion: model.criterion,
      start: model.problem.warmStart(model.internalTheta))
  }

  private init(
    _ problem: LinearProblem, criterion: Criterion, start: [Double]
  ) throws(MixedModelError) {
    self.problem = problem
    self.start = start
    let rows = problem.rows
    rowCount = rows.rowCount
    products = try ResponseProducts(rows, of: problem.crossProducts)
    fit = try CriterionFit(
      try problem.profiledDeviance(criterion), from: start, optimizer: TrustRegionNewton(),
      options: OptimizationOptions(), onStep: nil, isCertified: false)
  }

  /// A workspace for another thread, in storage of its own if the model is small: an evaluation of it takes
  /// no longer than two threads do to count a few dozen references to the same storage.
  package func detached() throws(MixedModelError) -> LinearRefitter {
    guard fit.objective.isCheap else { return self }
    return try LinearRefitter(
      problem.detached(), criterion: fit.objective.criterion, start: start.detached)
  }

  /// Fits the model to another response.
  /// - Parameters:
  ///   - response: one value for each row used, in their order; of a row that stands for several
  ///     observations, their mean.
  ///   - scatter: the weighted sum of squares of these observations about their means.
  /// - Throws: ``MixedModelError`` if the response has another length, a value that is not finite, or
  ///   no variation beyond the fixed effects. The workspace may be used again.
  package mutating func refit(
    to response: [Double], scatter: Double = 0
  ) throws(MixedModelError) -> LinearRefit {
    try problem.checkNewResponse(response, rowCount: rowCount)
    try fit.objective.replaceResponse(response, scatter: scatter, products: &products)
    fit.restart(from: start)
    try fit.minimize()
    guard let solution = fit.objective.solution(at: fit.parameters) else {
      throw .undefinedCriterion(at: problem.userParameters(fit.parameters))
    }
    let basis = fit.objective.leastSquares.crossProducts.basis
    let variance = fit.objective.residualVariance(solution)
    let covariance = basis.covariance(solution.inverseFixedEffectsInformation, scale: variance)
    return LinearRefit(
      coefficients: basis.coefficients(solution.coordinates),
      standardErrors: (0..<basis.rank).map { max(0, covariance[$0, $0]).squareRoot() },
      sigma: variance.squareRoot() * basis.responseScale,
      theta: problem.userParameters(fit.parameters),
      objective: fit.objective.objective(solution),
      isSingular: fit.objective.crossProducts.layout.hasSingularFactor(solution.factors),
      hasConverged: fit.termination.isSuccess,
      evaluations: fit.steps.count)
  }
}
