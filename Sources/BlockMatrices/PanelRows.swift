// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The rows of the panels of all eliminated nodes, and where the levels of the tail stand among them.
struct PanelRows {
  private let matrix: BlockLayout
  private let tail: TailLayout
  private let sparseCount: Int
  /// Where each node's rows begin; one past the end closes the list.
  private(set) var starts = [0]
  /// As ``CholeskyLayout/rows``.
  private(set) var rows: [Int32] = []
  /// As ``CholeskyLayout/tailEntryStarts``.
  private(set) var entryStarts: [[Int]] = []
  private(set) var entries: [[CholeskyLayout.TailEntry]] = []
  /// As ``CholeskyLayout/wideNodes``.
  private(set) var wideNodes: [[CholeskyLayout.WideNode]] = []

  /// A node is wide if it meets this share of a dense tail: from there on the arithmetic with zeros
  /// costs less than the index of every entry.
  private static let wideShare = 0.25
  /// A dense product with fewer columns does not pay.
  private static let leastWideCount = 8

  init(_ analysis: NodeAnalysis, _ levels: TailLevels, _ tail: TailLayout, sparseCount: Int) {
    matrix = analysis.matrix
    self.tail = tail
    self.sparseCount = sparseCount
    // The k rows of a level stand side by side.
    for term in analysis.eliminated {
      for level in 0..<term.starts.count - 1 {
        var count = 0
        for node in term[level] { count += matrix.terms[Int(node.term)].dimension }
        starts.append((starts.last ?? 0) + count)
      }
    }
    rows = Array(repeating: 0, count: starts.last ?? 0)
    var next = starts
    appendSparseRows(analysis, &next)
    findWideNodes(analysis, next)
    appendTailRows(analysis, levels, &next)
  }

  private mutating func appendSparseRows(_ analysis: NodeAnalysis, _ next: inout [Int]) {
    guard analysis.eliminated.count > 1 else { return }
    var node = 0
    for term in analysis.eliminated {
      for level in 0..<term.starts.count - 1 {
        for other in term[level] where other.term < analysis.eliminated.count {
          let shape = matrix.terms[Int(other.term)]
          let first = shape.start + Int(other.level) * shape.dimension
          for row in first..<first + shape.dimension {
            rows[next[node]] = Int32(row)
            next[node] += 1
          }
        }
        node += 1
      }
    }
  }

  /// - Parameter next: the place of each node's first row in the tail.
  private mutating func findWideNodes(_ analysis: NodeAnalysis, _ next: [Int]) {
    let tailCount = tail.positions.count
    // A tail with sparse supernodes has places of its own for each of their rows.
    let leastRowCount =
      tail.sparseSupernodeCount == 0 && tailCount > 0
      ? Self.wideShare * Double(tailCount) : .infinity
    var node = 0
    for term in analysis.eliminated {
      let end = node + term.starts.count - 1
      let wide = (node..<end).filter { Double(starts[$0 + 1] - next[$0]) >= leastRowCount }
      wideNodes.append(
        wide.count < Self.leastWideCount
          ? [] : wide.map { CholeskyLayout.WideNode(node: Int32($0), row: Int32(next[$0])) })
      node = end
    }
  }

  /// The levels of the tail in order of elimination, so that every node's rows ascend.
  private mutating func appendTailRows(
    _ analysis: NodeAnalysis, _ levels: TailLevels, _ next: inout [Int]
  ) {
    let nodeEnds = analysis.eliminated.reduce(into: [Int]()) {
      $0.append(($0.last ?? 0) + $1.starts.count - 1)
    }
    entryStarts = nodeEnds.map { _ in [0] }
    entries = nodeEnds.map { _ in [] }
    var isWide = [Bool](repeating: false, count: starts.count - 1)
    for wide in wideNodes.joined() { isWide[Int(wide.node)] = true }
    for (place, level) in tail.levelOrder.enumerated() {
      let first = Int32(sparseCount + tail.levelStarts[place])
      let width = levels.weights[Int(level)]
      var term = 0
      for node in levels.nodes[levels.nodeStarts[Int(level)]..<levels.nodeStarts[Int(level) + 1]] {
        while Int(node) >= nodeEnds[term] { term += 1 }
        let row = next[Int(node)]
        if !isWide[Int(node)] {
          entries[term].append(
            CholeskyLayout.TailEntry(
              node: node, row: Int32(row), end: Int32(starts[Int(node) + 1])))
        }
        for j in 0..<width { rows[row + j] = first + Int32(j) }
        next[Int(node)] += width
      }
      for term in nodeEnds.indices { entryStarts[term].append(entries[term].count) }
    }
  }

  /// As ``CholeskyLayout/pairPositions``.
  func pairPositions(nodeStart: [Int]) -> [[Int32]] {
    let sparse = nodeStart.count - 1
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
          for entry in pattern.starts[level]..<pattern.starts[level + 1] {
            var wanted = Int32(shape.start + Int(pattern.levels[entry]) * shape.dimension)
            if later >= sparse {
              wanted = Int32(sparseCount) + tail.positions[Int(wanted) - sparseCount]
            }
            let row = rows.lowerBound(of: wanted, from: starts[node], to: starts[node + 1])
            positions.append(Int32(row - starts[node]))
          }
        }
        result.append(positions)
      }
    }
    return result
  }
}

extension [Int32] {
  /// The first index in `from..<to` whose value is at least `value`, where they ascend.
  func lowerBound(of value: Int32, from: Int, to: Int) -> Int {
    var low = from
    var high = to
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
