// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// Elimination on the pattern alone, one term after the other.
struct NodeAnalysis {
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
    var all: [Int32] = []
    for level in 0..<matrix.terms[term].levelCount {
      for later in matrix.terms.indices.dropFirst(term + 1) {
        let pattern = matrix.patterns[matrix.pairIndex(later, term)]
        let met = pattern.levels[pattern.starts[level]..<pattern.starts[level + 1]]
        if term == 0 {
          for level in met { result.nodes.append(Node(term: Int32(later), level: level)) }
          continue
        }
        all.removeAll(keepingCapacity: true)
        all += met
        for child in children[level] {
          for node in eliminated[child.term][child.level] where node.term == later {
            all.append(node.level)
          }
        }
        all.sort()
        for (index, level) in all.enumerated() where index == 0 || level != all[index - 1] {
          result.nodes.append(Node(term: Int32(later), level: level))
        }
      }
      result.starts.append(result.nodes.count)
    }
    eliminated.append(result)
  }

  /// For each eliminated node, term after term, the levels it meets of the terms that are left,
  /// counted over those terms.
  func tailLevels() -> (starts: [Int], levels: [Int32]) {
    let first = eliminated.count
    let offsets = matrix.terms.dropFirst(first).reduce(into: [Int32(0)]) {
      $0.append(($0.last ?? 0) + Int32($1.levelCount))
    }
    var starts = [0]
    var levels: [Int32] = []
    for term in eliminated {
      for level in 0..<term.starts.count - 1 {
        for node in term[level] where node.term >= first {
          levels.append(offsets[Int(node.term) - first] + node.level)
        }
        starts.append(levels.count)
      }
    }
    return (starts, levels)
  }
}

extension BlockLayout {
  /// Whether the levels of some terms mingle however the terms are eliminated, as those of crossed
  /// grouping factors do and those of nested ones do not.
  package var isCrossed: Bool {
    guard terms.count > 1 else { return false }
    var analysis = NodeAnalysis(self)
    repeat { analysis.eliminateNextTerm() } while analysis.nextTermStaysBlockDiagonal()
    return analysis.eliminated.count < terms.count
  }
}
