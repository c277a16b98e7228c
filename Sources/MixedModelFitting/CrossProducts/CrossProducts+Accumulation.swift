// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import MixedModelErrors

extension CrossProducts {
  /// Accumulates the cross-products of a model's rows.
  ///
  /// - Throws: ``MixedModelError`` if the fixed effects leave no coefficient or no residual degree
  ///   of freedom, or if a column's magnitude is beyond rescaling.
  /// - Complexity: O(n (p² + Σ k (p + k))), one sort by level per pair of terms.
  package init(_ rows: DesignRows) throws(MixedModelError) {
    let fixed = try FixedEffectsRows(rows)
    let border = fixed.basis.rank + 1
    let scales = rows.terms.map(Self.effectScales)
    let terms = zip(rows.terms, scales).map { term, scales in
      WeightedTerm(term, scales: scales, rootWeights: fixed.rootWeights)
    }
    var patterns: [BlockPattern] = []
    var pairs: [[Double]] = []
    let orders = terms.map(LevelOrder.init)
    for later in terms.indices {
      for earlier in 0..<later {
        let (pattern, values) = crossBlock(terms[later], terms[earlier], order: orders[earlier])
        patterns.append(pattern)
        pairs.append(values)
      }
    }
    let layout = BlockLayout(
      terms: terms.map { ($0.levelCount, $0.dimension) }, borderCount: border, patterns: patterns)
    var values = [Double](repeating: 0, count: layout.valueCount)
    for (index, term) in terms.enumerated() {
      accumulateDiagonal(term, into: &values, at: layout.diagonalStart[index])
      accumulateBorder(
        term, fixed.values, border, into: &values,
        at: layout.borderStart + layout.terms[index].start * border)
    }
    for (index, pair) in pairs.enumerated() {
      values.replaceSubrange(
        layout.pairStart[index]..<layout.pairStart[index] + pair.count, with: pair)
    }
    accumulateCorner(
      fixed.values, border, rows.rowCount, into: &values, at: layout.cornerStart)
    matrix = BlockedMatrix(layout: layout, values: values)
    basis = fixed.basis
    observationCount = rows.rowCount
    logWeightSum = fixed.logWeightSum
    effectScales = scales
  }

  /// Powers of two that bring the covariates of a term into a safe range; mostly ones.
  private static func effectScales(_ term: DesignRows.Term) -> [Double] {
    let k = term.dimension
    var largest = [Double](repeating: 0, count: k)
    for (position, value) in term.values.enumerated() {
      largest[position % k] = max(largest[position % k], abs(value))
    }
    // Within these bounds theta stays far from the floor and the tolerances set for values of
    // order one.
    return largest.map { safeScale($0, safe: 1e-4...1e4) }
  }
}

/// One, or the power of two nearest to a magnitude outside the safe range.
func safeScale(_ magnitude: Double, safe: ClosedRange<Double>) -> Double {
  guard magnitude > 0, !safe.contains(magnitude) else { return 1 }
  return Double(sign: .plus, exponent: magnitude.exponent, significand: 1)
}

/// The covariates of a term, scaled and multiplied by the square roots of the weights.
private struct WeightedTerm {
  let levelCodes: [Int32]
  let levelCount: Int
  let dimension: Int
  /// `k × n`, column-major.
  let values: [Double]

  init(_ term: DesignRows.Term, scales: [Double], rootWeights: [Double]?) {
    levelCodes = term.levelCodes
    levelCount = term.levelCount
    dimension = term.dimension
    guard rootWeights != nil || scales.contains(where: { $0 != 1 }) else {
      values = term.values
      return
    }
    var values = term.values
    let k = term.dimension
    for row in 0..<term.levelCodes.count {
      let weight = rootWeights?[row] ?? 1
      for j in 0..<k { values[row * k + j] *= weight / scales[j] }
    }
    self.values = values
  }
}

/// The rows of a term in the order of their levels.
private struct LevelOrder {
  /// Where the rows of each level begin in ``rows``; one past the end closes the list.
  let starts: [Int]
  let rows: [Int32]

