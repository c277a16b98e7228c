// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices

extension SelectedInverse {
  /// `h_i = z_i'Λ M⁻¹ Λ'z_i` for every row i: the quadratic form of the inverse in the row's own
  /// levels, all of them on the pattern.
  /// - Complexity: O(n (Σ k)²).
  func rowLeverages(
    _ accumulator: CrossProductAccumulator, factors: [Double]
  ) -> [Double] {
    let matrix = layout.matrix
    // v = λ'z for every row and term.
    let scaled = accumulator.terms.enumerated().map { index, term in
      term.scaledTransposed(factors[matrix.factorStart[index]...])
    }
    var leverages = [Double](repeating: 0, count: accumulator.rowCount)
    leverages.withUnsafeMutableBufferPointer { leverages in
      values.withUnsafeBufferPointer { z in
        for (index, term) in accumulator.terms.enumerated() {
          let k = term.dimension
          let (start, blockStride, columnStride) = diagonalPlaces(ofTerm: index)
          scaled[index].withUnsafeBufferPointer { v in
            for (row, code) in term.levelCodes.enumerated() {
              let block = start + Int(code) * blockStride
              var sum = 0.0
              for j in 0..<k {
                sum += v[row * k + j] * v[row * k + j] * z[block + j * (columnStride + 1)]
                for i in j + 1..<max(j + 1, k) {
                  sum += 2 * v[row * k + i] * v[row * k + j] * z[block + i + j * columnStride]
                }
              }
              leverages[row] += sum
            }
            for earlier in 0..<index {
              let m = accumulator.terms[earlier].dimension
              let (places, rowStride, innerStride) = pairPlaces(index, earlier)
              let entries = accumulator.entries(later: index, earlier: earlier)
              scaled[earlier].withUnsafeBufferPointer { w in
                for (row, entry) in entries.enumerated() {
                  let block = places[Int(entry)]
                  var sum = 0.0
                  for i in 0..<k {
                    for j in 0..<m {
                      sum +=
                        v[row * k + i] * w[row * m + j] * z[block + i * rowStride + j * innerStride]
                    }
                  }
                  leverages[row] += 2 * sum
                }
              }
            }
          }
        }
      }
    }
    return leverages
  }

  /// Where a term's diagonal blocks stand: the first, from one to the next, and column to column.
  private func diagonalPlaces(
    ofTerm term: Int
  ) -> (start: Int, blockStride: Int, columnStride: Int) {
    let shape = layout.matrix.terms[term]
    let k = shape.dimension
    if term < layout.sparseTermCount { return (layout.diagonalStart[term], k * k, k) }
    let order = layout.tailOrder
    return (
      layout.tailStart + (shape.start - layout.sparseCount) * (order + 1), k * (order + 1), order
    )
  }

  /// Where each block of two terms begins, and its strides from row to row and column to column.
  private func pairPlaces(
    _ later: Int, _ earlier: Int
  ) -> (places: [Int], rowStride: Int, columnStride: Int) {
    let matrix = layout.matrix
    let pair = matrix.pairIndex(later, earlier)
    let pattern = matrix.patterns[pair]
    let rowShape = matrix.terms[later]
    let columnShape = matrix.terms[earlier]
    var places: [Int] = []
    places.reserveCapacity(pattern.levels.count)
    for level in 0..<columnShape.levelCount {
      for entry in pattern.starts[level]..<pattern.starts[level + 1] {
        if earlier < layout.sparseTermCount {
          let panel = layout.panelOffset(term: earlier, node: layout.nodeStart[earlier] + level)
          places.append(panel + Int(layout.pairPositions[pair][entry]) * columnShape.dimension)
        } else {
          let row =
            rowShape.start + Int(pattern.levels[entry]) * rowShape.dimension - layout.sparseCount
          let column = columnShape.start + level * columnShape.dimension - layout.sparseCount
          places.append(layout.tailStart + row + column * layout.tailOrder)
        }
      }
    }
    return earlier < layout.sparseTermCount
      ? (places, columnShape.dimension, 1) : (places, 1, layout.tailOrder)
  }
}

extension DesignRows.Term {
  /// `λ'z` for every row, in the arrangement of the covariates.
  fileprivate func scaledTransposed(_ factor: ArraySlice<Double>) -> [Double] {
    let k = dimension
    let first = factor.startIndex
    if k == 1 { return values.map { $0 * factor[first] } }
    var result = [Double](repeating: 0, count: values.count)
    for row in 0..<levelCodes.count {
      for j in 0..<k {
        var sum = 0.0
        for i in j..<k { sum += factor[first + i + j * k] * values[row * k + i] }
        result[row * k + j] = sum
      }
    }
    return result
  }
}
