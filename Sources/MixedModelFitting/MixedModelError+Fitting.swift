// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

extension MixedModelError {
  static func tooFewRows(_ rows: Int, coefficientCount: Int) -> MixedModelError {
    MixedModelError(
      .model, .nothing,
      problem: "There are \(rows) complete rows for \(coefficientCount) fixed-effects coefficients.",
      remedy: "A model needs more rows than coefficients: leave out terms, or add data.")
  }

  static func exactFit() -> MixedModelError {
    MixedModelError(
      .model, .nothing,
      problem: "The fixed effects reproduce the response exactly, so that no variance is left.",
      remedy: "Is the response a function of a predictor?")
  }
}
