// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices

extension CrossProductAccumulator {
  /// Rows whose border is weighted at a time: it stays in the nearest cache until it is read again.
  private static let rowsAtOnce = 256
  /// A wider border's products with itself cost less by a library call.
  private static let narrowBorder = 5

  /// Overwrites `values`, arranged as ``layout`` says, with the weighted cross-products.
  /// - Parameter weights: one per row, or `nil` for ones.
  /// - Complexity: O(n (p² + Σ k (p + Σ k))).
  func accumulate(weights: [Double]?, into values: inout [Double]) {
    values.withUnsafeMutableBufferPointer { values in
      values.update(repeating: 0)
      guard let start = values.baseAddress else { return }
      guard let weights else {
        accumulate(UnitWeights(), start)
        return
      }
      weights.withUnsafeBufferPointer { weights in
        guard let weights = weights.baseAddress else { return }
        accumulate(GivenWeights(values: weights), start)
      }
    }
  }

  /// Adds the cross-products, with weights of one, to `values`.
  func add(to values: inout [Double]) {
    values.withUnsafeMutableBufferPointer { values in
      if let start = values.baseAddress { accumulate(UnitWeights(), start) }
    }
  }

  /// Overwrites `corner`, p × p, with the weighted cross-products of the border alone.
  func accumulateCorner(weights: [Double], into corner: inout [Double]) {
    precondition(corner.count == layout.borderCount * layout.borderCount)
    corner.withUnsafeMutableBufferPointer { corner in
      corner.update(repeating: 0)
      weights.withUnsafeBufferPointer { weights in
        guard let corner = corner.baseAddress, let weights = weights.baseAddress else { return }
        accumulateBorder(GivenWeights(values: weights), columns: nil, corner: corner)
      }
    }
  }

  private func accumulate(_ weights: some RowWeights, _ values: UnsafeMutablePointer<Double>) {
    for later in terms.indices {
      accumulateDiagonal(later, weights, values + layout.diagonalStart[later])
      for earlier in 0..<later {
        accumulatePair(
          later, earlier, weights, values + layout.pairStart[layout.pairIndex(later, earlier)])
      }
    }
    accumulateBorder(
      weights, columns: values + layout.borderStart, corner: values + layout.cornerStart)
  }

  private func accumulateDiagonal(
    _ term: Int, _ weights: some RowWeights, _ values: UnsafeMutablePointer<Double>
  ) {
    let k = terms[term].dimension
    terms[term].withRows { codes, z in
      if isIntercept(term) {
        if let runs = runs(term), let weights = weights.start {
          return runs.add(weights, to: values)
        }
        for row in 0..<rowCount { values[Int(codes[row])] += weights[row] }
      } else if k == 1 {
        for row in 0..<rowCount { values[Int(codes[row])] += weights[row] * z[row] * z[row] }
      } else {
        var x = z
        for row in 0..<rowCount {
          var column = values + Int(codes[row]) * k * k
          for j in 0..<k {
            let factor = weights[row] * x[j]
            for i in 0..<k { column[i] += factor * x[i] }
            column += k
          }
          x += k
        }
      }
    }
  }

  private func accumulatePair(
    _ later: Int, _ earlier: Int, _ weights: some RowWeights,
    _ values: UnsafeMutablePointer<Double>
  ) {
    let m = terms[later].dimension
    let k = terms[earlier].dimension
    let areIntercepts = isIntercept(later) && isIntercept(earlier)
    entries(later: later, earlier: earlier).withUnsafeBufferPointer { entries in
      terms[later].withRows { _, left in
        terms[earlier].withRows { _, right in
          if areIntercepts {
            for row in 0..<rowCount { values[Int(entries[row])] += weights[row] }
          } else if m == 1 && k == 1 {
            for row in 0..<rowCount {
              values[Int(entries[row])] += weights[row] * left[row] * right[row]
            }
          } else {
            for row in 0..<rowCount {
              let block = values + Int(entries[row]) * m * k
              for i in 0..<m {
                let x = weights[row] * left[row * m + i]
                for j in 0..<k { block[i * k + j] += x * right[row * k + j] }
              }
            }
          }
        }
      }
    }
  }

