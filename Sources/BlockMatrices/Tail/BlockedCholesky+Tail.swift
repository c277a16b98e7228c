// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// So many columns of an update are computed at a time: enough for the library to run at full
/// speed, and few enough for the update to stay in the cache.
let tailColumnsAtATime = 128

extension CholeskyLayout {
  /// How many threads work on the tail: waking them for a small one costs more than they save.
  var tailThreads: Int { valueCount < 1 << 15 ? 1 : LinearAlgebraThreads.count }

  /// Factorizes the tail: it collects what the nodes contribute; then every supernode is factorized
  /// and passes its own contribution on (a right-looking supernodal factorization), but for the
  /// trailing ones, which are block columns of one dense matrix.
  func factorizeTail(_ l: UnsafeMutablePointer<Double>) -> BlockedCholesky.Breakdown? {
    let border = matrix.borderCount
    let threads = tailThreads
    if border > 0 {
      let last = tail.supernodes[tail.supernodes.count - 1]
      symmetricRankUpdate(
        l + cornerPlace(0, 0), order: border, leadingDimension: last.leadingDimension,
        subtracting: l + borderStart, inner: sparseCount, leadingDimension: border)
    }
    collectNodes(l, threads: threads)
    collectWideNodes(l, threads: threads)
    if let breakdown = factorizeSparseSupernodes(l) { return breakdown }
    return tail.trailing.factorize(l + tailStart, threads: threads).map {
      breakdown(at: tailOrder - tail.trailing.order + $0)
    }
  }

  private func factorizeSparseSupernodes(
    _ l: UnsafeMutablePointer<Double>
  ) -> BlockedCholesky.Breakdown? {
    let rowCount = tail.largestSparseRowCount
    let updateCount = rowCount * min(rowCount, tailColumnsAtATime)
    return withUnsafeTemporaryAllocation(of: Int32.self, capacity: max(1, rowCount)) { places in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, updateCount)) { update in
        guard let places = places.baseAddress, let update = update.baseAddress else { return nil }
        for supernode in tail.supernodes[..<tail.sparseSupernodeCount] {
          let block = l + tailStart + supernode.start
          let order = supernode.leadingDimension
          if let pivot = choleskyFactorize(
            block, order: supernode.columnCount, leadingDimension: order)
          {
            return breakdown(at: supernode.first + pivot)
          }
          solveFromRight(
            DenseFactor(block, leadingDimension: order, isTransposed: true),
            order: supernode.columnCount, block + supernode.columnCount,
            rowCount: supernode.rows.count, leadingDimension: order)
          passOn(supernode, l, places: places, update: update)
        }
        return nil
      }
    }
  }

  private func breakdown(at position: Int) -> BlockedCholesky.Breakdown {
    if position >= tailCount { return .border(position - tailCount) }
    let effect = tail.positions.firstIndex(of: Int32(position)) ?? position
    return .randomEffect(sparseCount + effect)
  }

  /// Subtracts what the elimination of a supernode contributes to those after it.
  private func passOn(
    _ supernode: TailLayout.Supernode, _ l: UnsafeMutablePointer<Double>,
    places: UnsafeMutablePointer<Int32>, update: UnsafeMutablePointer<Double>
  ) {
    let count = supernode.rows.count
    let order = supernode.leadingDimension
    let panel = l + tailStart + supernode.start + supernode.columnCount
    var owner = -1
    tail.withPositions(of: supernode) { positions in
      for first in stride(from: 0, to: count, by: tailColumnsAtATime) {
        let width = min(tailColumnsAtATime, count - first)
        let height = count - first
        // The block on the diagonal and the rows below it; above it nothing is read.
        multiply(
          DenseFactor(panel + first, leadingDimension: order),
          DenseFactor(panel + first, leadingDimension: order, isTransposed: true),
          rowCount: height, columnCount: width, inner: supernode.columnCount, into: update,
          leadingDimension: height, kept: 0)
        for row in first..<first + width {
          let (start, places) = tail.column(
            ofRow: row, of: supernode, positions: positions, owner: &owner, scratch: places)
          let target = l + tailStart + start
          let source = update + (row - first) * height - first
          for row in row..<count { target[Int(places[row])] -= source[row] }
        }
      }
    }
  }
}
