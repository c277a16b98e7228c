// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices

/// The levels of all terms in parts that share no row: with one grouping factor every level by itself,
/// with nested ones every outermost level with what it holds, with crossed ones mostly all together.
///
/// A system without fixed effects falls into one system per part, so that one right-hand side can hold
/// as many problems as there are parts.
struct LevelComponents: Sendable {
  /// For each term and level, the number of its part.
  private let parts: [[Int32]]
  /// For each term, its levels part after part, and where each part's levels begin in that list; one
  /// past the end closes it.
  private let levels: [[Int32]]
  private let starts: [[Int]]
  let count: Int

  /// - Complexity: O(blocks of the cross-products), but for the inverse of Ackermann's function.
  init(_ layout: BlockLayout) {
    var firstNode: [Int] = []
    var nodeCount = 0
    for shape in layout.terms {
      firstNode.append(nodeCount)
      nodeCount += shape.levelCount
    }
    var forest = DisjointSets(count: nodeCount)
    for later in layout.terms.indices {
      for earlier in 0..<later {
        let pattern = layout.patterns[layout.pairIndex(later, earlier)]
        for level in 0..<layout.terms[earlier].levelCount {
          for place in pattern.starts[level]..<pattern.starts[level + 1] {
            forest.join(
              firstNode[earlier] + level, firstNode[later] + Int(pattern.levels[place]))
          }
        }
      }
    }
    var numbers: [Int: Int32] = [:]
    parts = layout.terms.indices.map { term in
      (0..<layout.terms[term].levelCount).map { level in
        let root = forest.root(of: firstNode[term] + level)
        if let known = numbers[root] { return known }
        let number = Int32(numbers.count)
        numbers[root] = number
        return number
      }
    }
    let count = numbers.count
    self.count = count
    var levels: [[Int32]] = []
    var starts: [[Int]] = []
    for parts in parts {
      var next = [Int](repeating: 0, count: count + 1)
      for part in parts { next[Int(part) + 1] += 1 }
      for part in 0..<count { next[part + 1] += next[part] }
      starts.append(next)
      var sorted = [Int32](repeating: 0, count: parts.count)
      for (level, part) in parts.enumerated() {
        sorted[next[Int(part)]] = Int32(level)
        next[Int(part)] += 1
      }
      levels.append(sorted)
    }
    self.levels = levels
    self.starts = starts
  }

  /// The part of a level.
  func part(term: Int, level: Int) -> Int { Int(parts[term][level]) }

  /// The levels of a term that belong to a part.
  func levels(ofTerm term: Int, inPart part: Int) -> ArraySlice<Int32> {
    levels[term][starts[term][part]..<starts[term][part + 1]]
  }
}

/// Sets that are joined step by step (Tarjan 1975).
private struct DisjointSets {
  private var parents: [Int]
  private var sizes: [Int]

  init(count: Int) {
    parents = Array(0..<count)
    sizes = [Int](repeating: 1, count: count)
  }

  mutating func root(of element: Int) -> Int {
    var element = element
    while parents[element] != element {
      parents[element] = parents[parents[element]]
      element = parents[element]
    }
    return element
  }

  mutating func join(_ first: Int, _ second: Int) {
    let (a, b) = (root(of: first), root(of: second))
    guard a != b else { return }
    let (small, large) = sizes[a] < sizes[b] ? (a, b) : (b, a)
    parents[small] = large
    sizes[large] += sizes[small]
  }
}
