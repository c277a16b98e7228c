// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors

/// How many identical observations each row of a table stands for (`fweight` in Stata, `FREQ` in
/// SAS).
struct FrequencyWeights: Sendable {
  /// The sum of all: exactly a double's.
  static let largestSum = 0x1p53

  /// Whole numbers from zero, one per row of the table; NaN where missing.
  private let values: [Double]

  /// - Throws: ``MixedModelError`` if the column is not numeric, or holds something other than whole
  ///   numbers from zero.
  init(_ column: Column, named name: String) throws(MixedModelError) {
    guard case .numeric(let column) = column else {
      throw .categoricalOptionColumn(name, option: "frequency weights")
    }
    values = column.values
    var sum = 0.0
    for (row, value) in values.enumerated() where !value.isNaN {
      guard value >= 0, value == value.rounded() else {
        throw .frequencyNotWhole(value, in: name, rowNumber: row + 1)
      }
      sum += value
      guard sum <= Self.largestSum else { throw .frequenciesTooLarge(in: name, rowNumber: row + 1) }
    }
  }

  /// The rows that stand for no observation.
  var zeroRows: [Int] { values.indices.filter { values[$0] == 0 } }

  /// The frequencies of some rows, or `nil` if each is one.
  /// - Parameter selection: the indices of rows that have a frequency; `nil` for all rows.
  func frequencies(of selection: [Int]?) -> [Double]? {
    let chosen = selection.map { selection in selection.map { values[$0] } } ?? values
    return chosen.allSatisfy { $0 == 1 } ? nil : chosen
  }
}

extension MixedModelError {
  fileprivate static func frequencyNotWhole(
    _ value: Double, in name: String, rowNumber: Int
  ) -> MixedModelError {
    MixedModelError(
      .data, .row(rowNumber),
      problem:
        "The frequency in column \"\(name)\" is \(value < 0 ? "negative" : "not a whole number")"
        + " in row \(rowNumber): \(numberText(value)).",
      remedy:
        "Frequencies count identical observations: whole numbers from zero. Weights of another"
        + " kind are prior weights.")
  }

  fileprivate static func frequenciesTooLarge(in name: String, rowNumber: Int) -> MixedModelError {
    MixedModelError(
      .data, .row(rowNumber),
      problem: "The frequencies in column \"\(name)\" add up to more than 9007199254740992 by row "
        + "\(rowNumber).",
      remedy: "Frequencies count identical observations, and their sum must be within that number.")
  }

  static func noObservation(in name: String) -> MixedModelError {
    MixedModelError(
      .data, .column(name),
      problem: "No row is left to fit: every frequency in column \"\(name)\" is zero.",
      remedy: "Frequencies count identical observations, and some must be positive.")
  }
}
