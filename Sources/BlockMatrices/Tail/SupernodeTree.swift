// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// A modelled time, in nanoseconds, of factorizing and inverting one supernode.
///
/// It decides what is stored densely: columns that share most of their rows are merged, zeros
/// between them included, as long as the model says that this takes less time. The constants were
/// fitted to measured times on a processor with AVX2; only their ratios matter.
package struct SupernodeCost: Sendable, Hashable {
  /// For each supernode.
  package let overhead: Double
  /// For each pair of rows below: to add an update to another supernode, and to gather an entry of
  /// the inverse.
  package let perMove: Double
  /// For each multiplication and addition of the factorization, and the two of the inverse.
  package let perProduct: Double

  package init(overhead: Double, perMove: Double, perProduct: Double) {
    self.overhead = overhead
    self.perMove = perMove
    self.perProduct = perProduct
  }

  package static let measured = SupernodeCost(overhead: 1000, perMove: 1.5, perProduct: 0.055)

  /// - Parameters:
  ///   - columnCount: the order of the dense block on the diagonal.
  ///   - rowCount: the number of rows below it.
  func estimate(columnCount: Int, rowCount: Int) -> Double {
    let n = Double(columnCount)
    let r = Double(rowCount)
    return overhead + perMove * r * r + perProduct * (n * r * (r + n) + n * n * n / 3)
  }
}

/// The columns of a Cholesky factor gathered in supernodes: columns whose rows are nearly the same
/// and are stored as one dense trapezoid.
///
/// The elimination tree joins each column to the first row below its diagonal. Supernodes are grown
/// from its leaves, a supernode being merged into its parent where ``SupernodeCost`` says so.
/// Source: Ashcraft & Grimes, "The influence of relaxed supernode partitions on the multifrontal
/// method", ACM Transactions on Mathematical Software 15 (1989), 291-309.
struct SupernodeTree {
  /// The levels of each supernode, in order of elimination. The last supernode is that of the
  /// border, and may have levels or not.
  private(set) var supernodes: [[Int32]] = []
  /// The modelled time of all supernodes.
  private(set) var cost = 0.0

  /// - Parameters:
  ///   - order: the levels of the graph in order of elimination.
  ///   - borderCount: the number of dense rows that follow.
  init(_ graph: TailGraph, order: [Int32], borderCount: Int, cost model: SupernodeCost) {
    let count = order.count
    let columns = EliminationTree(graph, order: order)
    var width = order.map { graph.weights[Int($0)] } + [borderCount]
    // Rows below each column; those of the border are below all of them.
    let rowCount = columns.rowCounts.map { $0 + borderCount } + [0]
    var children = [[Int]](repeating: [], count: count + 1)
    for column in 0..<count { children[columns.parents[column] ?? count].append(column) }
    var isMerged = [Bool](repeating: false, count: count + 1)
    var owner = Array(0...count)
    for parent in 0...count where !children[parent].isEmpty {
      // Those with the most rows share the most with their parent.
      var kept: [Int] = []
      for child in children[parent].sorted(by: { (rowCount[$0], $0) > (rowCount[$1], $1) }) {
        let apart =
          model.estimate(columnCount: width[child], rowCount: rowCount[child])
          + model.estimate(columnCount: width[parent], rowCount: rowCount[parent])
        let together = model.estimate(
          columnCount: width[child] + width[parent], rowCount: rowCount[parent])
        if together <= apart {
          width[parent] += width[child]
          isMerged[child] = true
          owner[child] = parent
          kept += children[child]
        } else {
          kept.append(child)
        }
      }
      children[parent] = kept
    }
    // Parents come after their children, so their own supernodes are known first from the end.
    for column in (0..<count).reversed() where isMerged[column] {
      owner[column] = owner[owner[column]]
    }
    var members = [[Int32]](repeating: [], count: count + 1)
    for column in 0..<count { members[owner[column]].append(order[column]) }
    for column in 0...count where !isMerged[column] {
      supernodes.append(members[column])
      cost += model.estimate(columnCount: width[column], rowCount: rowCount[column])
    }
  }
}

/// The structure of the Cholesky factor of a graph's matrix, column by column.
private struct EliminationTree {
  /// For each column, the first row below its diagonal.
  var parents: [Int?] = []
  /// For each column, the number of rows below it, a level counted by its weight.
  var rowCounts: [Int] = []

  init(_ graph: TailGraph, order: [Int32]) {
    let count = order.count
    var position = [Int](repeating: 0, count: count)
    for (place, level) in order.enumerated() { position[Int(level)] = place }
    // The rows of each column, kept until its parent has taken them over.
    var structures = [[Int32]](repeating: [], count: count)
    var children = [[Int]](repeating: [], count: count)
    var lastSeen = [Int](repeating: -1, count: count)
    for column in 0..<count {
      var rows: [Int32] = []
      var weight = 0
      var parent: Int?
      lastSeen[column] = column
      func note(_ row: Int) {
        guard row > column, lastSeen[row] != column else { return }
        lastSeen[row] = column
        rows.append(Int32(row))
        weight += graph.weights[Int(order[row])]
        parent = min(parent ?? row, row)
      }
      for child in children[column] {
        for row in structures[child] { note(Int(row)) }
        structures[child] = []
      }
      for level in graph[Int(order[column])] { note(position[Int(level)]) }
      if let parent { children[parent].append(column) }
      let isDense = rows.count == count - column - 1
      structures[column] = rows
      parents.append(parent)
      rowCounts.append(weight)
      if isDense { break }
    }
    // What follows a column with all rows has all rows, too.
    for column in parents.count..<max(parents.count, count) {
      parents.append(column + 1 < count ? column + 1 : nil)
      rowCounts.append(rowCounts[column - 1] - graph.weights[Int(order[column])])
    }
  }
}
