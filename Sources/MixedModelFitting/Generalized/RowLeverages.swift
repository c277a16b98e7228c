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
          let blocks = (0..<matrix.terms[index].levelCount).map {
            layout.diagonalPlace(ofTerm: index, level: $0)
          }
          scaled[index].withUnsafeBufferPointer { v in
            for (row, code) in term.levelCodes.enumerated() {
              let block = blocks[Int(code)]
              var sum = 0.0
              for j in 0..<k {
                sum +=
                  v[row * k + j] * v[row * k + j] * z[block.offset + j * (block.columnStride + 1)]
                for i in j + 1..<max(j + 1, k) {
                  sum +=
                    2 * v[row * k + i] * v[row * k + j]
                    * z[block.offset + i + j * block.columnStride]
                }
              }
              leverages[row] += sum
            }
            for earlier in 0..<index {
              let m = accumulator.terms[earlier].dimension
              var places: [BlockPlace] = []
              layout.forEachBlock(index, earlier) { places.append($1) }
              let entries = accumulator.entries(later: index, earlier: earlier)
              scaled[earlier].withUnsafeBufferPointer { w in
                for (row, entry) in entries.enumerated() {
                  let block = places[Int(entry)]
                  var sum = 0.0
                  for i in 0..<k {
                    for j in 0..<m {
                      sum +=
                        v[row * k + i] * w[row * m + j]
                        * z[block.offset + i * block.rowStride + j * block.columnStride]
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
