// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import ModelFormulas
import ModelOptimization

/// A fitted model that can be fitted again with fewer terms, from the rows that it holds.
package protocol Reducible: MixedModel {
  /// The model fitted by maximum likelihood: the same, unless it was fitted by REML.
  func fittedByMaximumLikelihood() throws(MixedModelError) -> Self

  /// The model of a formula with fewer terms, fitted to the same rows by the same criterion.
  func reduced(to formula: Formula) throws(MixedModelError) -> Self

  /// The objective of the model without any random effects.
  func objectiveWithoutRandomEffects() throws(MixedModelError) -> Double
}

extension LinearMixedModel: Reducible {
  package func fittedByMaximumLikelihood() throws(MixedModelError) -> LinearMixedModel {
    criterion == .maximumLikelihood ? self : try problem.fit(options: startingHere)
  }

  package func reduced(to formula: Formula) throws(MixedModelError) -> LinearMixedModel {
    let design = try design.reduced(to: formula)
    let reduced = try LinearProblem(design, try design.rows(from: problem.rows, of: self.design))
    let keepsRandomEffects = formula.randomTerms == self.formula.randomTerms
    return try reduced.fit(
      criterion: criterion, options: keepsRandomEffects ? startingHere : OptimizationOptions())
  }

  package func objectiveWithoutRandomEffects() throws(MixedModelError) -> Double {
    try problem.objective(at: theta.map { _ in 0 }, criterion: criterion)
  }

  private var startingHere: OptimizationOptions {
    OptimizationOptions(start: problem.userParameters(problem.warmStart(internalTheta)))
  }
}

extension GeneralizedLinearMixedModel: Reducible {
  package func fittedByMaximumLikelihood() -> GeneralizedLinearMixedModel { self }

  package func reduced(to formula: Formula) throws(MixedModelError) -> GeneralizedLinearMixedModel {
    let design = try design.reduced(to: formula)
    let reduced = GeneralizedProblem(
      design: design, rows: try design.rows(from: problem.rows, of: self.design),
      weights: problem.weights, family: family, link: link, joinsRows: true)
    // Only the objective is asked for, which the cheaper standard errors do not change.
    return try reduced.fit(
      criterion: criterion, information: information, covariance: .conditional)
  }

  package func objectiveWithoutRandomEffects() throws(MixedModelError) -> Double {
    guard family.dispersion == .one else { throw .noFitWithoutRandomEffects(family.name) }
    // At zero covariance the approximation is exact, and its mode the fit by fixed effects alone.
    var deviance = problem.deviance(.profiledLaplace, information: .observed)
    deviance.setMode(
      u: sphericalRandomEffects.map { _ in 0 }, gamma: try GeneralizedStart(problem).marginalGamma)
    let value = deviance.value(at: theta.map { _ in 0 })
    guard value < .infinity else { throw .undefinedCriterion(at: theta.map { _ in 0 }) }
    return value
  }
}

extension MixedModelError {
  fileprivate static func noFitWithoutRandomEffects(_ family: String) -> MixedModelError {
    MixedModelError(
      .unavailable, .nothing,
      problem: "The \(family) family has a parameter of its own, and models of it without random "
        + "effects are not fitted here.",
      remedy: "The only random effects of a model can be tested by a simulated test.")
  }
}
