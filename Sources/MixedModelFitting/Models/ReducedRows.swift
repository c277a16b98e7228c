// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// Rows of the penalized least-squares system in an orthonormal basis of their column space: `F = Q'R`
/// and `f = Q'e`, so that `F'F = R'R` and `F'f = R'e`, with no more rows than R has independent
/// columns.
package struct ReducedRows: Sendable {
  /// F, as many rows as independent columns.
  package let matrix: Matrix
  /// f.
  package let residuals: [Double]
  /// Where each column stands in the system: random effects, then fixed effects.
  package let columns: [Int]
  /// So many of the columns, the first ones, are of random effects.
  package let effectCount: Int

  /// A column that is this small once those before it are taken out of it is rounding.
  private static let flatness = 1e-11

  init(_ rows: Matrix, residuals: [Double], columns: [Int], effectCount: Int) {
    self.columns = columns
    self.effectCount = effectCount
    var basis: [[Double]] = []
    for j in 0..<rows.columnCount where basis.count < rows.rowCount {
      var column = Array(rows.column(j))
      let length = Self.length(column)
      // Twice is enough for orthogonality to working precision.
      for _ in 0..<2 {
        for unit in basis {
          let product = zip(unit, column).reduce(0) { $0 + $1.0 * $1.1 }
          for i in column.indices { column[i] -= product * unit[i] }
        }
      }
      let rest = Self.length(column)
      guard rest > Self.flatness * length else { continue }
      basis.append(column.map { $0 / rest })
    }
    var matrix = Matrix(rowCount: basis.count, columnCount: rows.columnCount)
    for j in 0..<rows.columnCount {
      let column = rows.column(j)
      for (i, unit) in basis.enumerated() {
        matrix[i, j] = zip(unit, column).reduce(0) { $0 + $1.0 * $1.1 }
      }
    }
    self.matrix = matrix
    self.residuals = basis.map { unit in
      zip(unit, residuals).reduce(0) { $0 + $1.0 * $1.1 }
    }
  }

  private static func length(_ values: [Double]) -> Double {
    values.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  /// The columns of the random effects, or of the fixed ones.
  package func part(_ columns: Range<Int>) -> Matrix {
    let rowCount = matrix.rowCount
    return Matrix(
      rowCount: rowCount, columnCount: columns.count,
      values: Array(
        matrix.values[columns.lowerBound * rowCount..<columns.upperBound * rowCount]))
  }
}
