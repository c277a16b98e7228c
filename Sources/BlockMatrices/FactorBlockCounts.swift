// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// How many blocks of two levels the factor stores for each pair of terms, fill included.
package struct FactorBlockCounts: Sendable {
  private let counts: [Int]
  private let termCount: Int

  package init(_ layout: CholeskyLayout) {
    let terms = layout.matrix.terms
    termCount = terms.count
    var counts = [Int](repeating: 0, count: terms.count * terms.count)
    // Panels: the first row of a level stands for its block.
    let tailTerms = layout.tailTermStarts
    for term in 0..<layout.sparseTermCount {
      counts[term * (terms.count + 1)] += terms[term].levelCount
      let nodes = layout.nodeStart[term]..<layout.nodeStart[term + 1]
      for row in layout.rowStart[nodes.lowerBound]..<layout.rowStart[nodes.upperBound] {
        let index = Int(layout.rows[row])
        if index < layout.sparseCount {
          let place = layout.nodePlace(of: index)
          if place.offset == 0 { counts[place.term * terms.count + term] += 1 }
        } else if let later = tailTerms[index - layout.sparseCount] {
          counts[later * terms.count + term] += 1
        }
      }
    }
    layout.countTailBlocks { later, earlier, count in
      counts[max(later, earlier) * terms.count + min(later, earlier)] += count
    }
    self.counts = counts
  }

  /// The blocks of two terms, or on and below the diagonal of one.
  package func blockCount(_ later: Int, _ earlier: Int) -> Int {
    counts[later * termCount + earlier]
  }
}

extension CholeskyLayout {
  /// The term of each level of the tail in order of elimination.
  private var tailTerms: [Int] {
    let ends = matrix.terms.dropFirst(sparseTermCount).reduce(into: [Int]()) {
      $0.append(($0.last ?? 0) + $1.levelCount)
    }
    return tail.levelOrder.map { level in
      sparseTermCount + (ends.firstIndex { Int(level) < $0 } ?? 0)
    }
  }

  /// For each position of the tail the term whose level begins there, if one does.
  fileprivate var tailTermStarts: [Int?] {
    var result = [Int?](repeating: nil, count: tailCount)
    for (place, term) in tailTerms.enumerated() { result[tail.levelStarts[place]] = term }
    return result
  }

  /// Calls `body` with numbers of blocks that the supernodes store for two terms of the tail.
  fileprivate func countTailBlocks(_ body: (_ row: Int, _ column: Int, _ count: Int) -> Void) {
    let terms = tailTerms
    // The level of each position.
    var levels = [Int](repeating: 0, count: tailCount)
    for place in terms.indices {
      for position in tail.levelStarts[place]..<tail.levelStarts[place + 1] {
        levels[position] = place
      }
    }
    let tailRange = sparseTermCount..<max(sparseTermCount, matrix.terms.count)
    for supernode in tail.supernodes {
      let columns = tailRange.map { term in supernode.levels.count { terms[$0] == term } }
      var rows = [Int](repeating: 0, count: tailRange.count)
      for position in tail.rows[supernode.rows] where position < tailCount {
        let level = levels[Int(position)]
        guard tail.levelStarts[level] == Int(position) else { continue }
        rows[terms[level] - sparseTermCount] += 1
      }
      for (i, first) in tailRange.enumerated() {
        body(first, first, columns[i] * (columns[i] + 1) / 2)
        for (j, second) in tailRange.enumerated() {
          if j < i { body(first, second, columns[i] * columns[j]) }
          body(first, second, rows[i] * columns[j])
        }
      }
    }
  }
}
