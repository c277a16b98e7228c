// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// Entries of `(LL')⁻¹` on the pattern of L, in the places of the factor.
///
/// The recursion of Takahashi, Fagan & Chin (1973), node by node from the tail up: with
/// `K = L_Rv L_vv⁻¹` and Z the inverse, `Z_Rv = -Z_RR K` and `Z_vv = (L_vv L_vv')⁻¹ + K' Z_RR K`.
/// The pattern of L is closed under it, so no other entry is ever needed.
package struct SelectedInverse: Sendable {
  package let layout: CholeskyLayout
  package let values: [Double]
  /// The number of border rows that belong to the inverted matrix; the inverse is zero elsewhere.
  package let borderRows: Int
}

extension BlockedCholesky {
  /// Calls `body` with the selected inverse, which takes the place of the factor: factorize again
  /// before using the factor.
  ///
  /// - Parameter borderRows: how many rows of the border belong to the inverted matrix: none for
  ///   the random effects alone, all but the response for the whole system of normal equations.
  /// - Complexity: the cost of the factorization, and two thirds of the cube of the tail's order.
  package mutating func withSelectedInverse<Result>(
    borderRows: Int, _ body: (SelectedInverse) -> Result
  ) -> Result {
    let layout = layout
    // The values move out and back, so that they are never copied.
    var storage: [Double] = []
    swap(&storage, &values)
    storage.withUnsafeMutableBufferPointer { l in
      guard let l = l.baseAddress else { return }
      layout.invert(l, borderRows: borderRows)
    }
    let result = body(SelectedInverse(layout: layout, values: storage, borderRows: borderRows))
    swap(&storage, &values)
    return result
  }
}

extension CholeskyLayout {
  func invert(_ l: UnsafeMutablePointer<Double>, borderRows: Int) {
    let tail = l + tailStart
    choleskyInvert(tail, order: tailCount + borderRows, leadingDimension: tailOrder)
    let half = (largestPanel + borderRows) * matrix.largestDimension
    let scratchCount = 2 * half + largestPanel + borderRows
    withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, scratchCount)) { scratch in
      guard let scratch = scratch.baseAddress else { return }
      for term in (0..<sparseTermCount).reversed() {
        withConstant(matrix.terms[term].dimension) {
          invertNodes(
            term: term, dimension: $0, l, borderRows: borderRows, k: scratch,
            product: scratch + half, column: scratch + 2 * half)
        }
      }
    }
  }

  /// The recursion over one term. `k`, `product` and `column` hold a node's rows (panel, then border).
  @inline(__always)
  private func invertNodes(
    term: Int, dimension k: Int, _ l: UnsafeMutablePointer<Double>, borderRows: Int,
    k gain: UnsafeMutablePointer<Double>, product: UnsafeMutablePointer<Double>,
    column: UnsafeMutablePointer<Double>
  ) {
    let shape = matrix.terms[term]
    let border = matrix.borderCount
    let firstPanel = l + panelStart[term]
    let firstRow = rowStart[nodeStart[term]]
    for level in (0..<shape.levelCount).reversed() {
      let diagonal = l + diagonalStart[term] + level * k * k
      let borderBlock = l + borderStart + (shape.start + level * k) * border
      let first = rowStart[nodeStart[term] + level]
      let count = rowStart[nodeStart[term] + level + 1] - first
      let panel = firstPanel + (first - firstRow) * k
      let all = count + borderRows

      // K = L_Rv L_vv⁻¹, one row at a time.
      for i in 0..<count * k { gain[i] = panel[i] }
      for i in 0..<borderRows {
        for j in 0..<k { gain[(count + i) * k + j] = borderBlock[i + j * border] }
      }
      for row in 0..<all { solveLowerTransposed(diagonal, gain + row * k, k) }
      product.update(repeating: 0, count: all * k)
      multiplyInverse(
        l, gain, product, first: first, count: count, dimension: k, borderRows: borderRows,
        column: column)

      // Z_Rv = -Z_RR K and Z_vv = (L_vv L_vv')⁻¹ + K' Z_RR K.
      for i in 0..<count * k { panel[i] = -product[i] }
      for i in 0..<borderRows {
        for j in 0..<k { borderBlock[i + j * border] = -product[(count + i) * k + j] }
      }
      smallInverse(diagonal, order: k, leadingDimension: k)
      for j in 0..<k {
        for i in j..<k {
          var sum = 0.0
          for row in 0..<all { sum += gain[row * k + i] * product[row * k + j] }
          diagonal[i + j * k] += sum
          diagonal[j + i * k] = diagonal[i + j * k]
        }
      }
    }
  }

  /// `product = Z_RR * gain` over a node's rows R: those of its panel, then of the border. `scratch`
  /// has a place for each of them.
  @inline(__always)
  private func multiplyInverse(
    _ l: UnsafePointer<Double>, _ gain: UnsafePointer<Double>,
    _ product: UnsafeMutablePointer<Double>, first: Int, count: Int, dimension k: Int,
    borderRows: Int, column scratch: UnsafeMutablePointer<Double>
  ) {
    let all = count + borderRows
    for column in 0..<all {
      let z = inverseColumn(
        l, column, first: first, count: count, borderRows: borderRows, scratch: scratch)
      // The entry of the diagonal once, those below it also for the transpose.
      for j in 0..<k {
        let factor = gain[column * k + j]
        var sum = z[column] * factor
        var row = column + 1
        while row < all {
          product[row * k + j] += z[row] * factor
          sum += z[row] * gain[row * k + j]
          row += 1
        }
        product[column * k + j] += sum
      }
    }
  }

  /// The entries of Z in one column of a node's rows, from the diagonal on: where they stand, if they
  /// are contiguous, otherwise copied to `scratch`.
  private func inverseColumn(
    _ l: UnsafePointer<Double>, _ column: Int, first: Int, count: Int, borderRows: Int,
    scratch z: UnsafeMutablePointer<Double>
  ) -> UnsafePointer<Double> {
    let tail = l + tailStart
    return rows.withUnsafeBufferPointer { rows in
      if column >= count {
        return tail + (tailCount + column - count) * tailOrder + tailCount - count
      }
      guard let rows = rows.baseAddress.map({ $0 + first }) else { return UnsafePointer(z) }
      let index = Int(rows[column])
      if index >= sparseCount {
        let inverse = tail + (index - sparseCount) * tailOrder
        // As in a complete crossed design: the rows are all those of the tail and no others.
        if count == tailCount, Int(rows[0]) == sparseCount { return inverse }
        let shifted = inverse - sparseCount
        for row in column..<count { z[row] = shifted[Int(rows[row])] }
        for i in 0..<borderRows { z[count + i] = inverse[tailCount + i] }
        return UnsafePointer(z)
      }
      let place = nodePlace(of: index)
      let m = place.dimension
      let inverse = l + diagonalStart[place.term] + place.level * m * m + place.offset * m
      let panel = l + panelOffset(term: place.term, node: place.node)
      var position = rowStart[place.node]
      for row in column..<count {
        let target = Int(rows[row])
        if target < place.start + m {
          z[row] = inverse[target - place.start]
        } else {
          position = lowerBound(of: Int32(target), from: position, to: rowStart[place.node + 1])
          z[row] = panel[(position - rowStart[place.node]) * m + place.offset]
        }
      }
      let borderColumn = l + borderStart + index * matrix.borderCount
      for i in 0..<borderRows { z[count + i] = borderColumn[i] }
      return UnsafePointer(z)
    }
  }
}