  /// Adds the border's products with the terms, unless there is no place for them, and those with
  /// itself: some rows at a time, weighted once for all.
  private func accumulateBorder(
    _ weights: some RowWeights, columns: UnsafeMutablePointer<Double>?,
    corner: UnsafeMutablePointer<Double>
  ) {
    let count = layout.borderCount
    guard count > 0 else { return }
    border.withUnsafeBufferPointer { border in
      guard let border = border.baseAddress else { return }
      withUnsafeTemporaryAllocation(of: Double.self, capacity: count * Self.rowsAtOnce) { scratch in
        guard let scratch = scratch.baseAddress else { return }
        for first in stride(from: 0, to: rowCount, by: Self.rowsAtOnce) {
          let rows = first..<min(rowCount, first + Self.rowsAtOnce)
          let x = border + first * count
          if let weights = weights.start {
            weight(x, by: weights + first, rows.count, into: scratch)
          }
          let weighted = weights.start == nil ? x : UnsafePointer(scratch)
          if let columns {
            for term in terms.indices {
              addBorder(
                term, rows, weighted: weighted, to: columns + layout.terms[term].start * count)
            }
          }
          if weights.start != nil { addCorner(x, weighted, rows.count, to: corner) }
        }
      }
      if weights.start == nil {
        symmetricRankUpdate(
          corner, order: count, leadingDimension: count, scale: 1, border, inner: rowCount,
          leadingDimension: count)
      }
    }
    for j in 0..<count {
      for i in j + 1..<max(j + 1, count) { corner[j + i * count] = corner[i + j * count] }
    }
  }

  /// Rows of the border times their weights.
  private func weight(
    _ x: UnsafePointer<Double>, by weights: UnsafePointer<Double>, _ rowCount: Int,
    into target: UnsafeMutablePointer<Double>
  ) {
    withConstant(layout.borderCount) { count in
      for row in 0..<rowCount {
        let weight = weights[row]
        for i in 0..<count { target[row * count + i] = weight * x[row * count + i] }
      }
    }
  }

  /// Adds the products of some weighted rows with themselves to the lower triangle at least.
  private func addCorner(
    _ x: UnsafePointer<Double>, _ weighted: UnsafePointer<Double>, _ rowCount: Int,
    to corner: UnsafeMutablePointer<Double>
  ) {
    let count = layout.borderCount
    if count <= Self.narrowBorder {
      withConstant(count) { count in
        // Two rows at a time, so that the sums are loaded and stored half as often.
        var (left, right) = (weighted, x)
        for _ in 0..<rowCount / 2 {
          for j in 0..<count {
            let (first, second) = (left[j], left[j + count])
            for i in j..<count {
              corner[i + j * count] += first * right[i] + second * right[i + count]
            }
          }
          left += 2 * count
          right += 2 * count
        }
        guard rowCount % 2 == 1 else { return }
        for j in 0..<count {
          for i in j..<count { corner[i + j * count] += left[j] * right[i] }
        }
      }
    } else {
      multiply(
        DenseFactor(weighted, leadingDimension: count),
        DenseFactor(x, leadingDimension: count, isTransposed: true),
        rowCount: count, columnCount: count, inner: rowCount, into: corner,
        leadingDimension: count, kept: 1)
    }
  }

  private func addBorder(
    _ term: Int, _ rows: Range<Int>, weighted: UnsafePointer<Double>,
    to columns: UnsafeMutablePointer<Double>
  ) {
    let k = terms[term].dimension
    let isIntercept = isIntercept(term)
    terms[term].withRows { codes, z in
      withConstant(layout.borderCount) { count in
        var x = weighted
        for row in rows {
          var column = columns + Int(codes[row]) * k * count
          if isIntercept {
            for i in 0..<count { column[i] += x[i] }
          } else {
            for j in 0..<k {
              let factor = z[row * k + j]
              for i in 0..<count { column[i] += factor * x[i] }
              column += count
            }
          }
          x += count
        }
      }
    }
  }
}

extension DesignRows.Term {
  /// Calls `body` with the level codes and the values.
  @inline(__always)
  func withRows(_ body: (UnsafePointer<Int32>, UnsafePointer<Double>) -> Void) {
    levelCodes.withUnsafeBufferPointer { codes in
      values.withUnsafeBufferPointer { values in
        guard let codes = codes.baseAddress, let values = values.baseAddress else { return }
        body(codes, values)
      }
    }
  }
}

/// What each row weighs.
private protocol RowWeights {
  /// The weights in memory; `nil` if all are one.
  var start: UnsafePointer<Double>? { get }
  subscript(row: Int) -> Double { get }
}

/// One weight for each row.
private struct GivenWeights: RowWeights {
  let values: UnsafePointer<Double>

  var start: UnsafePointer<Double>? { values }

  @inline(__always)
  subscript(row: Int) -> Double { values[row] }
}

/// Rows that all weigh one.
private struct UnitWeights: RowWeights {
  var start: UnsafePointer<Double>? { nil }

  @inline(__always)
  subscript(row: Int) -> Double { 1 }
}
