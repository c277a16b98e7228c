// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import DenseMatrices

@Suite("Eigen-decomposition of a symmetric matrix")
struct SymmetricEigenTests {
  @Test(
    "Rebuilds the matrix, orthonormal and ascending, by rotations and by LAPACK", arguments: 1...12)
  func reconstruction(order: Int) throws {
    for seed in 0..<20 {
      let matrix = symmetricMatrix(order: order, rank: order, seed: UInt64(seed * 100 + order))
      try check(matrix)
      // A singular one: rank one less than the order, or zero.
      try check(symmetricMatrix(order: order, rank: order - 1, seed: UInt64(seed)))
    }
    try check(.identity(order))
    try check(Matrix(rowCount: order, columnCount: order))
  }

  @Test("The 2 × 2 closed form: [[2, 1], [1, 2]] has eigenvalues 1 and 3")
  func twoByTwo() throws {
    let eigen = try #require(
      SymmetricEigen(Matrix(rowCount: 2, columnCount: 2, values: [2, 1, 1, 2])))
    #expect(abs(eigen.values[0] - 1) <= 4e-16 && abs(eigen.values[1] - 3) <= 8e-16)
  }

  @Test("Only the lower triangle is read", arguments: [3, 10])
  func lowerTriangle(order: Int) throws {
    let matrix = symmetricMatrix(order: order, rank: order, seed: 5)
    var lower = matrix
    for j in 1..<order { lower[0, j] = .nan }
    #expect(try #require(SymmetricEigen(lower)).values == #require(SymmetricEigen(matrix)).values)
  }

  @Test("A small eigenvalue of a badly scaled positive definite matrix is relatively accurate")
  func gradedMatrix() throws {
    // D [[1, 1/2], [1/2, 1]] D with D = diag(1e8, 1): determinant 3e16/4, so the product of the
    // eigenvalues is known; the small one is 3/4 to a relative 1e-16.
    let matrix = Matrix(rowCount: 2, columnCount: 2, values: [1e16, 0.5e8, 0.5e8, 1])
    let eigen = try #require(SymmetricEigen(matrix))
    #expect(abs(eigen.values[0] - 0.75) < 1e-14)
  }

  @Test(
    "Entries near the limits of the number range do not overflow", arguments: [0x1p-1030, 0x1p1000])
  func extremeScale(scale: Double) throws {
    let matrix = Matrix(
      rowCount: 3, columnCount: 3, values: [2, -1, 0, -1, 2, -1, 0, -1, 2].map { $0 * scale })
    let eigen = try #require(SymmetricEigen(matrix))
    // The middle eigenvalue of the second-difference matrix is 2; subnormals have fewer digits.
    #expect(abs(eigen.values[1] / scale - 2) < 1e-12)
  }

  @Test("Entries that are not finite give no decomposition", arguments: [2, 10])
  func notFinite(order: Int) {
    for entry in [Double.nan, .infinity, -.infinity] {
      var matrix = Matrix.identity(order)
      matrix[order - 1, 0] = entry
      #expect(SymmetricEigen(matrix) == nil)
    }
  }
}

private func check(_ matrix: Matrix) throws {
  let order = matrix.rowCount
  let eigen = try #require(SymmetricEigen(matrix))
  // Backward stability: a small multiple of the unit roundoff times the norm.
  let scale = max(matrix.values.map(abs).max() ?? 0, 1e-300) * Double(order)
  for i in 0..<order {
    if i > 0 { #expect(eigen.values[i - 1] <= eigen.values[i]) }
    for j in 0..<order {
      var entry = 0.0
      var product = 0.0
      for k in 0..<order {
        entry += eigen.vectors[i, k] * eigen.values[k] * eigen.vectors[j, k]
        product += eigen.vectors[k, i] * eigen.vectors[k, j]
      }
      #expect(abs(entry - matrix[i, j]) <= 1e-14 * scale)
      #expect(abs(product - (i == j ? 1 : 0)) <= 1e-14 * Double(order))
    }
  }
}

/// A sum of `rank` signed outer products of uniform vectors.
private func symmetricMatrix(order: Int, rank: Int, seed: UInt64) -> Matrix {
  var state = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
  func uniform() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) * 0x1p-53 * 2 - 1
  }
  var matrix = Matrix(rowCount: order, columnCount: order)
  for _ in 0..<rank {
    let vector = (0..<order).map { _ in uniform() }
    let sign = uniform() < 0 ? -1.0 : 1
    for j in 0..<order {
      for i in 0..<order { matrix[i, j] += sign * vector[i] * vector[j] }
    }
  }
  return matrix
}
