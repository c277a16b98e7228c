// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelFitting
import MixedModels

/// An option that takes a whole number within bounds.
struct CountOption {
  let name: String
  let accepted: ClosedRange<Int>

  /// More than any machine this runs on has; the library keeps a table of them.
  static let threads = CountOption(name: "threads", accepted: 1...1024)

  static let replicates = CountOption(
    name: "replicates", accepted: 1...ReplicateCount.greatest)

  /// A single simulated response has no quantiles.
  static let simulations = CountOption(
    name: "simulations", accepted: 2...ReplicateCount.greatest)

  /// The number.
  /// - Throws: an error that names the option and the bounds.
  func checked(_ count: Int) throws(MixedModelError) -> Int {
    guard accepted.contains(count) else {
      throw .optionValue(
        name, "\(count)",
        accepted: "a whole number from \(accepted.lowerBound) to \(accepted.upperBound.groupedText)"
      )
    }
    return count
  }
}
