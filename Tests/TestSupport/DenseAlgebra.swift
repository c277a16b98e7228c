// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import Foundation

// Dense algebra by the textbook definitions: the oracle for every structured computation. Nothing
// here calls the code under test.

extension Matrix {
  /// A matrix with the entries that `entry` gives for row and column.
  package init(_ rowCount: Int, _ columnCount: Int, _ entry: (Int, Int) -> Double) {
    self.init(
      rowCount: rowCount, columnCount: columnCount,
      values: (0..<rowCount * columnCount).map { entry($0 % rowCount, $0 / rowCount) })
  }

  /// A matrix of one column.
  package init(column: [Double]) {
    self.init(rowCount: column.count, columnCount: 1, values: column)
  }

  // Written over pointers and past zeros, because tests run unoptimized.
  package static func * (left: Matrix, right: Matrix) -> Matrix {
    precondition(left.columnCount == right.rowCount)
    let n = left.rowCount
    var product = [Double](repeating: 0, count: n * right.columnCount)
    product.withUnsafeMutableBufferPointer { product in
      left.values.withUnsafeBufferPointer { left in
        guard let product = product.baseAddress, let left = left.baseAddress else { return }
        for j in 0..<right.columnCount {
          for k in 0..<right.rowCount where right[k, j] != 0 {
            subtract(-right[k, j], left + k * n, from: product + j * n, n)
          }
        }
      }
    }
    return Matrix(rowCount: n, columnCount: right.columnCount, values: product)
  }

  package static func + (left: Matrix, right: Matrix) -> Matrix {
    Matrix(left.rowCount, left.columnCount) { left[$0, $1] + right[$0, $1] }
  }

  package static func - (left: Matrix, right: Matrix) -> Matrix {
    Matrix(left.rowCount, left.columnCount) { left[$0, $1] - right[$0, $1] }
  }

  /// The block of the given rows and columns.
  package func block(_ rows: Range<Int>, _ columns: Range<Int>) -> Matrix {
    Matrix(rows.count, columns.count) { self[rows.lowerBound + $0, columns.lowerBound + $1] }
  }

  package var largestMagnitude: Double { values.reduce(0) { max($0, abs($1)) } }

  /// The largest difference to another matrix, relative to the largest entry of either; NaN where
  /// an entry is.
  package func relativeDifference(to other: Matrix) -> Double {
    precondition(rowCount == other.rowCount && columnCount == other.columnCount)
    let scale = max(largestMagnitude, other.largestMagnitude, .leastNormalMagnitude)
    return zip(values, other.values).reduce(0) { largest, pair in
      let difference = abs(pair.0 - pair.1)
      return difference.isNaN ? .nan : max(largest, difference)
    } / scale
  }
}

extension Matrix {
  /// The lower Cholesky factor, or the first index whose pivot is not positive.
  package func lowerFactor() -> (factor: Matrix, breakdown: Int?) {
    let n = rowCount
    var l = Matrix(n, n) { $0 < $1 ? 0 : self[$0, $1] }.values
    let breakdown = l.withUnsafeMutableBufferPointer { l -> Int? in
      guard let l = l.baseAddress else { return nil }
      for j in 0..<n {
        for k in 0..<j where l[j + k * n] != 0 {
          subtract(l[j + k * n], l + j + k * n, from: l + j * (n + 1), n - j)
        }
        let pivot = l[j * (n + 1)]
        guard pivot > 0 else { return j }
        let root = pivot.squareRoot()
        for i in j..<n { l[i + j * n] /= root }
      }
      return nil
    }
    return (Matrix(rowCount: n, columnCount: n, values: l), breakdown)
  }

  /// `log |A|` of a positive definite matrix.
  package var logDeterminant: Double {
    let l = lowerFactor().factor
    return 2 * (0..<rowCount).reduce(0) { $0 + log(l[$1, $1]) }
  }

  /// The inverse, by Gauss–Jordan elimination with partial pivoting.
  package var inverse: Matrix { solve(.identity(rowCount)) }

  /// The solution X of `A X = B`, by Gauss–Jordan elimination with partial pivoting.
  package func solve(_ right: Matrix) -> Matrix {
    // Columns of the transposes are the rows of the equations.
    let n = rowCount
    let m = right.columnCount
    var rows = transposed.values
    var sides = right.transposed.values
    rows.withUnsafeMutableBufferPointer { rows in
      sides.withUnsafeMutableBufferPointer { sides in
        guard let a = rows.baseAddress, let b = sides.baseAddress else { return }
        for j in 0..<n {
          var pivot = j
          for i in j + 1..<max(j + 1, n) where abs(a[j + i * n]) > abs(a[j + pivot * n]) {
            pivot = i
          }
          if pivot != j {
            for k in 0..<n { swap(&a[k + j * n], &a[k + pivot * n]) }
            for k in 0..<m { swap(&b[k + j * m], &b[k + pivot * m]) }
          }
          for i in 0..<n where i != j && a[j + i * n] != 0 {
            let factor = a[j + i * n] / a[j + j * n]
            subtract(factor, a + j + j * n, from: a + j + i * n, n - j)
            subtract(factor, b + j * m, from: b + i * m, m)
          }
        }
      }
    }
    return Matrix(n, m) { sides[$1 + $0 * m] / rows[$0 + $0 * n] }
  }

  package var trace: Double { (0..<rowCount).reduce(0) { $0 + self[$1, $1] } }
}

/// `y -= factor * x` over `count` values.
private func subtract(
  _ factor: Double, _ x: UnsafePointer<Double>, from y: UnsafeMutablePointer<Double>, _ count: Int
) {
  var i = 0
  while i < count {
    y[i] -= factor * x[i]
    i += 1
  }
}
