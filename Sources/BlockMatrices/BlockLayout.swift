// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// One term's share of a blocked matrix: `levelCount` blocks of order `dimension`.
package struct BlockShape: Sendable, Hashable {
  package let levelCount: Int
  package let dimension: Int
  /// The index of the term's first row and column among all random effects.
  package let start: Int

  package var count: Int { levelCount * dimension }
}

/// Which levels of one term occur together with which levels of an earlier term.
package struct BlockPattern: Sendable, Hashable {
  /// For each level of the earlier term, where its entries in ``levels`` begin; one past the end
  /// closes the list.
  package let starts: [Int]
  /// The levels of the later term, ascending within each level of the earlier one.
  package let levels: [Int32]

  package init(starts: [Int], levels: [Int32]) {
    self.starts = starts
    self.levels = levels
  }
}

/// The symbolic half of a symmetric blocked matrix over random effects and a dense border.
///
/// The rows are the random effects, term after term (largest first) and level after level, followed
/// by `borderCount` dense rows: the fixed-effects columns and the response. Each term's own block is
/// block diagonal, the block of two terms is sparse. Only the lower triangle is described.
package final class BlockLayout: Sendable {
  package let terms: [BlockShape]
  /// The number of random effects.
  package let randomCount: Int
  /// The number of dense rows at the bottom.
  package let borderCount: Int
  /// The patterns of the blocks below the diagonal, in the order of ``pairIndex(_:_:)``.
  package let patterns: [BlockPattern]

  // Where each part's values begin in the flat array of a `BlockedMatrix`.
  package let diagonalStart: [Int]
  package let pairStart: [Int]
  package let borderStart: Int
  package let cornerStart: Int
  package let valueCount: Int
  /// The largest dimension of any term.
  package let largestDimension: Int
  /// Where each term's k × k factor begins when the factors of all terms stand one after the other;
  /// one past the end closes the list.
  package let factorStart: [Int]
  /// Whether there is one term and its levels have few effects, as in most models of small data: for
  /// these there are kernels that do not look up where a level meets another.
  package let hasSingleSmallTerm: Bool

  /// Up to this many effects of a level stand in one vector of the processor.
  private static let largestSmallDimension = 3

  /// A layout for terms of the given sizes.
  /// - Parameter patterns: one per pair of terms, in the order of ``pairIndex(_:_:)``.
  package init(
    terms sizes: [(levelCount: Int, dimension: Int)], borderCount: Int, patterns: [BlockPattern]
  ) {
    precondition(patterns.count == sizes.count * (sizes.count - 1) / 2)
    var terms: [BlockShape] = []
    var diagonalStart: [Int] = []
    var start = 0
    var next = 0
    for size in sizes {
      terms.append(
        BlockShape(levelCount: size.levelCount, dimension: size.dimension, start: start))
      diagonalStart.append(next)
      start += size.levelCount * size.dimension
      next += size.levelCount * size.dimension * size.dimension
    }
    var pairStart: [Int] = []
    for later in terms.indices {
      for earlier in 0..<later {
        pairStart.append(next)
        let blocks = patterns[pairStart.count - 1].levels.count
        next += blocks * terms[later].dimension * terms[earlier].dimension
      }
    }
    self.terms = terms
    randomCount = start
    self.borderCount = borderCount
    self.patterns = patterns
    self.diagonalStart = diagonalStart
    self.pairStart = pairStart
    borderStart = next
    cornerStart = borderStart + borderCount * start
    valueCount = cornerStart + borderCount * borderCount
    largestDimension = terms.reduce(1) { max($0, $1.dimension) }
    hasSingleSmallTerm = terms.count == 1 && terms[0].dimension <= Self.largestSmallDimension
    factorStart = terms.reduce(into: [0]) {
      $0.append(($0.last ?? 0) + $1.dimension * $1.dimension)
    }
  }

  /// The place of the block (later, earlier) in ``patterns``; `later > earlier`.
  package func pairIndex(_ later: Int, _ earlier: Int) -> Int {
    later * (later - 1) / 2 + earlier
  }
}

/// A symmetric blocked matrix: a shared layout and one flat array of values.
///
/// Values stand in this order: for each term its diagonal blocks (k × k, full symmetric); for each
/// pair of terms the blocks of its pattern, each stored row by row (the later term's rows); the
/// border, one column of `borderCount` values per random effect; and the full symmetric corner.
package struct BlockedMatrix: Sendable {
  package let layout: BlockLayout
  package var values: [Double]

  package init(layout: BlockLayout, values: [Double]) {
    precondition(values.count == layout.valueCount)
    self.layout = layout
    self.values = values
  }
}
