// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import ModelOptimization

extension LinearProblem {
  /// Fits the model.
  ///
  /// - Parameters:
  ///   - criterion: maximum likelihood (the default) or REML.
  ///   - optimizer: the method; by default Newton's with exact derivatives.
  ///   - options: tolerances, limits and starting values of the optimization.
  ///   - onStep: called after each evaluation of the criterion, theta as the optimizer holds it.
  /// - Throws: ``MixedModelError`` if an option is not accepted or the criterion has no value at the
  ///   start. A fit that does not converge is returned, and says so.
  public func fit(
    criterion: Criterion = .maximumLikelihood, optimizer: any Optimizer = TrustRegionNewton(),
    options: OptimizationOptions = OptimizationOptions(),
    onStep: (@Sendable (OptimizationStep) -> Void)? = nil
  ) throws(MixedModelError) -> LinearMixedModel {
    if let objective = stochasticDeviance(criterion) {
      return try fit(
        objective, optimizer, options, onStep,
        failure: { $0.leastSquares.needsMoreSteps ? .tooManyKrylovSteps() : nil })
    }
    return try fit(profiledDeviance(criterion), optimizer, options, onStep, failure: { _ in nil })
  }

  /// - Parameter failure: why the criterion has no value where it was evaluated last, if there is more to
  ///   say than that.
  private func fit<Objective: LinearCriterion>(
    _ objective: consuming Objective, _ optimizer: any Optimizer, _ options: OptimizationOptions,
    _ onStep: (@Sendable (OptimizationStep) -> Void)?,
    failure: (Objective) -> MixedModelError?
  ) throws(MixedModelError) -> LinearMixedModel {
    let criterion = objective.criterion
    try options.validate(parameterCount: objective.parameterCount)
    let start =
      options.start.map(internalParameters)
      ?? objective.startingParameters(for: optimizer)
    // The factor in it is by far the largest array of a large model: there shall be one only.
    var fit = try CriterionFit(
      consume objective, from: start, optimizer: optimizer, options: options, onStep: onStep)
    do {
      try fit.minimize()
    } catch {
      throw failure(fit.objective) ?? error
    }
    guard let solution = fit.objective.solution(at: fit.parameters) else {
      throw failure(fit.objective) ?? .undefinedCriterion(at: userParameters(fit.parameters))
    }
    let certificate = try fit.certificate(
      groupingFactors: design.randomEffects.map(\.groupingFactor))
    let value = fit.objective.objective(solution)
    return LinearMixedModel(
      problem: self, criterion: criterion, internalTheta: fit.parameters, solution: solution,
      objective: value, certificate: certificate,
      fitReport: fit.report(finalObjective: value, user: userParameters))
  }

  /// Fits the model once with each optimizer (`allFit` in lme4), to see whether they agree.
  /// - Returns: the optimizers' names with their models or errors, in the order given.
  public func fit(
    allOptimizers optimizers: [any Optimizer], criterion: Criterion = .maximumLikelihood,
    options: OptimizationOptions = OptimizationOptions()
  ) -> [(optimizer: String, result: Result<LinearMixedModel, MixedModelError>)] {
    optimizers.map { optimizer in
      (
        optimizer.name,
        Result { () throws(MixedModelError) -> LinearMixedModel in
          try fit(criterion: criterion, optimizer: optimizer, options: options)
        }
      )
    }
  }
}
