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
    let layout = layout
    let order = layout.tailOrder
    let border = layout.matrix.borderCount
    var w = [Double](repeating: 0, count: layout.matrix.randomCount + border)
    w[w.count - 1] = 1
    w.withUnsafeMutableBufferPointer { w in
      values.withUnsafeBufferPointer { l in
        guard let w = w.baseAddress, let l = l.baseAddress else { return }
        let tail = l + layout.tailStart
        let tailSolution = w + layout.sparseCount
        for i in (0..<order - 1).reversed() {
          let column = tail + i * order
          var sum = 0.0
          for j in i + 1..<order { sum += column[j] * tailSolution[j] }
          tailSolution[i] = -sum / column[i]
        }
        layout.solveNodesTransposed(l, w, borderSolution: w + layout.matrix.randomCount)
      }
    }
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

extension CholeskyLayout {
  /// Back-substitution through the nodes, last to first: `w_v = -L_vv⁻ᵀ (L_Rv' w_R)`.
  fileprivate func solveNodesTransposed(
    _ l: UnsafePointer<Double>, _ w: UnsafeMutablePointer<Double>,
    borderSolution: UnsafePointer<Double>
  ) {
    let border = matrix.borderCount
    rows.withUnsafeBufferPointer { rows in
      for term in (0..<sparseTermCount).reversed() {
        let shape = matrix.terms[term]
        let k = shape.dimension
        for level in (0..<shape.levelCount).reversed() {
          let node = nodeStart[term] + level
          let start = shape.start + level * k
          let x = w + start
          let panel = l + panelOffset(term: term, node: node)
          let first = rowStart[node]
          let count = rowStart[node + 1] - first
          for j in 0..<k {
            let borderColumn = l + borderStart + (start + j) * border
            var sum = 0.0
            for i in 0..<border { sum += borderColumn[i] * borderSolution[i] }
            for row in 0..<count { sum += panel[row * k + j] * w[Int(rows[first + row])] }
            x[j] = -sum
          }
          solveLowerTransposed(l + diagonalStart[term] + level * k * k, x, k)
        }
      }
    }
  }
}
