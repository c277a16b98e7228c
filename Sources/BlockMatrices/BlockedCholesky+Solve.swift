// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

extension BlockedCholesky {
  /// Overwrites w with the solution of `L'w = 0` above its last entry, which is one, in the storage of
  /// w if it has the right size.
  ///
  /// With the response as the last row of the border, w is `(-û, -β̂, 1)`: the conditional modes of
  /// the spherical random effects and the coefficients, negated.
  /// - Parameter w: one value per random effect, then per row of the border.
  package func solveLastRow(into w: inout [Double]) {
    let count = layout.matrix.randomCount + layout.matrix.borderCount
    w.fillWithZeros(count: count)
    // Scaled by its diagonal entry, the last row of L is the right-hand side that makes w end in one.
    w[count - 1] = borderEntry(layout.matrix.borderCount - 1, layout.matrix.borderCount - 1)
    solveBackward(&w, borderRowsSkipped: 0)
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
    let used = layout.matrix.borderCount - borderRowsSkipped
    b.withUnsafeMutableBufferPointer { b in
      values.withUnsafeBufferPointer { l in
        guard let b = b.baseAddress, let l = l.baseAddress else { return }
        layout.withTailPositions(of: b, count: count) { tail in
          for term in 0..<layout.sparseTermCount {
            withConstant(layout.matrix.terms[term].dimension) { k in
              withConstant(count) {
                layout.solveNodesForward(
                  term: term, dimension: k, l, b, tail: tail, count: $0, borderRows: used)
              }
            }
          }
          layout.solveTailForward(l, tail, count: count, borderRows: used)
        }
      }
    }
  }
}

extension CholeskyLayout {
  /// Forward substitution through the nodes of one term, first to last.
  @inline(__always)
  fileprivate func solveNodesForward(
    term: Int, dimension k: Int, _ l: UnsafePointer<Double>, _ b: UnsafeMutablePointer<Double>,
    tail: UnsafeMutablePointer<Double>, count: Int, borderRows: Int
  ) {
    let shape = matrix.terms[term]
    let border = matrix.borderCount
    let borderSide = tail + tailCount * count
    var diagonal = l + diagonalStart[term]
    var panel = l + panelStart[term]
    var borderBlock = l + borderStart + shape.start * border
    var x = b + shape.start * count
    let sparseCount = sparseCount
    rows.withUnsafeBufferPointer { rows in
      var first = rowStart[nodeStart[term]]
      for level in 0..<shape.levelCount {
        for i in 0..<k {
          for j in 0..<i { add(-diagonal[i + j * k], x + j * count, to: x + i * count, count) }
          let reciprocal = 1 / diagonal[i + i * k]
          for c in 0..<count { x[i * count + c] *= reciprocal }
        }
        let end = rowStart[nodeStart[term] + level + 1]
        for row in 0..<end - first {
          let index = Int(rows[first + row])
          let target =
            index < sparseCount ? b + index * count : tail + (index - sparseCount) * count
          addCombination(-1, panel + row * k, stride: 1, x, to: target, k, count)
        }
        for i in 0..<borderRows {
          addCombination(
            -1, borderBlock + i, stride: border, x, to: borderSide + i * count, k, count)
        }
        diagonal += k * k
        panel += (end - first) * k
        borderBlock += k * border
        x += k * count
        first = end
      }
    }
  }
}
