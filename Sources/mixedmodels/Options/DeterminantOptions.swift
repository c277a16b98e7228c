// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MixedModels

/// The option that says how the log-determinant of a fit is found.
struct DeterminantOptions: ParsableArguments {
  @Option(help: ArgumentHelp("How the log-determinant is found: exact.", valueName: "method"))
  var logDeterminant = Method.exact.rawValue

  /// The ways to a log-determinant.
  enum Method: String {
    case exact
    case stochastic
  }
}

extension DeterminantOptions {
  /// The way to the log-determinant.
  /// - Throws: an error if the option names none.
  func method() throws(MixedModelError) -> Method {
    guard let method = Method(rawValue: logDeterminant) else {
      throw .optionValue("log-determinant", logDeterminant, accepted: "exact")
    }
    return method
  }
}
