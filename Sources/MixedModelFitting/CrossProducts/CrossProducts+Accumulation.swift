// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import MixedModelErrors

extension CrossProducts {
  /// Accumulates the cross-products of a linear model's rows.
  ///
  /// - Parameter check: called with the layout before the values are allocated.
  /// - Throws: ``MixedModelError`` if there are too few rows, or if the fixed effects reproduce the
  ///   response exactly; and what the check throws.
  /// - Complexity: O(n (p² + Σ k (p + k))), one sort by level per pair of terms.
  package init(
    _ rows: DesignRows, check: (BlockLayout) throws(MixedModelError) -> Void = { _ in }
  ) throws(MixedModelError) {
    let fixed = try FixedEffectsRows(rows)
    effectScales = rows.terms.map(\.effectScales)
    let accumulator = CrossProductAccumulator(
      terms: zip(rows.terms, effectScales).map { term, scales in
        term.scaled(by: scales, rootWeights: fixed.rootWeights)
      },
      border: fixed.values, borderCount: fixed.basis.rank + 1)
    try check(accumulator.layout)
    var values = [Double](repeating: 0, count: accumulator.layout.valueCount)
    accumulator.accumulate(weights: nil, into: &values)
    matrix = BlockedMatrix(layout: accumulator.layout, values: values)
    basis = fixed.basis
    observationCount = rows.observationCount
    logWeightSum = fixed.logWeightSum
  }
}

extension DesignRows.Term {
  /// Powers of two that bring the covariates into a safe range; mostly ones.
  var effectScales: [Double] {
    (0..<dimension).map { effect in
      var largest = 0.0
      for place in stride(from: effect, to: values.count, by: dimension) {
        largest = max(largest, abs(values[place]))
      }
      // Within these bounds theta stays far from the floor and the tolerances set for values of
      // order one.
      return safeScale(largest, safe: 1e-4...1e4)
    }
  }

  /// The term with its covariates divided by the scales and multiplied by the roots of the weights.
  func scaled(by scales: [Double], rootWeights: [Double]?) -> DesignRows.Term {
    guard rootWeights != nil || scales.contains(where: { $0 != 1 }) else { return self }
    var values = values
    for row in 0..<levelCodes.count {
      let weight = rootWeights?[row] ?? 1
      for j in 0..<dimension { values[row * dimension + j] *= weight / scales[j] }
    }
    return DesignRows.Term(
      levelCodes: levelCodes, levelCount: levelCount, dimension: dimension, values: values)
  }
}

/// One, or the power of two nearest to a magnitude outside the safe range.
func safeScale(_ magnitude: Double, safe: ClosedRange<Double>) -> Double {
  guard magnitude > 0, !safe.contains(magnitude) else { return 1 }
  return Double(sign: .plus, exponent: magnitude.exponent, significand: 1)
}