  init(_ term: WeightedTerm) {
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

/// The sparse block of two terms: for each level of the earlier one, the levels of the later one
/// that occur with it, ascending, and the sums of their products.
private func crossBlock(
  _ later: WeightedTerm, _ earlier: WeightedTerm, order: LevelOrder
) -> (BlockPattern, [Double]) {
  let m = later.dimension
  let k = earlier.dimension
  var starts = [0]
  starts.reserveCapacity(earlier.levelCount + 1)
  var levels: [Int32] = []
  var values: [Double] = []
  // For each level of the later term, one past its entry in the current list, if it has one.
  var entryOf = [Int32](repeating: 0, count: later.levelCount)
  var met: [Int32] = []
  later.levelCodes.withUnsafeBufferPointer { laterCodes in
    later.values.withUnsafeBufferPointer { laterValues in
      earlier.values.withUnsafeBufferPointer { earlierValues in
        for level in 0..<earlier.levelCount {
          met.removeAll(keepingCapacity: true)
          let rows = order.rows[order.starts[level]..<order.starts[level + 1]]
          for row in rows where entryOf[Int(laterCodes[Int(row)])] == 0 {
            entryOf[Int(laterCodes[Int(row)])] = 1
            met.append(laterCodes[Int(row)])
          }
          met.sort()
          let first = values.count
          for (entry, code) in met.enumerated() { entryOf[Int(code)] = Int32(entry) }
          values.append(contentsOf: repeatElement(0, count: met.count * m * k))
          values.withUnsafeMutableBufferPointer { values in
            for row in rows {
              let block = first + Int(entryOf[Int(laterCodes[Int(row)])]) * m * k
              for i in 0..<m {
                let x = laterValues[Int(row) * m + i]
                for j in 0..<k { values[block + i * k + j] += x * earlierValues[Int(row) * k + j] }
              }
            }
          }
          for code in met { entryOf[Int(code)] = 0 }
          levels += met
          starts.append(levels.count)
        }
      }
    }
  }
  return (BlockPattern(starts: starts, levels: levels), values)
}

private func accumulateDiagonal(_ term: WeightedTerm, into values: inout [Double], at start: Int) {
  let k = term.dimension
  values.withUnsafeMutableBufferPointer { values in
    term.values.withUnsafeBufferPointer { z in
      for (row, code) in term.levelCodes.enumerated() {
        let block = start + Int(code) * k * k
        for j in 0..<k {
          let x = z[row * k + j]
          for i in 0..<k { values[block + i + j * k] += x * z[row * k + i] }
        }
      }
    }
  }
}

private func accumulateBorder(
  _ term: WeightedTerm, _ fixed: [Double], _ border: Int, into values: inout [Double], at start: Int
) {
  let k = term.dimension
  values.withUnsafeMutableBufferPointer { values in
    term.values.withUnsafeBufferPointer { z in
      fixed.withUnsafeBufferPointer { fixed in
        for (row, code) in term.levelCodes.enumerated() {
          for j in 0..<k {
            let x = z[row * k + j]
            let column = start + (Int(code) * k + j) * border
            for i in 0..<border { values[column + i] += x * fixed[row * border + i] }
          }
        }
      }
    }
  }
}

private func accumulateCorner(
  _ fixed: [Double], _ border: Int, _ rowCount: Int, into values: inout [Double], at start: Int
) {
  values.withUnsafeMutableBufferPointer { values in
    fixed.withUnsafeBufferPointer { fixed in
      guard let values = values.baseAddress, let fixed = fixed.baseAddress else { return }
      let corner = values + start
      symmetricRankUpdate(
        corner, order: border, leadingDimension: border, scale: 1, fixed, inner: rowCount,
        leadingDimension: border)
      for j in 0..<border {
        for i in j + 1..<max(j + 1, border) { corner[j + i * border] = corner[i + j * border] }
      }
    }
  }
}
