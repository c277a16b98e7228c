// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices

/// The sum of the cross-products of chunks, over levels that are numbered as they are met.
///
/// Chunks are added in their order, so that the sums do not depend on who computed them when.
struct GrowingCrossProducts: Sendable {
  fileprivate struct Term: Sendable {
    let dimension: Int
    var levelCount = 0
    var diagonal: [Double] = []
    var border: [Double] = []
  }

  /// The blocks of two terms.
  fileprivate struct Pair: Sendable {
    /// The place of the block of two levels, by ``GrowingCrossProducts/key(_:_:)``.
    var placeOfLevels: [UInt64: Int] = [:]
    /// Row by row, the rows being those of the later term.
    var values: [Double] = []
  }

  private var terms: [Term]
  /// In the order of `BlockLayout/pairIndex(_:_:)`.
  private var pairs: [Pair]
  private var corner: [Double]
  private let borderCount: Int

  /// - Parameter dimensions: the number of effects of each term.
  init(dimensions: [Int], borderCount: Int) {
    terms = dimensions.map { Term(dimension: $0) }
    pairs = [Pair](repeating: Pair(), count: dimensions.count * (dimensions.count - 1) / 2)
    corner = [Double](repeating: 0, count: borderCount * borderCount)
    self.borderCount = borderCount
  }

  /// The bytes of all sums, and of the places of those of two terms.
  var byteCount: Int {
    // A key and a place, in a hash table that is up to three quarters full.
    let perBlock = 2 * (MemoryLayout<UInt64>.stride + MemoryLayout<Int>.stride)
    let values =
      terms.reduce(corner.count) { $0 + $1.diagonal.count + $1.border.count }
      + pairs.reduce(0) { $0 + $1.values.count }
    return values * MemoryLayout<Double>.stride
      + pairs.reduce(0) { $0 + $1.placeOfLevels.count } * perBlock
  }

  /// Adds a chunk.
  /// - Parameter levels: for each term the number here of each level of the chunk; new ones follow
  ///   those that are there.
  mutating func add(_ chunk: BlockedMatrix, levels: [[Int32]]) {
    let layout = chunk.layout
    chunk.values.withUnsafeBufferPointer { source in
      for (term, numbers) in levels.enumerated() {
        let k = layout.terms[term].dimension
        let width = k * borderCount
        let border = layout.borderStart + layout.terms[term].start * borderCount
        terms[term].grow(to: Int(numbers.max() ?? -1) + 1, borderCount: borderCount)
        Self.add(
          source, from: layout.diagonalStart[term], to: &terms[term].diagonal, numbers, size: k * k)
        Self.add(source, from: border, to: &terms[term].border, numbers, size: width)
      }
      for later in terms.indices {
        for earlier in 0..<later {
          let pair = layout.pairIndex(later, earlier)
          let size = layout.terms[later].dimension * layout.terms[earlier].dimension
          pairs[pair].add(
            source, from: layout.pairStart[pair], layout.patterns[pair],
            (later: levels[later], earlier: levels[earlier]), size: size)
        }
      }
      for i in corner.indices { corner[i] += source[layout.cornerStart + i] }
    }
  }

  @inline(__always)
  private static func add(
    _ source: UnsafeBufferPointer<Double>, from start: Int, to target: inout [Double],
    _ numbers: [Int32], size: Int
  ) {
    target.withUnsafeMutableBufferPointer { target in
      var next = start
      for number in numbers {
        let place = Int(number) * size
        for i in 0..<size { target[place + i] += source[next + i] }
        next += size
      }
    }
  }

  /// The cross-products with terms and levels in another order.
  /// - Parameters:
  ///   - order: the terms in their new order.
  ///   - places: for each term, in the old order, the new place of each level.
  func arranged(order: [Int], places: [[Int32]]) -> BlockedMatrix {
    var patterns: [BlockPattern] = []
    var sources: [[Int]] = []
    for (position, later) in order.enumerated() {
      for earlier in order[..<position] {
        let (pattern, source) = arrangedPair(later, earlier, places)
        patterns.append(pattern)
        sources.append(source)
      }
    }
    let layout = BlockLayout(
      terms: order.map { (terms[$0].levelCount, terms[$0].dimension) }, borderCount: borderCount,
      patterns: patterns)
    var values = [Double](repeating: 0, count: layout.valueCount)
    for (position, term) in order.enumerated() {
      let k = terms[term].dimension
      let border = layout.borderStart + layout.terms[position].start * borderCount
      for (level, place) in places[term].enumerated() {
        Self.copy(
          terms[term].diagonal, level, to: &values,
          at: layout.diagonalStart[position] + Int(place) * k * k, size: k * k)
        Self.copy(
          terms[term].border, level, to: &values, at: border + Int(place) * k * borderCount,
          size: k * borderCount)
      }
      for (other, earlier) in order[..<position].enumerated() {
        let pair = layout.pairIndex(position, other)
        copyBlocks(
          term, earlier, sources[pair], to: &values, at: layout.pairStart[pair])
      }
    }
    for i in corner.indices { values[layout.cornerStart + i] = corner[i] }
    return BlockedMatrix(layout: layout, values: values)
  }

