// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// Which levels of the tail are connected once all nodes before it are eliminated: the pattern of
/// the matrix that remains, a level counting as one row whatever its dimension.
struct TailGraph {
  /// The number of rows of each level.
  let weights: [Int]
  /// Where each level's list in ``neighbours`` begins; one past the end closes the list.
  let starts: [Int]
  let neighbours: [Int32]

  var levelCount: Int { weights.count }

  subscript(level: Int) -> ArraySlice<Int32> { neighbours[starts[level]..<starts[level + 1]] }

  /// Levels are sampled this often to tell a dense matrix before its pattern is written down.
  private static let sampleCount = 64

  /// The graph, unless more than the given share of its entries exist.
  init?(_ tail: TailLevels, largestDensity: Double) {
    var collector = NeighbourCollector(tail)
    let count = tail.count
    let step = max(1, count / Self.sampleCount)
    var sampled = 0
    var entries = 0
    for level in stride(from: 0, to: count, by: step) {
      sampled += 1
      entries += collector.neighbours(of: level).count
    }
    if Double(entries) > largestDensity * Double(sampled) * Double(count) { return nil }
    var starts = [0]
    var neighbours: [Int32] = []
    for level in 0..<count {
      neighbours += collector.neighbours(of: level)
      starts.append(neighbours.count)
    }
    weights = tail.weights
    self.starts = starts
    self.neighbours = neighbours
  }

  /// Levels without any connection.
  init(unconnected weights: [Int]) {
    self.weights = weights
    starts = Array(repeating: 0, count: weights.count + 1)
    neighbours = []
  }
}

/// The levels of the tail, and what connects them: nodes eliminated before, and cross-products.
struct TailLevels {
  /// The number of rows of each level.
  let weights: [Int]
  /// Where each level's list in ``nodes`` begins; one past the end closes the list.
  let nodeStarts: [Int]
  /// The eliminated nodes that meet a level, ascending.
  let nodes: [Int32]
  /// Where each node's list in ``levels`` begins; one past the end closes the list.
  let levelStarts: [Int]
  /// The levels of the tail that a node meets, ascending.
  let levels: [Int32]
  /// For each pair of terms in the tail, both ways, the levels of the second that each level of the
  /// first occurs together with.
  let pairs: [(first: Int, pattern: BlockPattern, offset: Int)]

  var count: Int { weights.count }

  init(_ matrix: BlockLayout, firstTerm: Int, levelStarts: [Int], levels: [Int32]) {
    let terms = matrix.terms.dropFirst(firstTerm)
    weights = terms.flatMap { Array(repeating: $0.dimension, count: $0.levelCount) }
    let offsets = terms.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.levelCount) }
    self.levelStarts = levelStarts
    self.levels = levels
    var starts = [Int](repeating: 0, count: weights.count + 1)
    for level in levels { starts[Int(level) + 1] += 1 }
    for level in 0..<weights.count { starts[level + 1] += starts[level] }
    nodeStarts = starts
    var nodes = [Int32](repeating: 0, count: levels.count)
    for node in 0..<levelStarts.count - 1 {
      for place in levelStarts[node]..<levelStarts[node + 1] {
        let level = Int(levels[place])
        nodes[starts[level]] = Int32(node)
        starts[level] += 1
      }
    }
    self.nodes = nodes
    var pairs: [(first: Int, pattern: BlockPattern, offset: Int)] = []
    for later in terms.indices {
      for earlier in firstTerm..<later {
        let pattern = matrix.patterns[matrix.pairIndex(later, earlier)]
        let (own, other) = (offsets[earlier - firstTerm], offsets[later - firstTerm])
        pairs.append((own, pattern, other))
        pairs.append(
          (other, pattern.transposed(levelCount: matrix.terms[later].levelCount), own))
      }
    }
    self.pairs = pairs
  }
}

extension BlockPattern {
  /// The same pairs of levels, listed by the other term.
  fileprivate func transposed(levelCount: Int) -> BlockPattern {
    var next = [Int](repeating: 0, count: levelCount + 1)
    for level in levels { next[Int(level) + 1] += 1 }
    for level in 0..<levelCount { next[level + 1] += next[level] }
    let starts = next
    var transposed = [Int32](repeating: 0, count: levels.count)
    for own in 0..<self.starts.count - 1 {
      for entry in self.starts[own]..<self.starts[own + 1] {
        let level = Int(levels[entry])
        transposed[next[level]] = Int32(own)
        next[level] += 1
      }
    }
    return BlockPattern(starts: starts, levels: transposed)
  }
}

/// Finds the neighbours of one level after the other.
private struct NeighbourCollector {
  let tail: TailLevels
  /// For each level, the number of the last call that found it.
  private var lastSeen: [Int32]
  private var call: Int32 = 0

  init(_ tail: TailLevels) {
    self.tail = tail
    lastSeen = Array(repeating: 0, count: tail.count)
  }

  /// The neighbours of a level, in no particular order.
  mutating func neighbours(of level: Int) -> [Int32] {
    var found: [Int32] = []
    call += 1
    lastSeen[level] = call
    for place in tail.nodeStarts[level]..<tail.nodeStarts[level + 1] {
      let node = Int(tail.nodes[place])
      note(
        tail.levels, tail.levelStarts[node]..<tail.levelStarts[node + 1], in: &found)
    }
    for (first, pattern, offset) in tail.pairs {
      let own = level - first
      guard own >= 0, own < pattern.starts.count - 1 else { continue }
      note(
        pattern.levels, pattern.starts[own]..<pattern.starts[own + 1], offset: Int32(offset),
        in: &found)
    }
    return found
  }

  private mutating func note(
    _ levels: [Int32], _ range: Range<Int>, offset: Int32 = 0, in found: inout [Int32]
  ) {
    let call = call
    lastSeen.withUnsafeMutableBufferPointer { lastSeen in
      levels.withUnsafeBufferPointer { levels in
        for place in range {
          let other = levels[place] + offset
          if lastSeen[Int(other)] != call {
            lastSeen[Int(other)] = call
            found.append(other)
          }
        }
      }
    }
  }
}
