// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

// The two passes over all pairs of tail rows that one node meets: what its elimination contributes
// to the tail, and its products with the tail's inverse. Both go column by column of the tail, so
// that the column stays in the cache while the panels of all nodes that meet it stream by.

extension CholeskyLayout {
  /// Subtracts from the tail what the elimination of all nodes contributes to it.
  ///
  /// Threads own columns, so that the order of the sums does not depend on their number.
  func collectNodes(_ l: UnsafeMutablePointer<Double>, threads: Int) {
    // There are none if all nodes are wide.
    guard tailEntries.contains(where: { !$0.isEmpty }) else { return }
    let parts = parts(
      count: tail.levelOrder.count, for: threads,
      weightOf: { level in
        (0..<sparseTermCount).reduce(0) { sum, term in
          tailEntries[term][tailEntryStarts[term][level]..<tailEntryStarts[term][level + 1]]
            .reduce(sum) { $0 + Int($1.end - $1.row) }
        }
      })
    shareWork(parts.count, threads: threads) { part in
      forEachSupernode(of: parts[part]) { supernode, levels, places in
        for term in 0..<sparseTermCount {
          withConstant(matrix.terms[term].dimension) {
            collectNodes(
              ofTerm: term, dimension: $0, supernode, levels: levels, l, places: places)
          }
        }
      }
    }
  }

  /// Adds `Z_RR K` for the rows of the tail in the panels of one term's nodes, whose panels hold K.
  ///
  /// Threads own nodes, so that the order of the sums does not depend on their number.
  /// - Parameter products: for each row of the term's panels, k values.
  func multiplyTailInverse(
    ofTerm term: Int, _ l: UnsafePointer<Double>, products: UnsafeMutablePointer<Double>,
    threads: Int
  ) {
    guard !tailEntries[term].isEmpty else { return }
    let nodes = nodeStart[term]..<nodeStart[term + 1]
    let parts = parts(
      count: nodes.count, for: threads,
      weightOf: { node in
        let count = rowStart[nodes.lowerBound + node + 1] - rowStart[nodes.lowerBound + node]
        return count * count
      })
    shareWork(parts.count, threads: threads) { part in
      let owned =
        nodes.lowerBound + parts[part].lowerBound..<nodes.lowerBound + parts[part].upperBound
      forEachSupernode(of: 0..<tail.levelOrder.count) { supernode, levels, places in
        withConstant(matrix.terms[term].dimension) {
          multiplyTailInverse(
            ofTerm: term, dimension: $0, supernode, levels: levels,
            nodes: parts.count == 1 ? nil : owned, l, products: products, places: places)
        }
      }
    }
  }

  /// Cuts what is counted into runs of about the same weight: one for a single thread, and several
  /// for each of many, which the machine may slow down.
  private func parts(
    count: Int, for threads: Int, weightOf weight: (Int) -> Int
  ) -> [Range<Int>] {
    guard threads > 1 else { return [0..<count] }
    let weights = (0..<count).map(weight)
    let wanted = weights.reduce(0, +) / (4 * threads) + 1
    var parts: [Range<Int>] = []
    var first = 0
    var sum = 0
    for (index, weight) in weights.enumerated() {
      sum += weight
      if sum >= wanted || index == count - 1 {
        parts.append(first..<index + 1)
        first = index + 1
        sum = 0
      }
    }
    return parts
  }

