// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

extension BlockedCholesky {
  /// The solution w of `L'w = 0` above its last entry, which is one.
  ///
  /// With the response as the last row of the border, w is `(-û, -β̂, 1)`: the conditional modes of
  /// the spherical random effects and the coefficients, negated.
  /// - Returns: one value per random effect, then per row of the border.
  package func lastRowSolution() -> [Double] {
    var w = [Double](repeating: 0, count: layout.matrix.randomCount + layout.matrix.borderCount)
    // Scaled by its diagonal entry, the last row of L is the right-hand side that makes w end in one.
    w[w.count - 1] = borderEntry(layout.matrix.borderCount - 1, layout.matrix.borderCount - 1)
    solveBackward(&w, borderRowsSkipped: 0)
    return w
  }

  /// Overwrites `b` with the solution of `L * x = b`, several right-hand sides at once.
  ///
  /// - Parameters:
  ///   - b: for each random effect and each row of the border, `count` values side by side. The
  ///     last `borderRowsSkipped` rows of the border are neither read nor written.
  ///   - count: the number of right-hand sides.
  package func solveForward(
    _ b: inout [Double], count: Int, borderRowsSkipped: Int
  ) {
    let layout = layout
    let border = layout.matrix.borderCount
    let used = border - borderRowsSkipped
    b.withUnsafeMutableBufferPointer { b in
      values.withUnsafeBufferPointer { l in
        guard let b = b.baseAddress, let l = l.baseAddress else { return }
        let borderSide = b + layout.matrix.randomCount * count
        for term in 0..<layout.sparseTermCount {
          let shape = layout.matrix.terms[term]
          let k = shape.dimension
          for level in 0..<shape.levelCount {
            let node = layout.nodeStart[term] + level
            let diagonal = l + layout.diagonalStart[term] + level * k * k
            let x = b + (shape.start + level * k) * count
            for i in 0..<k {
              for j in 0..<i { add(-diagonal[i + j * k], x + j * count, to: x + i * count, count) }
              let reciprocal = 1 / diagonal[i + i * k]
              for c in 0..<count { x[i * count + c] *= reciprocal }
            }
            let panel = l + layout.panelOffset(term: term, node: node)
            let first = layout.rowStart[node]
            for row in 0..<layout.rowStart[node + 1] - first {
              let target = b + Int(layout.rows[first + row]) * count
              for j in 0..<k { add(-panel[row * k + j], x + j * count, to: target, count) }
            }
            let borderBlock = l + layout.borderStart + (shape.start + level * k) * border
            for j in 0..<k {
              for i in 0..<used {
                add(
                  -borderBlock[i + j * border], x + j * count, to: borderSide + i * count, count)
              }
            }
          }
        }
        solveTransposedFromRight(
          l + layout.tailStart, order: layout.tailCount + used,
          leadingDimension: layout.tailOrder, b + layout.sparseCount * count, rowCount: count)
      }
    }
  }
}
