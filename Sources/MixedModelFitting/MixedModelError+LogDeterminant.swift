// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import MixedModelErrors

// The errors of a stochastic log-determinant: each failure's wording in one place.

extension MixedModelError {
  static func probeCount(_ count: Int, accepted: ClosedRange<Int>) -> MixedModelError {
    MixedModelError(
      .option, .option("probes"),
      problem: "The option probes is \(count).",
      remedy: "A stochastic log-determinant takes from \(accepted.lowerBound) to "
        + "\(accepted.upperBound.groupedText) of them.")
  }

  static func exactFactorNeeded() -> MixedModelError {
    MixedModelError(
      .unavailable, .option("log-determinant"),
      problem: "This needs the Cholesky factor of the model, which a fit with a stochastic "
        + "log-determinant does not have.",
      remedy: "Fit the model with the exact log-determinant; a plan tells what memory that takes.")
  }

  package static func stochasticOfGeneralizedModel() -> MixedModelError {
    MixedModelError(
      .option, .option("log-determinant"),
      problem:
        "The log-determinant of a generalized model is exact: a stochastic one is for linear "
        + "models.",
      remedy: "Leave the option out.")
  }

  static func tooManyKrylovSteps() -> MixedModelError {
    MixedModelError(
      .numerical, .option("log-determinant"),
      problem:
        "The stochastic log-determinant does not converge in \(KrylovLimits().dimension) steps: "
        + "too few rows connect the levels of the grouping factors.",
      remedy: "Fit the model with the exact log-determinant, which is sparse for such data; a plan "
        + "tells what memory that takes.")
  }
}
