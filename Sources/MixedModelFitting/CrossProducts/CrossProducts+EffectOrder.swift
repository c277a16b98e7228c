// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices

extension CrossProducts {
  /// The mean squares of the random effects' covariates, weighted: one per effect of each term.
  /// - Complexity: O(levels × k).
  var effectMeanSquares: [[Double]] {
    layout.terms.indices.map { term in
      let shape = layout.terms[term]
      let k = shape.dimension
      var sums = [Double](repeating: 0, count: k)
      for level in 0..<shape.levelCount {
        let block = layout.diagonalStart[term] + level * k * k
        for i in 0..<k { sums[i] += matrix.values[block + i * (k + 1)] }
      }
      return sums.map { $0 / Double(observationCount) }
    }
  }

  /// The cross-products of the same rows with the effects of each term in another order.
  /// - Complexity: one pass over the cross-products.
  func reordered(to order: EffectOrder) -> CrossProducts {
    let layout = layout
    let source = matrix.values
    var values = source
    for (later, shape) in layout.terms.enumerated() {
      let rows = order.effects[later]
      let k = rows.count
      for level in 0..<shape.levelCount {
        let block = layout.diagonalStart[later] + level * k * k
        for (j, column) in rows.enumerated() {
          for (i, row) in rows.enumerated() {
            values[block + i + j * k] = source[block + row + column * k]
          }
        }
        let border = layout.borderStart + (shape.start + level * k) * layout.borderCount
        for (j, column) in rows.enumerated() {
          for i in 0..<layout.borderCount {
            values[border + i + j * layout.borderCount] =
              source[border + i + column * layout.borderCount]
          }
        }
      }
      for earlier in 0..<later {
        let columns = order.effects[earlier]
        let pair = layout.pairIndex(later, earlier)
        for entry in layout.patterns[pair].levels.indices {
          let block = layout.pairStart[pair] + entry * k * columns.count
          for (i, row) in rows.enumerated() {
            for (j, column) in columns.enumerated() {
              values[block + i * columns.count + j] = source[block + row * columns.count + column]
            }
          }
        }
      }
    }
    return CrossProducts(
      matrix: BlockedMatrix(layout: layout, values: values), basis: basis,
      observationCount: observationCount, logWeightSum: logWeightSum,
      effectUnits: zip(effectUnits, order.effects).map { $0.reordered(to: $1) })
  }
}
