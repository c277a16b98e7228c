// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

// The errors of the bootstrap: each failure's wording in one place.

extension MixedModelError {
  static func sampleOfOtherModel(_ difference: String) -> MixedModelError {
    MixedModelError(
      .data, .nothing,
      problem: "The bootstrap sample is not of this model: \(difference).",
      remedy: "Continue a sample with the model it was drawn from.")
  }

  static func unreadableSample(_ fault: String, source: String) -> MixedModelError {
    MixedModelError(
      .data, .file(source),
      problem: "The table in \(source) is not a bootstrap sample of this model: \(fault).",
      remedy: "Give a file that the bootstrap of this model has written.")
  }

  static func tooFewReplicates(_ count: Int, least: Int) -> MixedModelError {
    MixedModelError(
      .data, .nothing,
      problem: "The bootstrap sample has \(count) replicates with estimates.",
      remedy: "An interval needs at least \(least).")
  }

  static func everyReplicateFailed(_ count: Int, message: String) -> MixedModelError {
    MixedModelError(
      .numerical, .nothing,
      problem: "Each of the \(count) replicates failed, the first one so: \(message)")
  }

  static func noJackknife(of groupingFactor: String, message: String) -> MixedModelError {
    MixedModelError(
      .model, .term(groupingFactor),
      problem: "The acceleration of BCa intervals needs fits without each level of "
        + "\(groupingFactor), and too few succeed: \(message)",
      remedy: "Choose another kind of interval, such as percentile.")
  }

  static func incomparableModels(_ difference: String, remedy: String) -> MixedModelError {
    MixedModelError(
      .model, .nothing, problem: "The two models cannot be compared: \(difference).",
      remedy: remedy)
  }
}
