// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModels

/// A model ready to be fitted, with everything that the options say of the fit but the optimization.
enum ModelTask {
  case linear(LinearProblem, Criterion)
  case generalized(GeneralizedProblem, GeneralizedOptions.Choice)

  /// - Parameter choice: `nil` for a linear model.
  init(
    _ formula: Formula, data: DataTable, criterion: Criterion,
    generalized choice: GeneralizedOptions.Choice?, options: DesignOptions
  ) throws(MixedModelError) {
    guard let choice else {
      self = .linear(try LinearProblem(formula, data: data, options: options), criterion)
      return
    }
    self = .generalized(
      try GeneralizedProblem(
        formula, data: data, family: choice.family, link: choice.link, options: options),
      choice)
  }

  /// The arithmetic that a fit is likely to take.
  var work: FitPlan.Work {
    switch self {
    case .linear(let problem, _): problem.work
    case .generalized(let problem, let choice): problem.work(choice.criterion)
    }
  }

  /// - Parameter optimizer: `nil` for the default, which depends on the kind of model.
  func fit(
    optimizer: (any Optimizer)?, options: OptimizationOptions,
    onStep: (@Sendable (OptimizationStep) -> Void)?
  ) throws(MixedModelError) -> any MixedModel {
    switch self {
    case .linear(let problem, let criterion):
      guard let optimizer else {
        return try problem.fit(criterion: criterion, options: options, onStep: onStep)
      }
      return try problem.fit(
        criterion: criterion, optimizer: optimizer, options: options, onStep: onStep)
    case .generalized(let problem, let choice):
      guard let optimizer else {
        return try problem.fit(
          criterion: choice.criterion, information: choice.information,
          covariance: choice.covariance, options: options, onStep: onStep)
      }
      return try problem.fit(
        criterion: choice.criterion, information: choice.information,
        covariance: choice.covariance, optimizer: optimizer, options: options, onStep: onStep)
    }
  }
}
