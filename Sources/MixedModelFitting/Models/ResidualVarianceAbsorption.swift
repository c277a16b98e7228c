// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

extension LinearProblem {
  /// The part of the residual covariance, relative to its size, that counts as rounding error.
  private static let absorptionTolerance = 1e-8

  /// Whether the covariance that a term gives the rows includes the residual one: whether some
  /// symmetric matrix S that its structure allows has `Z S Z' = W⁻¹`, level by level.
  ///
  /// Only a term with as many random effects as rows can. The best S is found by least squares,
  /// whose normal equations need no more than the blocks `A_g = Z_g' W Z_g`.
  func absorbsResidualVariance(term index: Int) -> Bool {
    let layout = crossProducts.layout
    let shape = layout.terms[index]
    let rowCount = crossProducts.observationCount
    guard shape.count >= rowCount else { return false }
    let k = shape.dimension
    // The directions in which the structure moves the covariance matrix from the identity.
    let directions = covariance.derivatives(at: covariance.identityParameters)
      .filter { $0.term == index }
      .map { direction in
        var change = Matrix(rowCount: k, columnCount: k)
        for j in 0..<direction.block.columnCount {
          for i in 0..<direction.block.rowCount {
            change[direction.offset + i, direction.offset + j] += direction.block[i, j]
            change[direction.offset + j, direction.offset + i] += direction.block[i, j]
          }
        }
        return change
      }
    let count = directions.count
    var normal = Matrix(rowCount: count, columnCount: count)
    var rightSide = [Double](repeating: 0, count: count)
    for level in 0..<shape.levelCount {
      let start = layout.diagonalStart[index] + level * k * k
      let block = Matrix(
        rowCount: k, columnCount: k,
        values: Array(crossProducts.matrix.values[start..<start + k * k]))
      let products = directions.map { product(block, product($0, block)) }
      for b in 0..<count {
        rightSide[b] += trace(block, directions[b])
        for a in b..<count { normal[a, b] += trace(products[b], directions[a]) }
      }
    }
    guard let eigen = SymmetricEigen(normal), let largest = eigen.values.last, largest > 0 else {
      return false
    }
    var explained = 0.0
    for (place, value) in eigen.values.enumerated()
    where value > Self.absorptionTolerance * largest {
      let projection = (0..<count).reduce(0) { $0 + eigen.vectors[$1, place] * rightSide[$1] }
      explained += projection * projection / value
    }
    return Double(rowCount) - explained < Self.absorptionTolerance * Double(rowCount)
  }

  private func product(_ a: Matrix, _ b: Matrix) -> Matrix {
    var result = Matrix(rowCount: a.rowCount, columnCount: b.columnCount)
    for j in 0..<b.columnCount {
      for l in 0..<a.columnCount where b[l, j] != 0 {
        for i in 0..<a.rowCount { result[i, j] += a[i, l] * b[l, j] }
      }
    }
    return result
  }

  /// `tr(a b)` for symmetric matrices.
  private func trace(_ a: Matrix, _ b: Matrix) -> Double {
    zip(a.values, b.values).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