  /// Calls `body` with the supernodes of some levels, in order, with those of the levels that each
  /// has, and with the places of all rows in it. Nodes name the rows of the tail by their positions
  /// after the sparse terms; so do the places.
  @inline(__always)
  private func forEachSupernode(
    of levels: Range<Int>,
    _ body: (TailLayout.Supernode, Range<Int>, _ places: UnsafePointer<Int32>) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: sparseCount + tailOrder) { places in
      guard let places = places.baseAddress else { return }
      for supernode in tail.supernodes where supernode.levels.overlaps(levels) {
        tail.placeRows(of: supernode, in: places + sparseCount)
        body(supernode, supernode.levels.clamped(to: levels), places)
      }
    }
  }

  @inline(__always)
  private func collectNodes(
    ofTerm term: Int, dimension k: Int, _ supernode: TailLayout.Supernode, levels: Range<Int>,
    _ l: UnsafeMutablePointer<Double>, places: UnsafePointer<Int32>
  ) {
    let border = matrix.borderCount
    let order = supernode.leadingDimension
    let panels = l + panelStart[term] - rowStart[nodeStart[term]] * k
    let borderBlocks =
      l + borderStart + (matrix.terms[term].start - nodeStart[term] * k) * border
    let starts = tailEntryStarts[term]
    // A trailing supernode has all rows: their places follow from their positions.
    let isTrailing = supernode.first >= tailOrder - tail.trailing.order
    let offset = sparseCount + supernode.first
    tailEntries[term].withUnsafeBufferPointer { entries in
      rows.withUnsafeBufferPointer { rows in
        guard let entries = entries.baseAddress, let rows = rows.baseAddress else { return }
        var column =
          l + tailStart + supernode.start
          + (tail.levelStarts[levels.lowerBound] - supernode.first) * order
        for level in levels {
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
                } else if isTrailing {
                  let rows = rows + first
                  subtract(factor, x, end - first, from: column - offset) { Int(rows[$0]) }
                } else {
                  let rows = rows + first
                  subtract(factor, x, end - first, from: column) { Int(places[Int(rows[$0])]) }
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

  /// - Parameter nodes: those to which the entries belong, ascending for each level; all if absent.
  @inline(__always)
  private func multiplyTailInverse(
    ofTerm term: Int, dimension k: Int, _ supernode: TailLayout.Supernode, levels: Range<Int>,
    nodes: Range<Int>?, _ l: UnsafePointer<Double>, products: UnsafeMutablePointer<Double>,
    places: UnsafePointer<Int32>
  ) {
    let firstRow = rowStart[nodeStart[term]]
    let gains = l + panelStart[term] - firstRow * k
    let products = products - firstRow * k
    let starts = tailEntryStarts[term]
    // A trailing supernode has all rows: their places follow from their positions.
    let isTrailing = supernode.first >= tailOrder - tail.trailing.order
    let offset = sparseCount + supernode.first
    tailEntries[term].withUnsafeBufferPointer { entries in
      rows.withUnsafeBufferPointer { rows in
        guard let start = entries.baseAddress, let rows = rows.baseAddress else { return }
        var inverse = l + tailStart + supernode.start
        for level in levels {
          var owned = starts[level]..<starts[level + 1]
          if let nodes {
            owned =
              entries.firstEntry(
                ofNode: nodes.lowerBound, in: owned)..<entries.firstEntry(
                ofNode: nodes.upperBound, in: owned)
          }
          for j in 0..<tail.levelStarts[level + 1] - tail.levelStarts[level] {
            for index in owned {
              let entry = start[index]
              let first = Int(entry.row) + j
              let end = Int(entry.end)
              let place = Int(places[Int(rows[first])])
              let diagonal = inverse[place]
              // The entry on the diagonal once, those below it also for the transpose.
              if k == 1 {
                let factor = gains[first]
                var sum = diagonal * factor
                if Int(places[Int(rows[end - 1])]) - place == end - 1 - first {
                  // As in complete designs: the rows stand side by side.
                  let z = inverse + place
                  for i in 1..<max(1, end - first) {
                    products[first + i] += z[i] * factor
                    sum += z[i] * gains[first + i]
                  }
                  products[first] += sum
                  continue
                }
                let others = rows + first + 1
                if isTrailing {
                  sum += addAndMultiply(
                    factor, inverse - offset, at: { Int(others[$0]) }, gains + first + 1,
                    to: products + first + 1, end - first - 1)
                } else {
                  sum += addAndMultiply(
                    factor, inverse, at: { Int(places[Int(others[$0])]) }, gains + first + 1,
                    to: products + first + 1, end - first - 1)
                }
                products[first] += sum
                continue
              }
              for i in 0..<k { products[first * k + i] += diagonal * gains[first * k + i] }
              for row in first + 1..<max(first + 1, end) {
                let z = inverse[Int(places[Int(rows[row])])]
                for i in 0..<k {
                  products[row * k + i] += z * gains[first * k + i]
                  products[first * k + i] += z * gains[row * k + i]
                }
              }
            }
            inverse += supernode.leadingDimension
          }
        }
      }
    }
  }
}

extension UnsafeBufferPointer<CholeskyLayout.TailEntry> {
  /// The first index in the range whose entry belongs to the node or to a later one.
  fileprivate func firstEntry(ofNode node: Int, in range: Range<Int>) -> Int {
    var low = range.lowerBound
    var high = range.upperBound
    while low < high {
      let middle = (low + high) / 2
      if Int(self[middle].node) < node { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
