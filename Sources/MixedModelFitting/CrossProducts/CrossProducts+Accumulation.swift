// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import MixedModelErrors

extension CrossProducts {
  /// Accumulates the cross-products of a linear model's rows.
  ///
  /// - Parameters:
  ///   - unitLimits: when covariates of random effects are held in other units than the data.
  ///   - check: called with the layout before the values are allocated.
  /// - Throws: ``MixedModelError`` if there are too few rows, or if the fixed effects reproduce the
  ///   response exactly; and what the check throws.
  /// - Complexity: O(n (p² + Σ k (p + k))), one sort by level per pair of terms.
  package init(
    _ rows: DesignRows, unitLimits: EffectUnitLimits = .linear,
    check: (BlockLayout) throws(MixedModelError) -> Void = { _ in }
  ) throws(MixedModelError) {
    let fixed = try FixedEffectsRows(rows)
    effectUnits = rows.terms.map { $0.effectUnits(within: unitLimits) }
    let accumulator = CrossProductAccumulator(
      terms: zip(rows.terms, effectUnits).map { term, units in
        term.held(in: units, rootWeights: fixed.rootWeights)
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
