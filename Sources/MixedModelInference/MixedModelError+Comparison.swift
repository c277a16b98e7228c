// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

// The errors of comparisons and tests of terms: each failure's wording in one place.

extension MixedModelError {
  static func tooFewModels(_ count: Int) -> MixedModelError {
    MixedModelError(
      .option, .nothing,
      problem: count == 1
        ? "There is one model only to compare." : "There are no models to compare.",
      remedy: "Give two models or more.")
  }

  static func namesOfWrongLength(_ count: Int, modelCount: Int) -> MixedModelError {
    MixedModelError(
      .option, .option("names"), problem: "There are \(count) names for \(modelCount) models.",
      remedy: "Give one for each, or none.")
  }

  static func modelsNotNested(
    _ smaller: String, _ larger: String, _ reason: String
  ) -> MixedModelError {
    MixedModelError(
      .model, .nothing,
      problem: "The model \(smaller) is not nested in \(larger): \(reason).",
      remedy: "Compare them by information criteria.")
  }

  static func noLikelihood(_ family: String, criterion: String) -> MixedModelError {
    MixedModelError(
      .model, .nothing,
      problem:
        "Models of the \(family) family fitted by \(criterion) have no likelihood, which these "
        + "tests compare.",
      remedy: "Fit the model by a criterion that approximates it, or use Wald tests of terms.")
  }

  static func noTermToTest() -> MixedModelError {
    MixedModelError(
      .model, .nothing, problem: "The model has no fixed-effects term beside the intercept.",
      remedy: "Tests of terms need at least one.")
  }

  static func emptyCells(_ term: String) -> MixedModelError {
    MixedModelError(
      .model, .term(term),
      problem: "The term \(term) has combinations of levels without rows, so that hypotheses of "
        + "types II and III depend on the coding.",
      remedy: "Use type I, or single-term deletions.")
  }

  static func sequentialTestsNeedRows() -> MixedModelError {
    MixedModelError(
      .unavailable, .option("type"),
      problem: "Tests of type I rest on the rows of the model matrix, which this model does not "
        + "hold.",
      remedy: "Restore the model from its data first.")
  }
}
