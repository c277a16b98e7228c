// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelFitting

/// The Monte Carlo error of a difference between objectives, where log-determinants are stochastic.
struct StochasticComparison {
  /// A difference of fewer standard errors tells nothing of the models.
  private static let leastErrorCount = 4.0

  /// The standard error of the difference; `nil` if it is exact.
  let standardError: Double?

  /// - Parameter other: `nil` for a model whose objective is exact.
  init(_ model: any MixedModel, _ other: (any MixedModel)?) {
    standardError =
      if let other { model.standardErrorOfDifference(from: other) } else {
        model.stochasticError?.standardError
      }
  }

  /// Refuses a test of a difference that may be due to the probes.
  /// - Parameters:
  ///   - name: what the model is called whose objective is greater by the difference.
  ///   - other: what the other one is called.
  func check(
    _ difference: Double, of name: String, from other: String
  ) throws(MixedModelError) {
    guard let standardError, abs(difference) < Self.leastErrorCount * standardError else { return }
    throw .differenceWithinError(name, other, difference, standardError: standardError)
  }

  /// What a reader of a test of the difference has to know.
  func note(of name: String) -> String? {
    standardError.map {
      "The log-determinant is stochastic: the statistic of \(name) has a Monte Carlo standard error of "
        + "\($0.compactText)."
    }
  }
}

extension MixedModelError {
  fileprivate static func differenceWithinError(
    _ name: String, _ other: String, _ difference: Double, standardError: Double
  ) -> MixedModelError {
    MixedModelError(
      .model, .option("log-determinant"),
      problem:
        "The objectives of \(name) and \(other) differ by \(difference.compactText), less than "
        + "four times the Monte Carlo standard error of that, \(standardError.compactText).",
      remedy: "Fit both with more probes, the same in both, or with the exact log-determinant.")
  }
}
