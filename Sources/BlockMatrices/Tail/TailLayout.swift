// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// How the tail of a factor is stored: the random effects that are not eliminated level by level, and
/// the border.
package enum TailStorage: Sendable, Hashable {
  /// Dense or sparse, whichever is modelled to take less time.
  case automatic
  case dense
  /// Sparse, with the supernodes that the given model of their cost makes best.
  case sparse(SupernodeCost)
}

/// The symbolic half of the tail: its order of elimination and its supernodes.
///
/// A supernode is a run of columns stored as one dense, column-major trapezoid: a block on the
/// diagonal and, below, the rows that any of its columns has. A sparse tail has an order of its own,
/// in which the levels of all terms mingle. A *position* is a place in that order; the border's rows
/// come last, and are rows of every supernode.
///
/// The last supernodes, all of a dense tail, have every row after them. They are the ``trailing``
/// columns, which share a kernel of their own.
package struct TailLayout: Sendable {
  struct Supernode: Sendable {
    /// The position of the first column.
    let first: Int
    let columnCount: Int
    /// Its part of ``rows``, the border's rows included.
    let rows: Range<Int>
    /// Its part of ``levelStarts``.
    let levels: Range<Int>
    /// Where its values begin, counted from the first value of the tail.
    let start: Int

    var leadingDimension: Int { columnCount + rows.count }
  }

  let supernodes: [Supernode]
  /// The positions of the rows below each supernode's diagonal block, ascending.
  let rows: [Int32]
  /// The levels in order of elimination, terms and levels being counted as in the matrix.
  let levelOrder: [Int32]
  /// The first position of each level in order of elimination; one past the end closes the list.
  let levelStarts: [Int]
  /// The position of each random effect of the tail.
  package let positions: [Int32]
  /// The supernode of each position.
  let owners: [Int32]
  /// For each position, where its diagonal entry stands, counted from the first value of the tail.
  let diagonals: [Int]
  package let valueCount: Int
  /// The number of supernodes before the trailing columns.
  let sparseSupernodeCount: Int
  /// The columns from which on all rows exist, counted from the first of them.
  let trailing: BlockColumns
  /// The most values that the rows below any supernode before the trailing columns have.
  let largestPanel: Int
  /// The most rows below any of them.
  let largestSparseRowCount: Int
  /// The most rows below any supernode.
  let largestRowCount: Int

  package let isDense: Bool

  /// Fewer random effects are not worth the search for an order.
  private static let leastSparseCount = 100
  /// A matrix with more entries than this share fills in whatever the order.
  private static let largestDensity = 0.4
  /// A sparse tail must promise to take less than this share of a dense one's time.
  private static let worthwhileShare = 0.8

  init(_ tail: TailLevels, borderCount: Int, storage: TailStorage) {
    let effectCount = tail.weights.reduce(0, +)
    var model = SupernodeCost.measured
    // Both are shares of what a dense tail has.
    var largestDensity = Self.largestDensity
    var largestCost = Self.worthwhileShare
    var isSparsePossible = storage == .automatic && effectCount >= Self.leastSparseCount
    if case .sparse(let wanted) = storage {
      model = wanted
      largestDensity = 1
      largestCost = .infinity
      isSparsePossible = true
    }
    if isSparsePossible, let graph = TailGraph(tail, largestDensity: largestDensity) {
      let dense = model.estimate(columnCount: effectCount + borderCount, rowCount: 0)
      // Supernodes take no less than the columns that they gather.
      let largestWork = largestCost * dense / model.perProduct
      if let search = MinimumDegree(graph, largestWork: largestWork) {
        let tree = SupernodeTree(
          graph, order: search.order, borderCount: borderCount, cost: model)
        if tree.supernodes.count > 1, tree.cost < largestCost * dense {
          self.init(tree.supernodes, graph, borderCount: borderCount, isDense: false)
          return
        }
      }
    }
    self.init(
      [Array(0..<Int32(tail.count))],
      TailGraph(unconnected: tail.weights), borderCount: borderCount, isDense: true)
  }

  /// - Parameter supernodes: the levels of each, in order of elimination; the last has the border.
  private init(
    _ supernodes: [[Int32]], _ graph: TailGraph, borderCount: Int, isDense: Bool
  ) {
    self.isDense = isDense
    let levelOrder = supernodes.flatMap { $0 }
    let levelStarts = levelOrder.reduce(into: [0]) {
      $0.append(($0.last ?? 0) + graph.weights[Int($1)])
    }
    let effectCount = levelStarts.last ?? 0
    var structures = Self.structures(of: supernodes, graph, levelOrder: levelOrder)
    var levelRanges: [Range<Int>] = []
    for members in supernodes {
      let first = levelRanges.last?.upperBound ?? 0
      levelRanges.append(first..<first + members.count)
    }
    // The last supernode, by far the widest of many designs, becomes block columns: nothing above
    // them is stored.
    let last = levelRanges.removeLast()
    structures.removeLast()
    for range in Self.panels(of: last, levelStarts: levelStarts, borderCount: borderCount) {
      levelRanges.append(range)
      structures.append((range.upperBound..<last.upperBound).map { Int32($0) })
    }
    var result: [Supernode] = []
    var rows: [Int32] = []
    var owners: [Int32] = []
    var diagonals: [Int] = []
    var start = 0
    for (index, levels) in levelRanges.enumerated() {
      let first = levelStarts[levels.lowerBound]
      let isLast = index == levelRanges.count - 1
      let columnCount = levelStarts[levels.upperBound] - first + (isLast ? borderCount : 0)
      let firstRow = rows.count
      for place in structures[index] {
        rows += Int32(levelStarts[Int(place)])..<Int32(levelStarts[Int(place) + 1])
      }
      if !isLast { rows += Int32(effectCount)..<Int32(effectCount + borderCount) }
      let supernode = Supernode(
        first: first, columnCount: columnCount, rows: firstRow..<rows.count, levels: levels,
        start: start)
      result.append(supernode)
      for column in 0..<columnCount {
        owners.append(Int32(index))
        diagonals.append(start + column * (supernode.leadingDimension + 1))
      }
      start += columnCount * supernode.leadingDimension
    }
    let order = effectCount + borderCount
    let complete = result.reversed().prefix { $0.first + $0.leadingDimension == order }
    sparseSupernodeCount = result.count - complete.count
    trailing = BlockColumns(complete.reversed().map { ($0.columnCount, $0.start) })
    largestPanel = result.prefix(sparseSupernodeCount).reduce(0) {
      max($0, $1.rows.count * $1.columnCount)
    }
    largestSparseRowCount = result.prefix(sparseSupernodeCount).reduce(0) {
      max($0, $1.rows.count)
    }
    largestRowCount = result.reduce(0) { max($0, $1.rows.count) }
    self.levelOrder = levelOrder
    self.levelStarts = levelStarts
    self.supernodes = result
    self.rows = rows
    self.owners = owners
    self.diagonals = diagonals
    valueCount = start
    positions = Self.positions(of: levelOrder, levelStarts: levelStarts, weights: graph.weights)
  }

  /// The last supernode's levels in runs of about ``BlockColumns/width`` columns.
  private static func panels(
    of levels: Range<Int>, levelStarts: [Int], borderCount: Int
  ) -> [Range<Int>] {
    var panels: [Range<Int>] = []
    var first = levels.lowerBound
    var next = first
    let end = levelStarts[levels.upperBound] + borderCount
    // What remains at the end goes with the last panel, if it is not much.
    while end - levelStarts[first] >= BlockColumns.width * 3 / 2, next < levels.upperBound {
      next += 1
      if levelStarts[next] - levelStarts[first] >= BlockColumns.width {
        panels.append(first..<next)
        first = next
      }
    }
    return panels + [first..<levels.upperBound]
  }

  /// For each supernode, the later levels it reaches, by their places in the order, ascending.
  private static func structures(
    of supernodes: [[Int32]], _ graph: TailGraph, levelOrder: [Int32]
  ) -> [[Int32]] {
    var place = [Int32](repeating: 0, count: levelOrder.count)
    for (index, level) in levelOrder.enumerated() { place[Int(level)] = Int32(index) }
    var owner = [Int](repeating: 0, count: levelOrder.count)
    var next = 0
    for (index, members) in supernodes.enumerated() {
      for _ in members {
        owner[next] = index
        next += 1
      }
    }
    var structures: [[Int32]] = []
    var children = [[Int]](repeating: [], count: supernodes.count)
    var lastSeen = [Int](repeating: -1, count: levelOrder.count)
    var end = 0
    for (index, members) in supernodes.enumerated() {
      end += members.count
      var rows: [Int32] = []
      func note(_ row: Int32) {
        guard row >= end, lastSeen[Int(row)] != index else { return }
        lastSeen[Int(row)] = index
        rows.append(row)
      }
      for child in children[index] { for row in structures[child] { note(row) } }
      for level in members { for other in graph[Int(level)] { note(place[Int(other)]) } }
      rows.sort()
      if let first = rows.first { children[owner[Int(first)]].append(index) }
      structures.append(rows)
    }
    return structures
  }

  private static func positions(
    of levelOrder: [Int32], levelStarts: [Int], weights: [Int]
  ) -> [Int32] {
    let firstEffects = weights.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
    var positions = [Int32](repeating: 0, count: levelStarts.last ?? 0)
    for (place, level) in levelOrder.enumerated() {
      let effect = firstEffects[Int(level)]
      for j in 0..<weights[Int(level)] {
        positions[effect + j] = Int32(levelStarts[place] + j)
      }
    }
    return positions
  }
}