  private static func copy(
    _ source: [Double], _ index: Int, to values: inout [Double], at start: Int, size: Int
  ) {
    for i in 0..<size { values[start + i] = source[index * size + i] }
  }
}

// MARK: - Pairs of terms

extension GrowingCrossProducts {
  fileprivate static func key(_ later: Int32, _ earlier: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: earlier)) << 32 | UInt64(UInt32(bitPattern: later))
  }

  private func pair(_ one: Int, _ other: Int) -> Pair {
    let later = max(one, other)
    return pairs[later * (later - 1) / 2 + min(one, other)]
  }

  /// The pattern of two terms with their levels in new places, and which block of theirs stands at
  /// each of its places.
  private func arrangedPair(
    _ later: Int, _ earlier: Int, _ places: [[Int32]]
  ) -> (BlockPattern, [Int]) {
    let known = pair(later, earlier).placeOfLevels
    var starts = [Int](repeating: 0, count: terms[earlier].levelCount + 1)
    var blocks: [(earlier: Int32, later: Int32, place: Int)] = []
    blocks.reserveCapacity(known.count)
    for (key, place) in known {
      var levels = (
        later: Int(UInt32(truncatingIfNeeded: key)), earlier: Int(UInt32(key >> 32))
      )
      if later < earlier { levels = (levels.earlier, levels.later) }
      let block = (places[earlier][levels.earlier], places[later][levels.later], place)
      starts[Int(block.0) + 1] += 1
      blocks.append(block)
    }
    for level in 0..<terms[earlier].levelCount { starts[level + 1] += starts[level] }
    blocks.sort { ($0.earlier, $0.later) < ($1.earlier, $1.later) }
    return (BlockPattern(starts: starts, levels: blocks.map(\.later)), blocks.map(\.place))
  }

  /// Copies the blocks of two terms, transposed if their order has changed.
  private func copyBlocks(
    _ later: Int, _ earlier: Int, _ blocks: [Int], to values: inout [Double], at start: Int
  ) {
    let source = pair(later, earlier).values
    let (m, k) = (terms[later].dimension, terms[earlier].dimension)
    for (position, block) in blocks.enumerated() {
      for i in 0..<m {
        for j in 0..<k {
          let place = later > earlier ? i * k + j : j * m + i
          values[start + (position * m + i) * k + j] = source[block * m * k + place]
        }
      }
    }
  }
}

extension GrowingCrossProducts.Term {
  fileprivate mutating func grow(to count: Int, borderCount: Int) {
    guard count > levelCount else { return }
    let added = (count - levelCount) * dimension
    diagonal.append(contentsOf: repeatElement(0, count: added * dimension))
    border.append(contentsOf: repeatElement(0, count: added * borderCount))
    levelCount = count
  }
}

extension GrowingCrossProducts.Pair {
  fileprivate mutating func add(
    _ source: UnsafeBufferPointer<Double>, from start: Int, _ pattern: BlockPattern,
    _ numbers: (later: [Int32], earlier: [Int32]), size: Int
  ) {
    for earlier in numbers.earlier.indices {
      for index in pattern.starts[earlier]..<pattern.starts[earlier + 1] {
        let later = numbers.later[Int(pattern.levels[index])]
        let key = GrowingCrossProducts.key(later, numbers.earlier[earlier])
        let first = start + index * size
        if let place = placeOfLevels[key] {
          for i in 0..<size { values[place * size + i] += source[first + i] }
        } else {
          placeOfLevels[key] = values.count / size
          values.append(contentsOf: source[first..<first + size])
        }
      }
    }
  }
}
