// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices

/// Rows in, cross-products out, as often as the weights change.
///
/// The pattern of the cross-products is found once; each accumulation is then one pass over the
/// rows without a search or an allocation. A linear model accumulates once, a generalized model
/// once per reweighting.
struct CrossProductAccumulator: Sendable {
  let layout: BlockLayout
  let rowCount: Int
  let terms: [DesignRows.Term]
  /// The rows of the border, `borderCount × n`, column-major.
  let border: [Double]
  /// For each pair of terms and each row, the place of the pair's levels in the pair's pattern.
  private let entries: [[Int32]]
  /// Whether each term is an intercept: one effect per level, whose covariate is one in every row.
  private let areIntercepts: [Bool]
  /// For each intercept whose level changes seldom from row to row, its runs.
  private let levelRuns: [LevelRuns?]

  /// - Parameters:
  ///   - terms: the random effects' covariates.
  ///   - border: the dense rows, `borderCount × n`, column-major.
  /// - Complexity: O(n) per term and pair of terms, and a sort of each level's neighbours.
  init(terms: [DesignRows.Term], border: [Double], borderCount: Int) {
    self.terms = terms
    self.border = border
    let areIntercepts = terms.map(\.isIntercept)
    self.areIntercepts = areIntercepts
    levelRuns = zip(terms, areIntercepts).map { $1 ? LevelRuns($0.levelCodes) : nil }
    rowCount = terms.first?.levelCodes.count ?? 0
    var patterns: [BlockPattern] = []
    var entries: [[Int32]] = []
    let orders = terms.dropLast().map(LevelOrder.init)
    for later in terms.indices {
      for earlier in 0..<later {
        let (pattern, places) = meetings(of: terms[later], with: orders[earlier])
        patterns.append(pattern)
        entries.append(places)
      }
    }
    self.entries = entries
    layout = BlockLayout(
      terms: terms.map { ($0.levelCount, $0.dimension) }, borderCount: borderCount,
      patterns: patterns)
  }

  /// The accumulator of some of the rows, over the layout of all.
  /// - Parameters:
  ///   - terms: their levels and covariates.
  ///   - border: their part of the border.
  ///   - firstRow: the number of the first of them among all.
  func part(
    _ terms: [DesignRows.Term], border: [Double], firstRow: Int
  ) -> CrossProductAccumulator {
    CrossProductAccumulator(self, terms, border: border, firstRow: firstRow)
  }

  private init(
    _ whole: CrossProductAccumulator, _ terms: [DesignRows.Term], border: [Double], firstRow: Int
  ) {
    self.terms = terms
    self.border = border
    let rowCount = terms.first?.levelCodes.count ?? 0
    self.rowCount = rowCount
    entries = whole.entries.map { Array($0[firstRow..<firstRow + rowCount]) }
    areIntercepts = terms.map(\.isIntercept)
    levelRuns = terms.map { _ in nil }
    layout = whole.layout
  }

  private init(_ other: CrossProductAccumulator, border: [Double], borderCount: Int) {
    terms = other.terms
    self.border = border
    rowCount = other.rowCount
    entries = other.entries
    areIntercepts = other.areIntercepts
    levelRuns = other.levelRuns
    layout = BlockLayout(
      terms: other.layout.terms.map { ($0.levelCount, $0.dimension) }, borderCount: borderCount,
      patterns: other.layout.patterns)
  }

  /// The accumulator of the random effects alone.
  var withoutBorder: CrossProductAccumulator {
    CrossProductAccumulator(self, border: [], borderCount: 0)
  }

  /// For each row, the pattern's place of its levels in two terms.
  func entries(later: Int, earlier: Int) -> [Int32] { entries[layout.pairIndex(later, earlier)] }

  /// Whether a term is an intercept: one effect per level, whose covariate is one in every row.
  func isIntercept(_ term: Int) -> Bool { areIntercepts[term] }

  /// The runs of an intercept whose level changes seldom from row to row.
  func runs(_ term: Int) -> LevelRuns? { levelRuns[term] }
}

extension DesignRows.Term {
  /// Whether there is one effect per level, whose covariate is one in every row.
  fileprivate var isIntercept: Bool {
    dimension == 1 && !values.isEmpty && values.allSatisfy { $0 == 1 }
  }
}

/// The rows of a term in the order of their levels.
private struct LevelOrder {
  /// Where the rows of each level begin in ``rows``; one past the end closes the list.
  let starts: [Int]
  let rows: [Int32]

  init(_ term: DesignRows.Term) {
    var starts = [Int](repeating: 0, count: term.levelCount + 1)
    for code in term.levelCodes { starts[Int(code) + 1] += 1 }
    for level in 0..<term.levelCount { starts[level + 1] += starts[level] }
    var next = starts
    var rows = [Int32](repeating: 0, count: term.levelCodes.count)
    for (row, code) in term.levelCodes.enumerated() {
      rows[next[Int(code)]] = Int32(row)
      next[Int(code)] += 1
    }
    self.starts = starts
    self.rows = rows
  }
}

/// Which levels of a term occur with which levels of an earlier one, and each row's place among
/// these meetings.
private func meetings(
  of later: DesignRows.Term, with earlier: LevelOrder
) -> (pattern: BlockPattern, places: [Int32]) {
  var starts = [0]
  starts.reserveCapacity(earlier.starts.count)
  var levels: [Int32] = []
  var places = [Int32](repeating: 0, count: later.levelCodes.count)
  // The last place of each level of the later term, or -1.
  var placeOf = [Int32](repeating: -1, count: later.levelCount)
  later.levelCodes.withUnsafeBufferPointer { codes in
    earlier.rows.withUnsafeBufferPointer { rows in
      for level in 0..<earlier.starts.count - 1 {
        let first = levels.count
        let own = earlier.starts[level]..<earlier.starts[level + 1]
        var isAscending = true
        for index in own {
          let code = codes[Int(rows[index])]
          guard placeOf[Int(code)] < first else { continue }
          if levels.count > first, levels[levels.count - 1] > code { isAscending = false }
          placeOf[Int(code)] = Int32(levels.count)
          levels.append(code)
        }
        if !isAscending {
          levels[first...].sort()
          for place in first..<levels.count { placeOf[Int(levels[place])] = Int32(place) }
        }
        for index in own {
          let row = Int(rows[index])
          places[row] = placeOf[Int(codes[row])]
        }
        starts.append(levels.count)
      }
    }
  }
  return (BlockPattern(starts: starts, levels: levels), places)
}
