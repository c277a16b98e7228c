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
        layout.withTailPositions(of: b, count: 1) {
          layout.solveTailBackward(l, $0, borderRows: used)
          if layout.matrix.hasSingleSmallTerm {
            layout.solveSingleTermBackward(l, b, borderSolution: $0, borderRows: used)
          } else {
            layout.solveNodesBackward(l, b, tail: $0, borderRows: used)
          }
        }
      }
    }
  }
}

extension CholeskyLayout {
  /// Back-substitution through the nodes, last to first: `x_v = L_vv⁻ᵀ (b_v - L_Rv' x_R)`.
  ///
  /// - Parameter tail: the solution in the tail, by positions.
  fileprivate func solveNodesBackward(
    _ l: UnsafePointer<Double>, _ b: UnsafeMutablePointer<Double>, tail: UnsafePointer<Double>,
    borderRows: Int
  ) {
    for term in (0..<sparseTermCount).reversed() {
      withConstant(matrix.terms[term].dimension) {
        solveNodesBackward(term: term, dimension: $0, l, b, tail: tail, borderRows: borderRows)
      }
    }
  }

  @inline(__always)
  private func solveNodesBackward(
    term: Int, dimension k: Int, _ l: UnsafePointer<Double>, _ b: UnsafeMutablePointer<Double>,
    tail: UnsafePointer<Double>, borderRows: Int
  ) {
    let shape = matrix.terms[term]
    let border = matrix.borderCount
    let borderSolution = tail + tailCount
    let firstPanel = l + panelStart[term]
    let firstRow = rowStart[nodeStart[term]]
    rows.withUnsafeBufferPointer { rows in
      for level in (0..<shape.levelCount).reversed() {
        let x = b + shape.start + level * k
        let borderBlock = l + borderStart + (shape.start + level * k) * border
        let first = rowStart[nodeStart[term] + level]
        let count = rowStart[nodeStart[term] + level + 1] - first
        let panel = firstPanel + (first - firstRow) * k
        for j in 0..<k {
          var sum = x[j]
          for i in 0..<borderRows { sum -= borderBlock[i + j * border] * borderSolution[i] }
          var row = 0
          while row < count, Int(rows[first + row]) < sparseCount {
            sum -= panel[row * k + j] * b[Int(rows[first + row])]
            row += 1
          }
          while row < count {
            sum -= panel[row * k + j] * tail[Int(rows[first + row]) - sparseCount]
            row += 1
          }
          x[j] = sum
        }
        solveLowerTransposed(l + diagonalStart[term] + level * k * k, x, k)
      }
    }
  }
}
