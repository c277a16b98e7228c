// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

extension CholeskyLayout {
  /// Overwrites the tail with the entries of the inverse on its pattern, supernode by supernode from
  /// the last: with `K = L_Rs L_ss⁻¹`, `Z_Rs = -Z_RR K` and `Z_ss = (L_ss L_ss')⁻¹ + K' Z_RR K`.
  func invertTail(_ l: UnsafeMutablePointer<Double>, borderRows: Int) {
    let skipped = matrix.borderCount - borderRows
    tail.trailing.invert(
      l + tailStart, order: tail.trailing.order - skipped, threads: tailThreads)
    let rowCount = tail.largestSparseRowCount
    let gatheredCount = rowCount * min(rowCount, tailColumnsAtATime)
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: max(1, rowCount)) { places in
      withUnsafeTemporaryAllocation(
        of: Double.self, capacity: max(1, gatheredCount + tail.largestPanel)
      ) { scratch in
        guard let places = places.baseAddress, let scratch = scratch.baseAddress else { return }
        let product = scratch + gatheredCount
        for supernode in tail.supernodes[..<tail.sparseSupernodeCount].reversed() {
          let count = supernode.rows.count - skipped
          let block = l + tailStart + supernode.start
          let stride = supernode.leadingDimension
          solveFromRight(
            DenseFactor(block, leadingDimension: stride), order: supernode.columnCount,
            block + supernode.columnCount, rowCount: count, leadingDimension: stride)
          choleskyInvert(block, order: supernode.columnCount, leadingDimension: stride)
          guard count > 0 else { continue }
          multiplyInverse(
            supernode, count: count, l, product: product, gathered: scratch, places: places)
          finish(supernode, count: count, l, product: product)
        }
      }
    }
  }

  /// `product = Z_RR K` for the first `count` rows R of a supernode.
  private func multiplyInverse(
    _ supernode: TailLayout.Supernode, count: Int, _ l: UnsafeMutablePointer<Double>,
    product: UnsafeMutablePointer<Double>, gathered: UnsafeMutablePointer<Double>,
    places: UnsafeMutablePointer<Int32>
  ) {
    let n = supernode.columnCount
    let order = supernode.leadingDimension
    let gain = l + tailStart + supernode.start + n
    product.update(repeating: 0, count: count * n)
    var owner = -1
    tail.withPositions(of: supernode) { positions in
      for first in stride(from: 0, to: count, by: tailColumnsAtATime) {
        let width = min(tailColumnsAtATime, count - first)
        let height = count - first
        for column in 0..<width {
          let (start, places) = tail.column(
            ofRow: first + column, of: supernode, positions: positions, owner: &owner,
            scratch: places)
          let inverse = l + tailStart + start
          let target = gathered + column * height - first
          for row in first + column..<count { target[row] = inverse[Int(places[row])] }
          // The mirrored part of the block on the diagonal.
          for row in column + 1..<max(column + 1, width) {
            gathered[column + row * height] = gathered[row + column * height]
          }
        }
        // The columns of Z from the diagonal block on, then the same as rows.
        multiply(
          DenseFactor(gathered, leadingDimension: height),
          DenseFactor(gain + first, leadingDimension: order),
          rowCount: height, columnCount: n, inner: width, into: product + first,
          leadingDimension: count, kept: 1)
        multiply(
          DenseFactor(gathered + width, leadingDimension: height, isTransposed: true),
          DenseFactor(gain + first + width, leadingDimension: order),
          rowCount: width, columnCount: n, inner: height - width, into: product + first,
          leadingDimension: count, kept: 1)
      }
    }
  }

  /// Adds `K' Z_RR K` to the diagonal block, and puts `-Z_RR K` in place of K.
  private func finish(
    _ supernode: TailLayout.Supernode, count: Int, _ l: UnsafeMutablePointer<Double>,
    product: UnsafePointer<Double>
  ) {
    let n = supernode.columnCount
    let order = supernode.leadingDimension
    let block = l + tailStart + supernode.start
    let gain = block + n
    // Above the diagonal nothing is read, so what falls there does not matter.
    for first in stride(from: 0, to: n, by: tailColumnsAtATime) {
      multiply(
        DenseFactor(gain + first * order, leadingDimension: order, isTransposed: true),
        DenseFactor(product + first * count, leadingDimension: count),
        rowCount: n - first, columnCount: min(tailColumnsAtATime, n - first), inner: count,
        into: block + first * (order + 1), leadingDimension: order, kept: 1)
    }
    for column in 0..<n {
      let target = gain + column * order
      let source = product + column * count
      for row in 0..<count { target[row] = -source[row] }
    }
  }
}
