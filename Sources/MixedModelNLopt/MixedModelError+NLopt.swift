// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

extension MixedModelError {
  static func unknownAlgorithm(_ name: String) -> MixedModelError {
    let names = NLoptAlgorithm.allCases.map(\.rawValue)
    let nearest = suggestion(for: name, in: names)
    return MixedModelError(
      .unknownName, .option("optimizer"),
      problem: "There is no NLopt optimizer \"\(name)\".",
      remedy: (nearest.isEmpty ? "" : nearest + " ")
        + "NLopt's optimizers: \(names.joined(separator: ", ")).")
  }

  static func libraryNotBuiltIn(_ name: String) -> MixedModelError {
    MixedModelError(
      .unavailable, .option("optimizer"),
      problem: "The optimizer \"\(name)\" needs the NLopt library, "
        + "which this program was built without.",
      remedy: "Use the default optimizer, or build with the package trait NLopt.")
  }

  static func startBelowBound(
    _ value: Double, parameter: Int, bound: Double
  ) -> MixedModelError {
    MixedModelError(
      .option, .option("start"),
      problem: "The starting value \(value) of parameter \(parameter) is below "
        + "its lower bound \(bound).",
      remedy: "Start at or above the bound, or choose an optimizer without bounds.")
  }

  static func libraryRefused(_ algorithm: NLoptAlgorithm, reason: String) -> MixedModelError {
    MixedModelError(
      .numerical, .option("optimizer"),
      problem: "NLopt's \(algorithm.rawValue) did not start: \(reason).",
      remedy: "Choose another optimizer.")
  }
}
