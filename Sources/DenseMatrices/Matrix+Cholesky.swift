// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

extension Matrix {
  /// The lower Cholesky factor of a symmetric matrix, of which the lower triangle is read; `nil` if it
  /// is not positive definite.
  package var choleskyFactor: Matrix? {
    var factor = self
    for j in 0..<columnCount {
      for i in 0..<j { factor[i, j] = 0 }
    }
    let isDefinite = factor.storage.withUnsafeMutableBufferPointer { l in
      l.baseAddress.map {
        choleskyFactorize($0, order: rowCount, leadingDimension: rowCount) == nil
      } ?? true
    }
    return isDefinite ? factor : nil
  }

  /// The inverse of `L L'` for this lower-triangular L.
  package var inverseFromCholesky: Matrix {
    var result = self
    result.storage.withUnsafeMutableBufferPointer { values in
      guard let values = values.baseAddress else { return }
      choleskyInvert(values, order: rowCount, leadingDimension: rowCount)
    }
    for j in 0..<rowCount {
      for i in 0..<j { result[i, j] = result[j, i] }
    }
    return result
  }

  /// The inverse of a symmetric matrix, `nil` if it is not positive definite.
  package var inverseOfPositiveDefinite: Matrix? { choleskyFactor?.inverseFromCholesky }
}
