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

  /// - Parameters:
  ///   - terms: the random effects' covariates.
  ///   - border: the dense rows, `borderCount × n`, column-major.
  /// - Complexity: O(n) per term and pair of terms, and a sort of each level's neighbours.
  init(terms: [DesignRows.Term], border: [Double], borderCount: Int) {
    self.terms = terms
    self.border = border
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

  private init(_ other: CrossProductAccumulator, border: [Double], borderCount: Int) {
    terms = other.terms
    self.border = border
    rowCount = other.rowCount
    entries = other.entries
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

  /// Overwrites `values`, arranged as ``layout`` says, with the weighted cross-products.
  /// - Parameter weights: one per row, or `nil` for ones.
  /// - Complexity: O(n (p² + Σ k (p + Σ k))).
  func accumulate(weights: [Double]?, into values: inout [Double]) {
    values.withUnsafeMutableBufferPointer { values in
      values.update(repeating: 0)
      guard let start = values.baseAddress else { return }
      for later in terms.indices {
        accumulateDiagonal(later, weights, start + layout.diagonalStart[later])
        for earlier in 0..<later {
          accumulatePair(
            later, earlier, weights, start + layout.pairStart[layout.pairIndex(later, earlier)])
        }
        let border = layout.borderStart + layout.terms[later].start * layout.borderCount
        accumulateBorder(later, weights, start + border)
      }
      accumulateCorner(weights, start + layout.cornerStart)
    }
  }

  private func accumulateDiagonal(
    _ term: Int, _ weights: [Double]?, _ values: UnsafeMutablePointer<Double>
  ) {
    let k = terms[term].dimension
    terms[term].withRows { codes, z in
      if k == 1 {
        for row in 0..<rowCount {
          values[Int(codes[row])] += (weights?[row] ?? 1) * z[row] * z[row]
        }
        return
      }
      var x = z
      for row in 0..<rowCount {
        let weight = weights?[row] ?? 1
        var column = values + Int(codes[row]) * k * k
        for j in 0..<k {
          let factor = weight * x[j]
          for i in 0..<k { column[i] += factor * x[i] }
          column += k
        }
        x += k
      }
    }
  }

  private func accumulatePair(
    _ later: Int, _ earlier: Int, _ weights: [Double]?, _ values: UnsafeMutablePointer<Double>
  ) {
    let m = terms[later].dimension
    let k = terms[earlier].dimension
    let entries = entries(later: later, earlier: earlier)
    terms[later].withRows { _, left in
      terms[earlier].withRows { _, right in
        for row in 0..<rowCount {
          let weight = weights?[row] ?? 1
          if m == 1 && k == 1 {
            values[Int(entries[row])] += weight * left[row] * right[row]
            continue
          }
          let block = values + Int(entries[row]) * m * k
          for i in 0..<m {
            let x = weight * left[row * m + i]
            for j in 0..<k { block[i * k + j] += x * right[row * k + j] }
          }
        }
      }
    }
  }

  private func accumulateBorder(
    _ term: Int, _ weights: [Double]?, _ values: UnsafeMutablePointer<Double>
  ) {
    let count = layout.borderCount
    let k = terms[term].dimension
    terms[term].withRows { codes, z in
      border.withUnsafeBufferPointer { border in
        guard var x = border.baseAddress else { return }
        var z = z
        for row in 0..<rowCount {
          let weight = weights?[row] ?? 1
          var column = values + Int(codes[row]) * k * count
          for j in 0..<k {
            let factor = weight * z[j]
            for i in 0..<count { column[i] += factor * x[i] }
            column += count
          }
          z += k
          x += count
        }
      }
    }
  }

  private func accumulateCorner(_ weights: [Double]?, _ corner: UnsafeMutablePointer<Double>) {
    let count = layout.borderCount
    border.withUnsafeBufferPointer { border in
      guard let border = border.baseAddress else { return }
      if let weights {
        for row in 0..<rowCount {
          let x = border + row * count
          for j in 0..<count {
            let factor = weights[row] * x[j]
            for i in j..<count { corner[i + j * count] += factor * x[i] }
          }
        }
      } else {
        symmetricRankUpdate(
          corner, order: count, leadingDimension: count, scale: 1, border, inner: rowCount,
          leadingDimension: count)
      }
    }
    for j in 0..<count {
      for i in j + 1..<max(j + 1, count) { corner[j + i * count] = corner[i + j * count] }
    }
  }
}

extension DesignRows.Term {
  /// Calls `body` with the level codes and the values.
  fileprivate func withRows(_ body: (UnsafePointer<Int32>, UnsafePointer<Double>) -> Void) {
    levelCodes.withUnsafeBufferPointer { codes in
      values.withUnsafeBufferPointer { values in
        guard let codes = codes.baseAddress, let values = values.baseAddress else { return }
        body(codes, values)
      }
    }
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
