// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

extension BlockedCholesky {
  /// Overwrites `b` with the solution of `L' * x = b`.
  ///
  /// - Parameters:
  ///   - b: one value per random effect and per row of the border.
  ///   - borderRowsSkipped: how many of the last rows of the border take no part.
  package func solveBackward(_ b: inout [Double], borderRowsSkipped: Int) {
    let layout = layout
    let used = layout.matrix.borderCount - borderRowsSkipped
    b.withUnsafeMutableBufferPointer { b in
      values.withUnsafeBufferPointer { l in
        guard let b = b.baseAddress, let l = l.baseAddress else { return }
        let tail = l + layout.tailStart
        let x = b + layout.sparseCount
        let order = layout.tailCount + used
        for i in (0..<order).reversed() {
          let column = tail + i * layout.tailOrder
          var sum = x[i]
          for j in i + 1..<max(i + 1, order) { sum -= column[j] * x[j] }
          x[i] = sum / column[i]
        }
        layout.solveNodesBackward(l, b, borderRows: used)
      }
    }
  }
}

extension CholeskyLayout {
  /// Back-substitution through the nodes, last to first: `x_v = L_vv⁻ᵀ (b_v - L_Rv' x_R)`.
  func solveNodesBackward(
    _ l: UnsafePointer<Double>, _ b: UnsafeMutablePointer<Double>, borderRows: Int
  ) {
    let border = matrix.borderCount
    let borderSolution = b + matrix.randomCount
    rows.withUnsafeBufferPointer { rows in
      for term in (0..<sparseTermCount).reversed() {
        let shape = matrix.terms[term]
        let k = shape.dimension
        for level in (0..<shape.levelCount).reversed() {
          let node = nodeStart[term] + level
          let start = shape.start + level * k
          let x = b + start
          let panel = l + panelOffset(term: term, node: node)
          let first = rowStart[node]
          let count = rowStart[node + 1] - first
          for j in 0..<k {
            let borderColumn = l + borderStart + (start + j) * border
            var sum = x[j]
            for i in 0..<borderRows { sum -= borderColumn[i] * borderSolution[i] }
            for row in 0..<count { sum -= panel[row * k + j] * b[Int(rows[first + row])] }
            x[j] = sum
          }
          solveLowerTransposed(l + diagonalStart[term] + level * k * k, x, k)
        }
      }
    }
  }
}
