// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

// Products `A V A'` with symmetric matrices of few rows, and the triangular factors that undo them.

extension Matrix {
  /// `A B'`.
  package func timesTransposed(_ other: Matrix) -> Matrix {
    precondition(columnCount == other.columnCount)
    var result = Matrix(rowCount: rowCount, columnCount: other.rowCount)
    for l in 0..<columnCount {
      for j in 0..<other.rowCount where other[j, l] != 0 {
        for i in 0..<rowCount { result[i, j] += self[i, l] * other[j, l] }
      }
    }
    return result
  }

  /// `A V A'` for a symmetric V.
  package func congruence(_ v: Matrix) -> Matrix { timesTransposed(v).timesTransposed(self) }

  /// The lower Cholesky factor, or `nil` if the matrix is not positive definite.
  package var lowerCholeskyFactor: Matrix? {
    var factor = values
    let isDefinite = factor.withUnsafeMutableBufferPointer { l in
      l.baseAddress.map {
        choleskyFactorize($0, order: rowCount, leadingDimension: rowCount) == nil
      } ?? true
    }
    guard isDefinite else { return nil }
    for j in 0..<rowCount {
      for i in 0..<j { factor[i + j * rowCount] = 0 }
    }
    return Matrix(rowCount: rowCount, columnCount: rowCount, values: factor)
  }

  /// `L⁻¹ V L⁻ᵀ` for a symmetric V and this matrix as the lower triangle L.
  package func inverseCongruence(_ v: Matrix) -> Matrix {
    var result = v
    for _ in 0..<2 {
      for j in 0..<rowCount {
        for i in 0..<rowCount {
          var sum = result[i, j]
          for l in 0..<i { sum -= self[i, l] * result[l, j] }
          result[i, j] = sum / self[i, i]
        }
      }
      result = result.transposed
    }
    return result
  }

  /// The sum of the products of the entries: the trace of `A' B`.
  package func innerProduct(_ other: Matrix) -> Double {
    zip(values, other.values).reduce(0) { $0 + $1.0 * $1.1 }
  }

  package func scaled(by factor: Double) -> Matrix {
    Matrix(rowCount: rowCount, columnCount: columnCount, values: values.map { factor * $0 })
  }
}

extension Matrix {
  /// The inverse of a symmetric matrix that may be indefinite by rounding, without directions whose
  /// eigenvalue, once the diagonal is scaled to one, is below a share of the largest; `nil` if an
  /// entry is not finite.
  package func pseudoInverse(flatness: Double) -> Matrix? {
    let order = rowCount
    let largest = (0..<order).reduce(0) { max($0, self[$1, $1]) }
    let scale = (0..<order).map {
      self[$0, $0] > 0
        ? self[$0, $0].squareRoot() : max(largest, .leastNormalMagnitude).squareRoot()
    }
    var scaled = self
    for j in 0..<order {
      for i in 0..<order { scaled[i, j] /= scale[i] * scale[j] }
    }
    guard let eigen = SymmetricEigen(scaled) else { return nil }
    var result = Matrix(rowCount: order, columnCount: order)
    let least = flatness * (eigen.values.last ?? 0)
    for (index, value) in eigen.values.enumerated() where value > least && value > 0 {
      for j in 0..<order {
        let factor = eigen.vectors[j, index] / (value * scale[j])
        for i in 0..<order { result[i, j] += eigen.vectors[i, index] / scale[i] * factor }
      }
    }
    return result
  }
}
