// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

// The errors of fitting: each failure's wording in one place.

extension MixedModelError {
  /// - Parameter rank: the number of linearly independent columns, which too few rows limit.
  static func tooFewRows(_ rows: Int, columnCount: Int, rank: Int) -> MixedModelError {
    MixedModelError(
      .model, .nothing,
      problem:
        "There are \(rows) complete rows for \(columnCount) fixed-effects coefficients"
        + (rank < columnCount ? ", \(rank) of them linearly independent." : "."),
      remedy: "A model needs more rows than coefficients: leave out terms, or add data.")
  }

  static func exactFit() -> MixedModelError {
    MixedModelError(
      .model, .nothing,
      problem: "The fixed effects reproduce the response exactly, so that no variance is left.",
      remedy: "Is the response a function of a predictor?")
  }

  static func oneRowPerLevel(
    _ term: RandomEffectsTerm, effect: Int, rowCount: Int
  ) -> MixedModelError {
    let name = term.groupingFactor
    return MixedModelError(
      .model, .term(name),
      problem: "The grouping factor \"\(name)\" has \(rowCount) levels for \(rowCount) rows, so "
        + "the variance of \(term.effectNames[effect]) by \(name) cannot be told from the residual "
        + "variance.",
      remedy: "Leave the term out, or group by a factor with several rows per level.")
  }

  static func newResponseOfWrongLength(_ count: Int, rowCount: Int) -> MixedModelError {
    MixedModelError(
      .data, .nothing,
      problem:
        "The new response has \(count) values, but the model was fitted to \(rowCount) rows.",
      remedy: "Give one value for each row used, in the order of the rows.")
  }

  static func newResponseNotFinite(_ value: Double, rowNumber: Int) -> MixedModelError {
    MixedModelError(
      .data, .row(rowNumber),
      problem: "The new response is \(value) in row \(rowNumber) of the rows used.",
      remedy: "Every value must be a finite number.")
  }

  static func magnitudeOutOfRange(
    _ name: String, _ magnitude: Double, accepted: ClosedRange<Double>
  ) -> MixedModelError {
    MixedModelError(
      .data, .column(name),
      problem: "The largest magnitude in the column \"\(name)\" is \(magnitude), beyond what "
        + "sums of squares can hold.",
      remedy: "Change its unit, so that magnitudes lie between \(accepted.lowerBound) and "
        + "\(accepted.upperBound).")
  }

  static func undefinedCriterion(at theta: [Double]) -> MixedModelError {
    MixedModelError(
      .numerical, .nothing,
      problem: "The criterion has no finite value at theta = \(theta).",
      remedy: "Start from other parameters, or center the predictors.")
  }
}
