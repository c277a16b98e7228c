// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

// The errors of profiles and intervals: each failure's wording in one place.

extension MixedModelError {
  static func unknownParameter(_ name: String, available: [String]) -> MixedModelError {
    let nearest = suggestion(for: name, in: available)
    return MixedModelError(
      .unknownName, .option("parameters"),
      problem: "The model has no parameter \"\(name)\".",
      remedy: (nearest.isEmpty ? "" : nearest + " ")
        + "Parameters: \(available.joined(separator: ", ")).")
  }
}
