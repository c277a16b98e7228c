// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import ModelOptimization

extension GeneralizedProblem {
  /// Fits the model.
  ///
  /// - Parameters:
  ///   - criterion: what is minimized; the Laplace approximation by default.
  ///   - information: which information enters its determinant; of no effect without one.
  ///   - covariance: where the covariance matrix of the fixed effects comes from; conditional where
  ///     the criterion profiles them out.
  ///   - optimizer: the method; by default Newton's with exact derivatives, on the model Hessian at
  ///     first and on secant updates of it then.
  ///   - onStep: called after each evaluation of the criterion.
  /// - Throws: ``MixedModelError`` if an option is not accepted or the criterion has no value at the
  ///   start. A fit that does not converge is returned, and says so.
  public func fit(
    criterion: GeneralizedCriterion = .laplace, information: LaplaceInformation = .observed,
    covariance kind: FixedEffectsCovarianceKind = .joint,
    optimizer: any Optimizer = TrustRegionNewton(modelEvaluations: 4),
    options: OptimizationOptions = OptimizationOptions(),
    onStep: (@Sendable (OptimizationStep) -> Void)? = nil
  ) throws(MixedModelError) -> GeneralizedLinearMixedModel {
    if let linear = criterion.linearCriterion {
      return try withSeparateRows.fitPseudoLikelihood(
        criterion, linear, optimizer: optimizer, options: options, onStep: onStep)
    }
    let start = try GeneralizedStart(self)
    try checkSeparation(start.marginalGamma)
    return try fit(
      from: start, criterion: criterion, information: information, covariance: kind,
      optimizer: optimizer, options: options, onStep: onStep)
  }

  /// Fits the model by a criterion other than pseudo-likelihood.
  func fit(
    from start: GeneralizedStart, criterion: GeneralizedCriterion, information: LaplaceInformation,
    covariance kind: FixedEffectsCovarianceKind, optimizer: any Optimizer,
    options: OptimizationOptions, onStep: (@Sendable (OptimizationStep) -> Void)?
  ) throws(MixedModelError) -> GeneralizedLinearMixedModel {
    let laplace = deviance(criterion, information: information)
    let objective: any GeneralizedObjective
    if criterion.quadraturePoints == 1 {
      objective = laplace
    } else {
      objective = try AdaptiveQuadrature(
        laplace, points: criterion.quadraturePoints, terms: design.randomEffects)
    }
    return try fit(
      objective, from: start, criterion: criterion, covariance: kind, optimizer: optimizer,
      options: options, onStep: onStep)
  }

  private func fit(
    _ objective: some GeneralizedObjective, from start: GeneralizedStart,
    criterion: GeneralizedCriterion, covariance kind: FixedEffectsCovarianceKind,
    optimizer: any Optimizer,
    options: OptimizationOptions, onStep: (@Sendable (OptimizationStep) -> Void)?
  ) throws(MixedModelError) -> GeneralizedLinearMixedModel {
    var objective = objective
    // With the fixed effects profiled out the start is that of other software, unit covariance, so
    // that the log of the optimization can be held against theirs.
    let isNearer = options.start == nil && !criterion.profilesFixedEffects
    objective.laplace.setMode(u: isNearer ? start.thetaModes : start.u, gamma: start.gamma)
    var parameters = [Double](repeating: 0, count: objective.parameterCount)
    parameters.replaceSubrange(
      objective.laplace.gammaRange, with: criterion.profilesFixedEffects ? [] : start.gamma)
    parameters.replaceSubrange(
      objective.thetaRange,
      with: options.start.map(internalParameters)
        ?? (isNearer ? start.theta : covariance.identityParameters))
    if numbers.response.hasParameter { parameters[parameters.count - 1] = start.t }
    var settings = options
    if let given = options.start {
      guard given.count == covariance.parameterCount else {
        throw .optionOfWrongLength(
          "start", count: given.count, parameterCount: covariance.parameterCount)
      }
      settings.start = nil
    }
    let thetaRange = objective.thetaRange
    func user(_ parameters: [Double]) -> [Double] {
      var result = parameters
      result.replaceSubrange(thetaRange, with: userParameters(Array(parameters[thetaRange])))
      return result
    }
    var fit = try CriterionFit(
      objective, from: parameters, optimizer: optimizer, options: settings, onStep: onStep)
    try fit.minimize()
    let certificate = try fit.certificate(
      groupingFactors: design.randomEffects.map(\.groupingFactor))
    return try GeneralizedLinearMixedModel(
      problem: self, criterion: criterion, covarianceKind: kind, objective: fit.objective,
      parameters: fit.parameters, gradient: fit.derivatives?.gradient, certificate: certificate,
      fitReport: fit.report(finalObjective: fit.value, user: user))
  }
}
