// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

extension CholeskyLayout {
  /// Calls `body` with the values of the tail in order of position, the border last, and puts what
  /// it leaves there back.
  ///
  /// - Parameter b: for each random effect and each row of the border, `count` values side by side.
  func withTailPositions<Result>(
    of b: UnsafeMutablePointer<Double>, count: Int,
    _ body: (UnsafeMutablePointer<Double>) -> Result
  ) -> Result? {
    let start = b + sparseCount * count
    if tail.isDense { return body(start) }
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: tailOrder * count) { values in
      guard let values = values.baseAddress else { return nil }
      func forEachEffect(_ move: (_ effect: Int, _ position: Int) -> Void) {
        for (effect, position) in tail.positions.enumerated() { move(effect, Int(position)) }
        for row in tailCount..<tailOrder { move(row, row) }
      }
      forEachEffect { effect, position in
        for c in 0..<count { values[position * count + c] = start[effect * count + c] }
      }
      let result = body(values)
      forEachEffect { effect, position in
        for c in 0..<count { start[effect * count + c] = values[position * count + c] }
      }
      return result
    }
  }

  /// Overwrites b, `count` values per position side by side, with the solution of `L * x = b`.
  func solveTailForward(
    _ l: UnsafePointer<Double>, _ b: UnsafeMutablePointer<Double>, count: Int, borderRows: Int
  ) {
    withUnsafeTemporaryAllocation(
      of: Double.self, capacity: max(1, tail.largestRowCount * count)
    ) { update in
      guard let update = update.baseAddress else { return }
      forEachPart(borderRows: borderRows) { supernode, order, rowCount in
        let block = l + tailStart + supernode.start
        let x = b + supernode.first * count
        // In a sparse right-hand side most supernodes have nothing to do.
        guard (0..<order * count).contains(where: { x[$0] != 0 }) else { return }
        solveFromRight(
          DenseFactor(block, leadingDimension: supernode.leadingDimension, isTransposed: true),
          order: order, x, rowCount: count, leadingDimension: count)
        guard rowCount > 0 else { return }
        multiply(
          DenseFactor(x, leadingDimension: count),
          DenseFactor(
            block + supernode.columnCount, leadingDimension: supernode.leadingDimension,
            isTransposed: true),
          rowCount: count, columnCount: rowCount, inner: order, into: update,
          leadingDimension: count, kept: 0)
        for row in 0..<rowCount {
          let target = b + Int(tail.rows[supernode.rows.lowerBound + row]) * count
          for c in 0..<count { target[c] -= update[row * count + c] }
        }
      }
    }
  }

  /// Overwrites b, `count` values per position side by side, with the solution of `L' * x = b`.
  func solveTailBackward(
    _ l: UnsafePointer<Double>, _ b: UnsafeMutablePointer<Double>, count: Int, borderRows: Int
  ) {
    withUnsafeTemporaryAllocation(
      of: Double.self, capacity: max(1, tail.largestRowCount * count)
    ) { gathered in
      guard let gathered = gathered.baseAddress else { return }
      forEachPart(borderRows: borderRows, reversed: true) { supernode, order, rowCount in
        let block = l + tailStart + supernode.start
        let x = b + supernode.first * count
        for row in 0..<rowCount {
          let source = b + Int(tail.rows[supernode.rows.lowerBound + row]) * count
          for c in 0..<count { gathered[row * count + c] = source[c] }
        }
        // As rows from the right: x' L = b' - x_R' L_R.
        if rowCount > 0 {
          multiply(
            DenseFactor(gathered, leadingDimension: count),
            DenseFactor(
              block + supernode.columnCount, leadingDimension: supernode.leadingDimension),
            rowCount: count, columnCount: order, inner: rowCount, scale: -1, into: x,
            leadingDimension: count, kept: 1)
        }
        solveFromRight(
          DenseFactor(block, leadingDimension: supernode.leadingDimension), order: order, x,
          rowCount: count, leadingDimension: count)
      }
    }
  }

  /// Calls `body` for each supernode with its number of columns and of rows below them, where only
  /// the given number of the border's rows take part.
  private func forEachPart(
    borderRows: Int, reversed: Bool = false,
    _ body: (TailLayout.Supernode, _ order: Int, _ rowCount: Int) -> Void
  ) {
    let skipped = matrix.borderCount - borderRows
    let last = tail.supernodes.count - 1
    for step in 0...last {
      let index = reversed ? last - step : step
      let supernode = tail.supernodes[index]
      if index == last {
        body(supernode, supernode.columnCount - skipped, 0)
      } else {
        body(supernode, supernode.columnCount, supernode.rows.count - skipped)
      }
    }
  }
}
