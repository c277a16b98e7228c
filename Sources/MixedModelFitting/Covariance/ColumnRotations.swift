// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

// Rotations of the columns of a factor A leave `AA'` alone.

extension Matrix {
  /// Rotates columns until nothing but zeros stands above the diagonal: `A = LQ` gives L, with a
  /// diagonal that is not negative.
  /// - Parameters:
  ///   - rows: the columns that take part, too; no other column has entries in these rows.
  ///   - zeroShare: the share of a row's length below which its diagonal entry is zero.
  mutating func makeLowerTriangular(rows: Range<Int>, zeroShare: Double = 0) {
    for row in rows {
      for column in rows where column > row { rotate(into: row, from: column, zeroing: row) }
      let square = rows.reduce(0) { $0 + self[row, $1] * self[row, $1] }
      if abs(self[row, row]) <= zeroShare * square.squareRoot() { self[row, row] = 0 }
      // A column that is zero here and not below would leave a choice: it goes into those after it.
      if self[row, row] == 0 { fold(column: row, before: rows.upperBound) }
      if self[row, row] < 0 {
        for i in 0..<rowCount { self[i, row] = -self[i, row] }
      }
    }
  }

  /// `Q U` for these columns U, where `A = LQ`; A becomes L.
  func rotated(with a: inout Matrix) -> Matrix {
    let k = a.rowCount
    var tall = Matrix(rowCount: k + columnCount, columnCount: k)
    for j in 0..<k {
      for i in 0..<k { tall[i, j] = a[i, j] }
      for i in 0..<columnCount { tall[k + i, j] = self[j, i] }
    }
    tall.makeLowerTriangular(rows: 0..<k)
    var result = self
    for j in 0..<k {
      for i in 0..<k { a[i, j] = tall[i, j] }
      for i in 0..<columnCount { result[j, i] = tall[k + i, j] }
    }
    return result
  }

  /// Moves what stands below a zero of the diagonal into later columns.
  mutating func fold(column: Int, before end: Int) {
    for row in column + 1..<Swift.max(column + 1, end) {
      rotate(into: row, from: column, zeroing: row)
    }
  }

  /// A rotation of two columns that makes an entry of the second one zero.
  mutating func rotate(into: Int, from: Int, zeroing row: Int) {
    let x = self[row, into]
    let y = self[row, from]
    let length = (x * x + y * y).squareRoot()
    guard y != 0, length > 0 else { return }
    let cosine = x / length
    let sine = y / length
    for i in 0..<rowCount {
      let a = self[i, into]
      let b = self[i, from]
      self[i, into] = cosine * a + sine * b
      self[i, from] = cosine * b - sine * a
    }
    self[row, from] = 0
  }
}
