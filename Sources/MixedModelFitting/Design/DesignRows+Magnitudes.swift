// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors

extension DesignRows {
  /// Sums of squares, and variances in the units of a column, must stay within the range of a
  /// double with room to spare.
  private static let magnitudes = 1e-120...1e120

  /// Refuses numbers whose squares cannot be summed.
  /// - Throws: ``MixedModelError`` that names the column.
  func checkMagnitudes(_ design: ModelDesign) throws(MixedModelError) {
    func check(_ values: ArraySlice<Double>, _ name: String) throws(MixedModelError) {
      var largest = 0.0
      for value in values where abs(value) > largest { largest = abs(value) }
      try Self.checkMagnitude(largest, name)
    }
    try check(response[...], design.responseName)
    if let weights { try check(weights[...], "weights") }
    for (column, name) in design.fixedEffectNames.enumerated() {
      try check(fixedEffects.column(column), name)
    }
    for (term, termRows) in zip(design.randomEffects, terms) {
      let k = termRows.dimension
      for (effect, name) in term.effectNames.enumerated() where name != "(Intercept)" {
        var largest = 0.0
        for place in stride(from: effect, to: termRows.values.count, by: k) {
          largest = max(largest, abs(termRows.values[place]))
        }
        try Self.checkMagnitude(largest, name)
      }
    }
  }

  /// Refuses a largest magnitude of which the square is out of range.
  static func checkMagnitude(_ largest: Double, _ name: String) throws(MixedModelError) {
    if largest > 0, !magnitudes.contains(largest) {
      throw .magnitudeOutOfRange(name, largest, accepted: magnitudes)
    }
  }
}
