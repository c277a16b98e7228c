// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

// Predictors that tell all ones from all zeros of a binomial response have no finite coefficients:
// Albert & Anderson, "On the existence of maximum likelihood estimates in logistic regression
// models", Biometrika 71 (1984), 1-10.

extension GeneralizedProblem {
  /// A mean this near to a response of 0 or 1 is one on its way to it: the search for finite
  /// coefficients ends later.
  private static let separationTolerance = 1e-6
  /// A column that moves the linear predictor by more than this has a diverging coefficient.
  private static let divergence = 10.0

  /// Refuses a response that the fixed effects alone predict exactly.
  /// - Parameter gamma: the fixed effects of the model without random effects, in coordinates of
  ///   the basis.
  /// - Throws: ``MixedModelError`` naming the columns that separate the response.
  func checkSeparation(_ gamma: [Double]) throws(MixedModelError) {
    guard family.meanRange == 0...1 else { return }
    var eta = [Double](repeating: 0, count: numbers.rowCount)
    numbers.setFixedPart(&eta, gamma: gamma)
    let isSeparated = zip(numbers.response.response, eta).allSatisfy { y, eta in
      (y == 0 || y == 1) && abs(y - link.mean(eta).value) < Self.separationTolerance
    }
    guard isSeparated else { return }
    let basis = numbers.basis
    let columns = zip(basis.estimable, basis.coefficients(gamma)).filter { column, coefficient in
      rows.fixedEffects.column(column).range * abs(coefficient) > Self.divergence
    }
    throw .separation(design.responseName, by: columns.map { design.fixedEffectNames[$0.0] })
  }
}

extension Sequence<Double> {
  /// The largest value less the smallest.
  fileprivate var range: Double { (self.max() ?? 0) - (self.min() ?? 0) }
}

extension MixedModelError {
  fileprivate static func separation(
    _ response: String, by columns: [String]
  ) -> MixedModelError {
    MixedModelError(
      .model, .column(response),
      problem: "The fixed effects predict every value of \(response) exactly"
        + (columns.isEmpty ? "" : ", by \(columns.joined(separator: ", "))")
        + ": their coefficients have no finite estimates (complete separation).",
      remedy: "Leave out what separates the response, or merge levels of it.")
  }
}
