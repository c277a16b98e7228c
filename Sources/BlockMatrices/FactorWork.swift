// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The arithmetic that a factor and its selected inverse take, told from the layout alone.
///
/// Additions and multiplications count one each. What the dense library does and what is done entry
/// by entry, at places that an index gives, are counted apart, because they run at speeds of their
/// own.
package struct FactorWork: Sendable, Hashable {
  /// Operations within dense blocks of the tail.
  package private(set) var dense = 0.0
  /// Operations of the elimination level by level, small blocks and scattered entries.
  package private(set) var scattered = 0.0
  /// Entries that pass from one supernode of the tail to another.
  package private(set) var moved = 0.0

  package var operations: Double { dense + scattered }

  /// No work.
  package init() {}

  /// The work of `BlockedCholesky.factorize`.
  package static func factorization(_ layout: CholeskyLayout) -> FactorWork {
    var work = FactorWork()
    let border = Double(layout.matrix.borderCount)
    let tail = Double(layout.tailCount)
    layout.forEachNode { order, rowCount, isWide in
      work.scattered += order * order * (order / 3 + rowCount + border)
      // Every pair of rows meets once, and each row the border.
      if isWide {
        work.dense += order * tail * (tail + 2 * border)
      } else {
        work.scattered += order * rowCount * (rowCount + 1 + 2 * border)
      }
      work.scattered += order * border * border
    }
    layout.tail.forEachSupernode { order, rowCount in
      work.dense += order * order * order / 3 + order * order * rowCount
      work.dense += order * rowCount * rowCount
      work.moved += rowCount * rowCount / 2
    }
    return work
  }

  /// The work of `BlockedCholesky.withSelectedInverse`, given the factor.
  package static func selectedInverse(_ layout: CholeskyLayout) -> FactorWork {
    var work = FactorWork()
    let border = Double(layout.matrix.borderCount)
    let tail = Double(layout.tailCount)
    layout.forEachNode { order, rowCount, isWide in
      let all = rowCount + border
      work.scattered += order * order * (order + 2 * all)
      // Each entry of the inverse serves two rows.
      if isWide {
        work.dense += 2 * order * tail * tail
        work.scattered += 2 * order * all * (border + 1)
      } else {
        work.scattered += 2 * order * all * (all + 1)
      }
    }
    layout.tail.forEachSupernode { order, rowCount in
      work.dense += 2 * order * order * order / 3 + 2 * order * order * rowCount
      work.dense += 2 * order * rowCount * rowCount
      work.moved += rowCount * rowCount / 2
    }
    return work
  }

  package static func + (left: FactorWork, right: FactorWork) -> FactorWork {
    var sum = left
    sum.dense += right.dense
    sum.scattered += right.scattered
    sum.moved += right.moved
    return sum
  }
}

extension CholeskyLayout {
  /// The doubles that factorization and selected inverse hold beside the factor, at their most.
  package var workspaceCount: Int {
    let width = min(tail.largestRowCount, tailColumnsAtATime)
    let tailScratch = tail.largestRowCount * width + tail.largestPanel
    let largestTermPanel = (0..<sparseTermCount).reduce(0) { largest, term in
      let rowCount = rowStart[nodeStart[term + 1]] - rowStart[nodeStart[term]]
      return max(largest, rowCount * matrix.terms[term].dimension)
    }
    let half = (largestPanel + matrix.borderCount) * matrix.largestDimension
    let nodeScratch = 2 * half + (tailCount > 0 ? largestTermPanel : 0)
    return max(tailScratch, nodeScratch)
  }

  /// The bytes of the description itself: the rows of all panels, and where entries have their
  /// places.
  package var descriptionByteCount: Int {
    let integer = MemoryLayout<Int>.stride
    let short = MemoryLayout<Int32>.stride
    var count = rowStart.count * integer + rows.count * short
    count += pairPositions.reduce(0) { $0 + $1.count } * short
    count += tailPairOffsets.reduce(0) { $0 + $1.count } * integer
    for (starts, entries) in zip(tailEntryStarts, tailEntries) {
      count += starts.count * integer + entries.count * MemoryLayout<TailEntry>.stride
    }
    count += wideNodes.reduce(0) { $0 + $1.count } * MemoryLayout<WideNode>.stride
    for pattern in matrix.patterns {
      count += pattern.starts.count * integer + pattern.levels.count * short
    }
    return count + tail.descriptionByteCount
  }

  /// Calls `body` for every node with its order, the number of rows below it, and whether it is wide.
  fileprivate func forEachNode(
    _ body: (_ order: Double, _ rowCount: Double, _ isWide: Bool) -> Void
  ) {
    for term in 0..<sparseTermCount {
      let order = Double(matrix.terms[term].dimension)
      var wide = wideNodes[term][...]
      for node in nodeStart[term]..<nodeStart[term + 1] {
        let isWide = wide.first.map { Int($0.node) == node } ?? false
        if isWide { wide.removeFirst() }
        body(order, Double(rowStart[node + 1] - rowStart[node]), isWide)
      }
    }
  }
}

extension TailLayout {
  /// The number of dense blocks that the tail is stored as.
  package var supernodeCount: Int { supernodes.count }

  /// The entries on and below the diagonal that the supernodes hold, those of the border included.
  package var entryCount: Int {
    supernodes.reduce(0) { sum, supernode in
      let n = supernode.columnCount
      return sum + n * (n + 1) / 2 + n * supernode.rows.count
    }
  }

  fileprivate var descriptionByteCount: Int {
    let integers = levelStarts.count + diagonals.count
    let shorts = rows.count + levelOrder.count + positions.count + owners.count
    return integers * MemoryLayout<Int>.stride + shorts * MemoryLayout<Int32>.stride
      + supernodes.count * MemoryLayout<Supernode>.stride
  }

  fileprivate func forEachSupernode(_ body: (_ order: Double, _ rowCount: Double) -> Void) {
    for supernode in supernodes {
      body(Double(supernode.columnCount), Double(supernode.rows.count))
    }
  }
}
