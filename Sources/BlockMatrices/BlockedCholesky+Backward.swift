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
          layout.solveTailBackward(l, $0, count: 1, borderRows: used)
          layout.solveHeadBackward(l, b, tail: $0, borderRows: used)
        }
      }
    }
  }

  /// The same for several right-hand sides at once, which share the work on the tail.
  ///
  /// - Parameters:
  ///   - b: for each random effect and each row of the border, `count` values side by side.
  ///   - count: the number of right-hand sides.
  package func solveBackward(_ b: inout [Double], count: Int, borderRowsSkipped: Int) {
    let layout = layout
    let used = layout.matrix.borderCount - borderRowsSkipped
    // One right-hand side at the levels, and at the tail and the border.
    var head = [Double](repeating: 0, count: max(1, layout.sparseCount))
    var rest = [Double](repeating: 0, count: max(1, layout.tailCount + used))
    b.withUnsafeMutableBufferPointer { b in
      values.withUnsafeBufferPointer { l in
        guard let b = b.baseAddress, let l = l.baseAddress else { return }
        layout.withTailPositions(of: b, count: count) { tail in
          layout.solveTailBackward(l, tail, count: count, borderRows: used)
          head.withUnsafeMutableBufferPointer { head in
            rest.withUnsafeMutableBufferPointer { rest in
              guard let x = head.baseAddress, let rest = rest.baseAddress else { return }
              for c in 0..<count {
                for i in 0..<layout.sparseCount { x[i] = b[i * count + c] }
                for i in 0..<layout.tailCount + used { rest[i] = tail[i * count + c] }
                layout.solveHeadBackward(l, x, tail: rest, borderRows: used)
                for i in 0..<layout.sparseCount { b[i * count + c] = x[i] }
              }
            }
          }
        }
      }
    }
  }
}

extension CholeskyLayout {
  /// Back-substitution through the levels outside of the tail, given the solution in the tail.
  fileprivate func solveHeadBackward(
    _ l: UnsafePointer<Double>, _ b: UnsafeMutablePointer<Double>, tail: UnsafePointer<Double>,
    borderRows: Int
  ) {
    if matrix.hasSingleSmallTerm {
      solveSingleTermBackward(l, b, borderSolution: tail, borderRows: borderRows)
    } else {
      solveNodesBackward(l, b, tail: tail, borderRows: borderRows)
    }
  }

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
