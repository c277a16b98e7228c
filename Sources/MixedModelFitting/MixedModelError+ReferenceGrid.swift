// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

// The errors of estimated marginal means: each failure's wording in one place.

extension MixedModelError {
  private static let wayToData =
    "Give the data of the fit (from the command line, --data)."

  static func notAPredictor(
    _ name: String, option: String?, available: [String]
  ) -> MixedModelError {
    MixedModelError(
      .unknownName, option.map { .option($0) } ?? .column(name),
      problem: "The fixed effects of the model do not depend on a column \"\(name)\".",
      remedy: available.isEmpty
        ? "They depend on none."
        : sentences(
          suggestion(for: name, in: available),
          "They depend on: \(quotedList(available, limit: 12))."))
  }

  static func repeatedPredictor(_ name: String) -> MixedModelError {
    MixedModelError(
      .option, .column(name), problem: "The column \"\(name)\" is named twice.",
      remedy: "Name each column once, among the factors or as one to group by.")
  }

  static func referenceValuesOfLevels(_ name: String) -> MixedModelError {
    MixedModelError(
      .option, .option("at"),
      problem: "The column \"\(name)\" is categorical, and stands at all its levels.",
      remedy: "Reference values are for numeric columns.")
  }

  static func referenceValuesNotAccepted(_ name: String) -> MixedModelError {
    MixedModelError(
      .option, .option("at"), problem: "The reference values of \"\(name)\" are not accepted.",
      remedy: "It takes one or more different finite numbers.")
  }

  static func referenceNeedsData(_ name: String) -> MixedModelError {
    MixedModelError(
      .option, .option("at"),
      problem: "The numeric column \"\(name)\" stands at its mean, which the model does not hold.",
      remedy: "Give a value for it, or the data of the fit.")
  }

  static func proportionalWeightsNeedData() -> MixedModelError {
    MixedModelError(
      .option, .option("weights"),
      problem: "Proportional weights count rows, which the model does not hold.",
      remedy: wayToData)
  }

  static func estimabilityNeedsData(_ aliased: [String]) -> MixedModelError {
    MixedModelError(
      .option, .option("data"),
      problem: "What can be estimated depends on the rows, because columns determine others: "
        + quotedList(aliased, limit: 4) + ".",
      remedy: wayToData)
  }

  static func numericColumnExpected(_ name: String) -> MixedModelError {
    MixedModelError(
      .data, .column(name),
      problem: "The column \"\(name)\" is categorical in these data, and was numeric in the fit.",
      remedy: "Give the data of the fit.")
  }

  static func referenceGridTooLarge(
    _ counts: [(name: String, count: Int)], limit: Int
  ) -> MixedModelError {
    let sizes = counts.filter { $0.count > 1 }.map { "\($0.name) (\($0.count))" }
    return MixedModelError(
      .unavailable, .nothing,
      problem: "All combinations of \(sizes.joined(separator: ", ")) are more than \(limit).",
      remedy: "Predict the combinations of interest in their place.")
  }
}
