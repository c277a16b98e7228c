// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// So many columns of an update are computed at a time: enough for the library to run at full
/// speed, and few enough for the update to stay in the cache.
let tailColumnsAtATime = 128

extension CholeskyLayout {
  /// Factorizes the tail: every supernode collects what the nodes before it contribute, is
  /// factorized, and passes its own contribution on (a right-looking supernodal factorization).
  func factorizeTail(_ l: UnsafeMutablePointer<Double>) -> BlockedCholesky.Breakdown? {
    let border = matrix.borderCount
    if border > 0 {
      let last = tail.supernodes[tail.supernodes.count - 1]
      symmetricRankUpdate(
        l + cornerPlace(0, 0), order: border, leadingDimension: last.leadingDimension,
        subtracting: l + borderStart, inner: sparseCount, leadingDimension: border)
    }
    let updateCount = tail.largestRowCount * min(tail.largestRowCount, tailColumnsAtATime)
    return withUnsafeTemporaryAllocation(of: Int32.self, capacity: sparseCount + tailOrder) {
      places in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, updateCount)) { update in
        guard let places = places.baseAddress, let update = update.baseAddress else { return nil }
        for supernode in tail.supernodes {
          collectNodes(supernode, l, places: places)
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

  /// Subtracts what the elimination of all nodes contributes to the columns of one supernode.
  private func collectNodes(
    _ supernode: TailLayout.Supernode, _ l: UnsafeMutablePointer<Double>,
    places: UnsafeMutablePointer<Int32>
  ) {
    guard !supernode.levels.isEmpty else { return }
    // Nodes name the rows of the tail by their positions after the sparse terms.
    tail.placeRows(of: supernode, in: places + sparseCount)
    for term in 0..<sparseTermCount {
      withConstant(matrix.terms[term].dimension) {
        collectNodes(ofTerm: term, dimension: $0, supernode, l, places: places)
      }
    }
  }

  @inline(__always)
  private func collectNodes(
    ofTerm term: Int, dimension k: Int, _ supernode: TailLayout.Supernode,
    _ l: UnsafeMutablePointer<Double>, places: UnsafePointer<Int32>
  ) {
    let border = matrix.borderCount
    let order = supernode.leadingDimension
    let panels = l + panelStart[term] - rowStart[nodeStart[term]] * k
    let borderBlocks =
      l + borderStart + (matrix.terms[term].start - nodeStart[term] * k) * border
    let starts = tailEntryStarts[term]
    tailEntries[term].withUnsafeBufferPointer { entries in
      rows.withUnsafeBufferPointer { rows in
        guard let entries = entries.baseAddress, let rows = rows.baseAddress else { return }
        var column = l + tailStart + supernode.start
        for level in supernode.levels {
          for j in 0..<tail.levelStarts[level + 1] - tail.levelStarts[level] {
            let borderColumn = column + order - border
            for index in starts[level]..<starts[level + 1] {
              let entry = entries[index]
              let first = Int(entry.row) + j
              let end = Int(entry.end)
              let x = panels + first * k
              if k == 1 {
                let factor = x[0]
                let place = Int(places[Int(rows[first])])
                if Int(places[Int(rows[end - 1])]) - place == end - 1 - first {
                  // As in complete designs: the rows stand side by side.
                  add(-factor, x, to: column + place, end - first)
                } else {
                  for row in first..<end {
                    column[Int(places[Int(rows[row])])] -= panels[row] * factor
                  }
                }
              } else {
                for row in first..<end {
                  column[Int(places[Int(rows[row])])] -= dot(panels + row * k, x, k)
                }
              }
              let borderBlock = borderBlocks + Int(entry.node) * k * border
              for i in 0..<k { add(-x[i], borderBlock + i * border, to: borderColumn, border) }
            }
            column += order
          }
        }
      }
    }
  }

  /// Subtracts what the elimination of a supernode contributes to those after it.
  private func passOn(
    _ supernode: TailLayout.Supernode, _ l: UnsafeMutablePointer<Double>,
    places: UnsafeMutablePointer<Int32>, update: UnsafeMutablePointer<Double>
  ) {
    let count = supernode.rows.count
    guard count > 0 else { return }
    let order = supernode.leadingDimension
    let panel = l + tailStart + supernode.start + supernode.columnCount
    var owner = -1
    for first in stride(from: 0, to: count, by: tailColumnsAtATime) {
      let width = min(tailColumnsAtATime, count - first)
      let height = count - first
      // The block on the diagonal and the rows below it; above it nothing is read.
      multiply(
        DenseFactor(panel + first, leadingDimension: order),
        DenseFactor(panel + first, leadingDimension: order, isTransposed: true),
        rowCount: height, columnCount: width, inner: supernode.columnCount, into: update,
        leadingDimension: height, kept: 0)
      for column in 0..<width {
        let position = Int(tail.rows[supernode.rows.lowerBound + first + column])
        let target = tail.supernodes[Int(tail.owners[position])]
        if Int(tail.owners[position]) != owner {
          owner = Int(tail.owners[position])
          tail.placeRows(of: supernode, from: first + column, within: target, in: places)
        }
        let targetColumn =
          l + tailStart + target.start + (position - target.first) * target.leadingDimension
        let source = update + column * height - first
        for row in first + column..<count { targetColumn[Int(places[row])] -= source[row] }
      }
    }
  }
}
