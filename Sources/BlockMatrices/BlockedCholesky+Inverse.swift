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
    let scratchCount = 2 * (largestPanel + borderRows) * matrix.largestDimension
    withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, scratchCount)) { scratch in
      guard let scratch = scratch.baseAddress else { return }
      let half = scratchCount / 2
      for term in (0..<sparseTermCount).reversed() {
        withConstant(matrix.terms[term].dimension) {
          invertNodes(
            term: term, dimension: $0, l, borderRows: borderRows, k: scratch,
            product: scratch + half)
        }
      }
    }
  }

  /// The recursion over one term. `k` and `product` hold a node's rows (panel, then border).
  @inline(__always)
  private func invertNodes(
    term: Int, dimension k: Int, _ l: UnsafeMutablePointer<Double>, borderRows: Int,
    k gain: UnsafeMutablePointer<Double>, product: UnsafeMutablePointer<Double>
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
        l, gain, product, first: first, count: count, dimension: k, borderRows: borderRows)

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

  /// `product = Z_RR * gain` over a node's rows R: those of its panel, then of the border.
  @inline(__always)
  private func multiplyInverse(
    _ l: UnsafePointer<Double>, _ gain: UnsafePointer<Double>,
    _ product: UnsafeMutablePointer<Double>, first: Int, count: Int, dimension k: Int,
    borderRows: Int
  ) {
    let border = matrix.borderCount
    let tail = l + tailStart
    rows.withUnsafeBufferPointer { rows in
      for column in 0..<count {
        let index = Int(rows[first + column])
        let columnGain = gain + column * k
        let columnProduct = product + column * k
        if index >= sparseCount {
          let inverse = tail + (index - sparseCount) * tailOrder
          add(inverse[index - sparseCount], columnGain, to: columnProduct, k)
          for row in column + 1..<max(column + 1, count) {
            let z = inverse[Int(rows[first + row]) - sparseCount]
            add(z, columnGain, to: product + row * k, k)
            add(z, gain + row * k, to: columnProduct, k)
          }
          for i in 0..<borderRows {
            let z = inverse[tailCount + i]
            add(z, columnGain, to: product + (count + i) * k, k)
            add(z, gain + (count + i) * k, to: columnProduct, k)
          }
        } else {
          let place = nodePlace(of: index)
          let m = place.dimension
          let inverse = l + diagonalStart[place.term] + place.level * m * m + place.offset * m
          let panel = l + panelOffset(term: place.term, node: place.node)
          var position = rowStart[place.node]
          add(inverse[place.offset], columnGain, to: columnProduct, k)
          for row in column + 1..<max(column + 1, count) {
            let target = Int(rows[first + row])
            let z: Double
            if target < place.start + m {
              z = inverse[target - place.start]
            } else {
              position = lowerBound(
                of: Int32(target), from: position, to: rowStart[place.node + 1])
              z = panel[(position - rowStart[place.node]) * m + place.offset]
            }
            add(z, columnGain, to: product + row * k, k)
            add(z, gain + row * k, to: columnProduct, k)
          }
          let borderColumn = l + borderStart + index * border
          for i in 0..<borderRows {
            add(borderColumn[i], columnGain, to: product + (count + i) * k, k)
            add(borderColumn[i], gain + (count + i) * k, to: columnProduct, k)
          }
        }
      }
      for column in 0..<borderRows {
        let inverse = tail + (tailCount + column) * tailOrder + tailCount
        let columnGain = gain + (count + column) * k
        let columnProduct = product + (count + column) * k
        add(inverse[column], columnGain, to: columnProduct, k)
        for row in column + 1..<max(column + 1, borderRows) {
          add(inverse[row], columnGain, to: product + (count + row) * k, k)
          add(inverse[row], gain + (count + row) * k, to: columnProduct, k)
        }
      }
    }
  }
}
