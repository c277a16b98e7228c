// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices

extension CrossProducts {
  /// The cross-products of all rows of a model, in a basis as that of rows at hand.
  ///
  /// - Parameter sums: over the provisional basis, with levels in their final order.
  /// - Returns: `nil` where accuracy asks for the rows themselves: columns of extreme magnitude, or
  ///   nearly collinear, or far from what the first basis told of them. Also where the rows do not
  ///   identify a model, which is then refused with more knowledge.
  init?(_ sums: BlockedMatrix, over provisional: ProvisionalBasis, _ statistics: RowStatistics) {
    let layout = sums.layout
    let observationCount = statistics.rowCounts.observations
    guard statistics.hasSafeMagnitudes,
      !layout.terms.contains(where: { $0.levelCount == observationCount }),
      let change = BasisChange(
        from: provisional, corner: Array(sums.values[layout.cornerStart...]),
        columnRanges: statistics.columnRanges, observationCount: observationCount)
    else { return nil }
    self.init(
      matrix: change.applied(to: sums), basis: change.basis, observationCount: observationCount,
      logWeightSum: statistics.logWeightSum,
      effectUnits: layout.terms.map { EffectUnits(dimension: $0.dimension) })
  }
}
