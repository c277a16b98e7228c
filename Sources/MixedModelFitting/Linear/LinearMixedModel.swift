// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import MixedModelErrors
import ModelFormulas
import ModelOptimization

/// A fitted linear mixed model.
///
///     let model = try LinearMixedModel.fit(
///       "reaction ~ 1 + days + (1 + days | subj)", data: Dataset.sleepstudy.table)
///     print(model)
///
/// A model is an immutable value; it holds the problem it came from.
public struct LinearMixedModel: Sendable {
  public let problem: LinearProblem
  public let criterion: Criterion
  /// The covariance parameters at the optimum (`theta` in lme4 and MixedModels.jl): the lower
  /// triangles of the relative covariance factors, column by column without structural zeros, term
  /// by term.
  public let theta: [Double]
  /// Minus twice the log-likelihood, or the REML criterion.
  public let objective: Double
  /// The residual standard deviation, in units of the response (`sigma` in lme4, `sdest` in
  /// MixedModels.jl).
  public let sigma: Double
  /// The estimable fixed effects (`fixef`).
  public let fixedEffects: FixedEffects
  /// The evidence that the fit is a minimum.
  public let certificate: Certificate
  /// The record of the optimization.
  public let fitReport: FitReport

  /// Theta in the units in which the problem holds the covariates.
  package let internalTheta: [Double]
  package let solution: LeastSquaresSolution

  init(
    problem: LinearProblem, criterion: Criterion, internalTheta: [Double],
    solution: LeastSquaresSolution, objective: Double, certificate: Certificate,
    fitReport: FitReport
  ) {
    self.problem = problem
    self.criterion = criterion
    self.internalTheta = internalTheta
    self.solution = solution
    self.objective = objective
    self.certificate = certificate
    self.fitReport = fitReport
    theta = problem.userParameters(internalTheta)
    let crossProducts = problem.crossProducts
    let basis = crossProducts.basis
    let degreesOfFreedom =
      crossProducts.observationCount
      - (criterion == .restrictedMaximumLikelihood ? crossProducts.rank : 0)
    let variance = solution.penalizedResidualSumOfSquares / Double(degreesOfFreedom)
    sigma = variance.squareRoot() * basis.responseScale
    fixedEffects = FixedEffects(
      allNames: problem.design.fixedEffectNames, estimable: basis.estimable,
      estimates: basis.coefficients(solution.coordinates),
      covariance: basis.covariance(solution.inverseFixedEffectsInformation, scale: variance))
  }

  /// Fits a linear mixed model: the short way from a formula and a table to a fit.
  ///
  /// `LinearProblem` is the long way, in two steps.
  /// - Throws: ``MixedModelError`` if formula, data and options do not fit together or the data
  ///   cannot identify the model. A fit that does not converge is returned, and says so in
  ///   ``MixedModel/hasConverged`` and ``MixedModel/notes``.
  public static func fit(
    _ formula: Formula, data: DataTable, criterion: Criterion = .maximumLikelihood,
    options: DesignOptions = DesignOptions(), optimizer: any Optimizer = TrustRegionNewton(),
    optimization: OptimizationOptions = OptimizationOptions(),
    onStep: (@Sendable (OptimizationStep) -> Void)? = nil
  ) throws(MixedModelError) -> LinearMixedModel {
    try LinearProblem(formula, data: data, options: options)
      .fit(criterion: criterion, optimizer: optimizer, options: optimization, onStep: onStep)
  }
}
