// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelFitting

// The errors of tests of the fixed effects: each failure's wording in one place.

extension MixedModelError {
  static func combinationOfWrongLength(_ count: Int, coefficients: [String]) -> MixedModelError {
    MixedModelError(
      .option, .option("hypothesis"),
      problem: "The combination has \(count) entries for \(coefficients.count) estimable "
        + "coefficients.",
      remedy: "It needs one for each of them: \(coefficients.joined(separator: ", ")).")
  }

  static func combinationNotFinite() -> MixedModelError {
    MixedModelError(
      .option, .option("hypothesis"), problem: "The hypothesis has an entry that is not finite.",
      remedy: "It accepts finite numbers.")
  }

  static func hypothesisWithoutEquations() -> MixedModelError {
    MixedModelError(
      .option, .option("hypothesis"), problem: "The hypothesis has no equation.",
      remedy: "Give one row per combination to test.")
  }

  static func hypothesisValuesOfWrongLength(_ count: Int, equations: Int) -> MixedModelError {
    MixedModelError(
      .option, .option("hypothesis"),
      problem: "The two sides of the hypothesis have \(equations) and \(count) rows.",
      remedy: "Every part of it needs one row per equation.")
  }

  static func randomContrastOfWrongLength(
    _ count: Int, randomEffectCount: Int
  ) -> MixedModelError {
    MixedModelError(
      .option, .option("hypothesis"),
      problem: "The combination has \(count) entries for \(randomEffectCount) random effects.",
      remedy: "It needs one for each effect of each level, grouping factor after grouping factor.")
  }

  static func contradictoryHypothesis(equation: Int) -> MixedModelError {
    MixedModelError(
      .option, .option("hypothesis"),
      problem: "Equation \(equation + 1) of the hypothesis contradicts those before it.",
      remedy: "The same combination cannot have two values.")
  }

  static func emptyHypothesis() -> MixedModelError {
    MixedModelError(
      .option, .option("hypothesis"),
      problem: "The hypothesis says nothing of any coefficient: all its entries are zero.",
      remedy: "Give at least one combination that is not zero.")
  }

  static func equationWithoutCoefficient(_ equation: String) -> MixedModelError {
    MixedModelError(
      .option, .option("hypothesis"),
      problem: "The hypothesis \"\(equation)\" says nothing of any coefficient.",
      remedy: "Write an equation such as \"days = 0\".")
  }

  /// - Parameter fault: what is wrong, as a clause.
  static func unreadableEquation(_ equation: String, fault: String) -> MixedModelError {
    MixedModelError(
      .syntax, .option("hypothesis"),
      problem: "The hypothesis \"\(equation)\" cannot be read: \(fault).",
      remedy: "Write an equation such as \"2 * days - age = 1\"; a coefficient whose name has an "
        + "operator in it stands in backticks.")
  }

  static func unknownCoefficient(_ name: String, available: [String]) -> MixedModelError {
    let nearest = suggestion(for: name, in: available)
    return MixedModelError(
      .unknownName, .option("hypothesis"),
      problem: "There is no coefficient \"\(name)\".",
      remedy: (nearest.isEmpty ? "" : nearest + " ")
        + "Coefficients: \(available.joined(separator: ", ")).")
  }

  static func aliasedCoefficient(_ name: String) -> MixedModelError {
    MixedModelError(
      .model, .column(name),
      problem: "The coefficient \"\(name)\" cannot be estimated: other columns determine it.",
      remedy: "Leave it out of the hypothesis.")
  }

  /// - Parameter subject: what was asked for, with a verb.
  static func methodForFixedEffectsOnly(_ subject: String) -> MixedModelError {
    MixedModelError(
      .option, .option("ddf"),
      problem:
        "Kenward and Roger's method and cluster-robust ones are for fixed effects alone, and "
        + "\(subject) random effects.",
      remedy:
        "Ask for \"satterthwaite\", \"residual\" or \"none\", or leave the random effects out.")
  }

  static func methodWithoutPredictions() -> MixedModelError {
    MixedModelError(
      .option, .option("ddf"),
      problem: "The rule for degrees of freedom is one for tests, and has none for predictions.",
      remedy: "Ask for \"satterthwaite\", \"residual\" or \"none\".")
  }

  static func randomEffectsNeedFactor() -> MixedModelError {
    MixedModelError(
      .unavailable, .option("random-effects"),
      problem: "The errors of predicted random effects rest on the rows of the data, which this "
        + "model does not hold.",
      remedy: "Restore the model from its data first.")
  }

  static func degreesOfFreedomOfWaldIntervals(_ method: String) -> MixedModelError {
    MixedModelError(
      .option, .option("ddf"),
      problem: "Degrees of freedom are for Wald intervals, and these are by the method "
        + "\"\(method)\".",
      remedy: "Leave them out, or ask for Wald intervals.")
  }

  static func randomContrastNeedsFactor() -> MixedModelError {
    MixedModelError(
      .unavailable, .option("hypothesis"),
      problem:
        "Hypotheses on random effects rest on the rows of the data, which this model does not "
        + "hold.",
      remedy: "Restore the model from its data first.")
  }

  /// - Parameter method: as the option names it.
  static func smallSampleMethodNeedsLinearModel(
    _ method: String, _ model: some MixedModel
  ) -> MixedModelError {
    let isLinear = model.family is Gaussian && model.link is IdentityLink
    return MixedModelError(
      isLinear ? .unavailable : .option, .option("ddf"),
      problem: isLinear
        ? "The degrees of freedom \"\(method)\" are computed from the cross-products of the rows, "
          + "which this model does not hold."
        : "The degrees of freedom \"\(method)\" are for linear models, and this is a "
          + "\(model.family.name) model.",
      remedy: isLinear
        ? "Restore the model from its data first."
        : "Generalized models have \"none\" and \"residual\".")
  }

  static func kenwardRogerNeedsRestrictedFit() -> MixedModelError {
    MixedModelError(
      .option, .option("ddf"),
      problem: "Kenward and Roger's degrees of freedom are for models fitted by REML, and this one "
        + "was fitted by maximum likelihood.",
      remedy: "Fit it by REML (--reml), or use \"satterthwaite\".")
  }

  static func noInformationOnVariances(_ method: String) -> MixedModelError {
    MixedModelError(
      .numerical, .option("ddf"),
      problem: "The information on the covariance parameters, on which the degrees of freedom "
        + "\"\(method)\" rest, cannot be computed at the estimates.",
      remedy: "Bring the predictors to comparable magnitudes, or use \"residual\".")
  }
}
