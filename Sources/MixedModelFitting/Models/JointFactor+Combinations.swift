// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices

extension JointFactor {
  /// The covariance matrix of `H (β̂ - β) + K (b̂ - b)`, `r × r`: the errors of the coefficients and of
  /// the predictions of the random effects together.
  /// - Parameters:
  ///   - fixedEffects: H, r × rank.
  ///   - randomEffects: K, r × q, in units of the data.
  /// - Complexity: r solutions with the factor.
  package func covariance(fixedEffects: Matrix, randomEffects: Matrix) -> Matrix {
    let count = fixedEffects.rowCount
    let layout = cholesky.layout.matrix
    let rank = basis.rank
    var right = [Double](
      repeating: 0, count: (layout.randomCount + layout.borderCount) * count)
    for (term, shape) in layout.terms.enumerated() {
      for first in stride(from: shape.start, to: shape.start + shape.count, by: shape.dimension) {
        for c in 0..<count {
          let z = effectUnits[term].held(
            (0..<shape.dimension).map { randomEffects[c, first + $0] })
          for (i, value) in z.enumerated() { right[(first + i) * count + c] = value }
        }
      }
    }
    for j in 0..<rank {
      for c in 0..<count {
        right[(layout.randomCount + j) * count + c] = (0..<rank).reduce(0) {
          $0 + basis.transform[$1, j] * fixedEffects[c, $1]
        }
      }
    }
    layout.scaleTransposed(&right, count: count, by: factors.flatMap(\.values))
    cholesky.solveForward(&right, count: count, borderRowsSkipped: layout.borderCount - rank)
    let random = Matrix(
      rowCount: count, columnCount: layout.randomCount,
      values: Array(right[..<(layout.randomCount * count)]))
    let fixed = Matrix(
      rowCount: count, columnCount: rank,
      values: Array(right[(layout.randomCount * count)...].prefix(rank * count)))
    let variance = random.timesTransposed(random)
    let ofFixed = fixed.congruence(fixedForm)
    return Matrix(
      rowCount: count, columnCount: count,
      values: zip(variance.values, ofFixed.values).map { scale * scale * $0 + $1 })
  }
}
