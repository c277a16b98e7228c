// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

extension SelectedInverse {
  /// The diagonal blocks of the inverse that belong to the levels of one term: level after level,
  /// each k × k, full and column-major.
  package func diagonalBlocks(ofTerm term: Int) -> [Double] {
    let shape = layout.matrix.terms[term]
    let k = shape.dimension
    if term < layout.sparseTermCount {
      let start = layout.diagonalStart[term]
      return Array(values[start..<start + shape.count * k])
    }
    var result = [Double](repeating: 0, count: shape.count * k)
    for level in 0..<shape.levelCount {
      let place = layout.diagonalPlace(ofTerm: term, level: level)
      for j in 0..<k {
        let column = place.offset + j * place.columnStride
        for i in j..<k {
          result[(level * k + j) * k + i] = values[column + i]
          result[(level * k + i) * k + j] = values[column + i]
        }
      }
    }
    return result
  }
}
