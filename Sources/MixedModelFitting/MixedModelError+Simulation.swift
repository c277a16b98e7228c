// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

// The errors of simulations and refits: each failure's wording in one place.

extension MixedModelError {
  package static func replicateCountNotPositive(_ count: Int) -> MixedModelError {
    MixedModelError(
      .option, .option("replicates"),
      problem: "The number of replicates is \(count).", remedy: "It must be one or more.")
  }

  static func tooManyReplicates(_ count: Int, accepted: Int) -> MixedModelError {
    MixedModelError(
      .option, .option("replicates"),
      problem: "The number of replicates is \(count.groupedText).",
      remedy: "It may be up to \(accepted.groupedText).")
  }

  static func responsesBeyondMemory(
    _ count: Int, rowCount: Int, byteCount: Int, available: Int
  ) -> MixedModelError {
    MixedModelError(
      .option, .option("replicates"),
      problem: "\(count.groupedText) simulated responses of \(rowCount.groupedText) rows take "
        + "\(byteCount.byteText) of memory, and the machine has \(available.byteText) for them.",
      remedy: "Draw fewer at a time, each time with another seed.")
  }

  static func simulatedWithoutMean(
    _ eta: Double, link: String, family: String, rowNumber: Int
  ) -> MixedModelError {
    MixedModelError(
      .numerical, .row(rowNumber),
      problem: "A simulated linear predictor of \(eta) in row \(rowNumber) has no response under "
        + "the \(link) link and the \(family) family.",
      remedy: "Choose a link that maps every number to a mean, such as log.")
  }

  static func simulatedFrequencies(_ name: String) -> MixedModelError {
    MixedModelError(
      .data, .column(name),
      problem: "A row that stands for several observations, as the frequency weights \"\(name)\" "
        + "say, has no single simulated response: theirs would differ.",
      remedy: "Fit the model to a table in which each row is repeated as often as it counts.")
  }

  static func currentEffectsOfNewLevel(
    of groupingFactor: String, rowNumber: Int
  ) -> MixedModelError {
    MixedModelError(
      .data, .row(rowNumber),
      problem: "The grouping factor \(groupingFactor) has a level in row \(rowNumber) "
        + "which the rows of the fit did not have, so that it has no random effects to keep.",
      remedy: "Leave such rows out, or draw new random effects.")
  }

  static func newResponseOutsideDomain(
    _ value: Double, rowNumber: Int, problem: ResponseProblem
  ) -> MixedModelError {
    MixedModelError(
      .data, .row(rowNumber),
      problem: "The new response is \(numberText(value)) in row \(rowNumber) of the rows used, "
        + "which is \(problem.fault).",
      remedy: problem.requirement)
  }
}
