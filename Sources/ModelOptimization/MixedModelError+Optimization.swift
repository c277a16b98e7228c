// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

extension MixedModelError {
  /// An option has a value outside what it accepts.
  package static func optionNotAccepted(
    _ name: String, _ value: String, accepted: String
  ) -> MixedModelError {
    MixedModelError(
      .option, .option(name), problem: "The option \(name) cannot be \(value).",
      remedy: "It accepts \(accepted).")
  }

  /// An option with one value per parameter has another number of values.
  package static func optionOfWrongLength(
    _ name: String, count: Int, parameterCount: Int
  ) -> MixedModelError {
    MixedModelError(
      .option, .option(name),
      problem: "The option \(name) has \(count) value\(count == 1 ? "" : "s"), but the model has "
        + "\(parameterCount) parameter\(parameterCount == 1 ? "" : "s") to optimize.",
      remedy: "Give one value for each parameter.")
  }
}
