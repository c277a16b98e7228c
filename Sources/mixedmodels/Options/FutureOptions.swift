// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MixedModels

/// Options that a later version will have: they are known, so that the answer to one is better than
/// that it is unknown.
struct FutureOptions: ParsableArguments {
  @Option(help: .hidden) var memoryLimit: String?
  @Option(help: .hidden) var logDeterminant: String?

  /// - Throws: an error that names the first of these options that is given.
  func check() throws(MixedModelError) {
    if memoryLimit != nil {
      throw .optionNotAvailable("memory-limit", instead: "Leave it out.")
    }
    if let logDeterminant, logDeterminant != "exact" {
      throw .valueNotAvailable("log-determinant", logDeterminant, available: "exact")
    }
  }
}
