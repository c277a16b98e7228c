// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The symbolic half of a blocked Cholesky factor: the order of elimination and its fill.
///
/// Terms are eliminated in order. The first, and every later one whose block stays block diagonal
/// when those before it are eliminated (a chain of nested factors), is eliminated level by level:
/// each level is a *node*, a dense diagonal block above a panel of the rows it meets. All remaining
/// random effects, together with the border, form one dense *tail*.
///
/// The analysis is done once per model and shared by every factor of it.
package final class CholeskyLayout: Sendable {
  package let matrix: BlockLayout
  /// The number of terms eliminated level by level.
  package let sparseTermCount: Int
  /// The number of random effects in those terms.
  package let sparseCount: Int
  /// The number of random effects in the dense tail.
  package let tailCount: Int
  /// The order of the dense tail: its random effects and the border.
  package let tailOrder: Int

  /// The number of the first node of each sparse term; one past the end closes the list.
  package let nodeStart: [Int]
  /// Where each node's rows begin in ``rows``; one past the end closes the list.
  package let rowStart: [Int]
  /// The rows of every node's panel: indices among all random effects, ascending.
  package let rows: [Int32]
  /// For each pair of terms with a sparse earlier one, the place of each block's first row within
  /// its node's rows.
  package let pairPositions: [[Int32]]

  // Where each part's values begin in the factor's flat array.
  package let diagonalStart: [Int]
  package let panelStart: [Int]
  package let borderStart: Int
  package let tailStart: Int
  package let valueCount: Int
  /// The most rows any node's panel has.
  package let largestPanel: Int

  package init(_ matrix: BlockLayout) {
    self.matrix = matrix
    let terms = matrix.terms
    var analysis = NodeAnalysis(matrix)
    repeat { analysis.eliminateNextTerm() } while analysis.nextTermStaysBlockDiagonal()
    let sparse = analysis.eliminated.count

    // Levels become rows: the k rows of a level stand side by side.
    var nodeStart = [0]
    var rowStart = [0]
    var rows: [Int32] = []
    var panelStart: [Int] = []
    var diagonalStart: [Int] = []
    var next = 0
    for term in 0..<sparse {
      diagonalStart.append(next)
      next += terms[term].count * terms[term].dimension
    }
    var largestPanel = 0
    for term in 0..<sparse {
      panelStart.append(next)
      let firstRow = rows.count
      for level in 0..<terms[term].levelCount {
        for node in analysis.eliminated[term][level] {
          let shape = terms[Int(node.term)]
          let first = shape.start + Int(node.level) * shape.dimension
          for row in first..<first + shape.dimension { rows.append(Int32(row)) }
        }
        largestPanel = max(largestPanel, rows.count - (rowStart.last ?? 0))
        rowStart.append(rows.count)
      }
      nodeStart.append(nodeStart[term] + terms[term].levelCount)
      next += (rows.count - firstRow) * terms[term].dimension
    }

    sparseTermCount = sparse
    sparseCount = terms[sparse - 1].start + terms[sparse - 1].count
    tailCount = matrix.randomCount - sparseCount
    tailOrder = tailCount + matrix.borderCount
    self.nodeStart = nodeStart
    self.rowStart = rowStart
    self.rows = rows
    self.diagonalStart = diagonalStart
    self.panelStart = panelStart
    self.largestPanel = largestPanel
    borderStart = next
    tailStart = next + matrix.borderCount * sparseCount
    valueCount = tailStart + tailOrder * tailOrder
    pairPositions = Self.positions(
      of: matrix, sparse: sparse, nodeStart: nodeStart, rowStart: rowStart, rows: rows)
  }

  /// Where the panel of a node begins in the factor's values.
  package func panelOffset(term: Int, node: Int) -> Int {
    panelStart[term]
      + (rowStart[node] - rowStart[nodeStart[term]]) * matrix.terms[term].dimension
  }

  private static func positions(
    of matrix: BlockLayout, sparse: Int, nodeStart: [Int], rowStart: [Int], rows: [Int32]
  ) -> [[Int32]] {
    var result: [[Int32]] = []
    for later in matrix.terms.indices {
      for earlier in 0..<later {
        guard earlier < sparse else {
          result.append([])
          continue
        }
        let pattern = matrix.patterns[matrix.pairIndex(later, earlier)]
        let shape = matrix.terms[later]
        var positions: [Int32] = []
        positions.reserveCapacity(pattern.levels.count)
        for level in 0..<matrix.terms[earlier].levelCount {
          let node = nodeStart[earlier] + level
          var row = rowStart[node]
          for entry in pattern.starts[level]..<pattern.starts[level + 1] {
            let wanted = Int32(shape.start + Int(pattern.levels[entry]) * shape.dimension)
            while rows[row] < wanted { row += 1 }
            positions.append(Int32(row - rowStart[node]))
          }
        }
        result.append(positions)
      }
    }
    return result
  }
}

/// Elimination on the pattern alone, one term after the other.
private struct NodeAnalysis {
  struct Node {
    let term: Int32
    let level: Int32
  }

  /// The later nodes that each level of one eliminated term meets, fill included, in order.
  struct TermRows {
    var starts = [0]
    var nodes: [Node] = []

    subscript(level: Int) -> ArraySlice<Node> { nodes[starts[level]..<starts[level + 1]] }
  }

  let matrix: BlockLayout
  var eliminated: [TermRows] = []

  init(_ matrix: BlockLayout) { self.matrix = matrix }

  /// Whether every eliminated node meets at most one level of the next term.
  func nextTermStaysBlockDiagonal() -> Bool {
    let next = eliminated.count
    guard next < matrix.terms.count else { return false }
    for term in eliminated {
      for level in 0..<term.starts.count - 1 {
        var met = 0
        for node in term[level] where node.term == next { met += 1 }
        if met > 1 { return false }
      }
    }
    return true
  }

  mutating func eliminateNextTerm() {
    let term = eliminated.count
    // The children of a level: eliminated nodes that meet it, and so pass their later rows on.
    var children: [[(term: Int, level: Int)]] = []
    if term > 0 {
      children = Array(repeating: [], count: matrix.terms[term].levelCount)
      for earlier in 0..<term {
        for level in 0..<matrix.terms[earlier].levelCount {
          if let node = eliminated[earlier][level].first(where: { $0.term == term }) {
            children[Int(node.level)].append((earlier, level))
          }
        }
      }
    }
    var result = TermRows()
    for level in 0..<matrix.terms[term].levelCount {
      for later in matrix.terms.indices.dropFirst(term + 1) {
        let pattern = matrix.patterns[matrix.pairIndex(later, term)]
        let met = pattern.levels[pattern.starts[level]..<pattern.starts[level + 1]]
        if term == 0 {
          for level in met { result.nodes.append(Node(term: Int32(later), level: level)) }
          continue
        }
        var all = Set(met)
        for child in children[level] {
          for node in eliminated[child.term][child.level] where node.term == later {
            all.insert(node.level)
          }
        }
        for level in all.sorted() { result.nodes.append(Node(term: Int32(later), level: level)) }
      }
      result.starts.append(result.nodes.count)
    }
    eliminated.append(result)
  }
}
