// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MixedModelFitting
import MixedModels

/// The options that say how the log-determinant of a fit is found.
struct DeterminantOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How the log-determinant of a linear model is found: exact, or stochastic for crossed grouping"
        + " factors whose factor the memory cannot hold.",
      valueName: "method"))
  var logDeterminant = "exact"

  @Option(
    help: ArgumentHelp(
      "The random vectors of a stochastic log-determinant;"
        + " \(LogDeterminantMethod.standardProbeCount) if absent.",
      valueName: "n"))
  var probes: Int?
}

extension DeterminantOptions {
  /// The way to the log-determinant.
  /// - Parameter seed: that of the random vectors; `nil` for the standard one.
  /// - Throws: an error if the option names none, or another option does not go with it.
  func method(seed: UInt64? = nil) throws(MixedModelError) -> LogDeterminantMethod {
    switch logDeterminant {
    case "exact":
      if probes != nil { throw .probesOfExactDeterminant() }
      return .exact
    case "stochastic":
      return .stochastic(
        probes: probes ?? LogDeterminantMethod.standardProbeCount,
        seed: seed ?? LogDeterminantMethod.standardSeed)
    default:
      throw .optionValue("log-determinant", logDeterminant, accepted: "exact, stochastic")
    }
  }

  /// Refuses, before anything is read, what a stochastic log-determinant does not go with.
  func check(isGeneralized: Bool) throws(MixedModelError) {
    guard logDeterminant != "exact" else { return }
    if isGeneralized { throw .stochasticOfGeneralizedModel() }
  }
}
