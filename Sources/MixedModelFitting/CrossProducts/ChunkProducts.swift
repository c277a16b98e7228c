// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices

/// The cross-products of one chunk of a model's rows, over the levels that occur in it.
struct ChunkProducts: Sendable {
  let statistics: RowStatistics
  /// For each term, the levels that occur, by their codes in the grouping factor's columns.
  let levels: [LevelCodes]
  /// The cross-products over these levels and the provisional basis.
  let matrix: BlockedMatrix

  /// - Parameter rows: with levels numbered as in `levels`.
  init(
    _ rows: DesignRows, rowCounts: ModelDesign.RowCounts, levels: [LevelCodes],
    basis: ProvisionalBasis
  ) {
    self.levels = levels
    statistics = RowStatistics(rows, rowCounts)
    let rootWeights = rows.totalWeights.map { $0.map { $0.squareRoot() } }
    let accumulator = CrossProductAccumulator(
      terms: rows.terms.map { $0.held(in: $0.units, rootWeights: rootWeights) },
      border: basis.packed(rows, rootWeights: rootWeights), borderCount: basis.columnCount + 1)
    var values = [Double](repeating: 0, count: accumulator.layout.valueCount)
    accumulator.accumulate(weights: nil, into: &values)
    matrix = BlockedMatrix(layout: accumulator.layout, values: values)
  }
}

extension DesignRows.Term {
  /// Scales that leave the covariates as they are.
  var units: EffectUnits { EffectUnits(dimension: dimension) }
}
