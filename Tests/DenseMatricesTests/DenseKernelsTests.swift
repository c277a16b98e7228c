// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import TestSupport
import Testing

/// Around the orders at which kernels hand over to the library, and well beyond.
private let orders = Array(1...40)

/// Kernels and oracle round differently; random matrices of order 40 lose three or four digits.
private let tolerance = 1e-11

/// What stands in memory that a kernel must not touch.
private let untouched = -7.5

@Suite("Dense kernels")
struct DenseKernelsTests {
  private func positiveDefinite(_ order: Int, _ random: inout SplitMix) -> Matrix {
    let root = Matrix(order, order + 3) { _, _ in random.normal() }
    return root * root.transposed
  }

  /// The lower triangle with a larger leading dimension; everything else is marked.
  private func embedded(_ matrix: Matrix, leadingDimension: Int) -> [Double] {
    (0..<leadingDimension * matrix.columnCount).map {
      let (i, j) = ($0 % leadingDimension, $0 / leadingDimension)
      return i >= j && i < matrix.rowCount ? matrix[i, j] : untouched
    }
  }

  /// The lower triangle read back, after a check that nothing else has changed.
  private func lower(_ values: [Double], order: Int, leadingDimension: Int) -> Matrix {
    for (place, value) in values.enumerated() {
      let (i, j) = (place % leadingDimension, place / leadingDimension)
      if i < j || i >= order { #expect(value == untouched) }
    }
    return Matrix(order, order) { $0 >= $1 ? values[$0 + $1 * leadingDimension] : 0 }
  }

  @Test("A Cholesky factor times its transpose is the matrix", arguments: orders)
  func cholesky(_ order: Int) {
    var random = SplitMix(seed: UInt64(order))
    for padding in [0, 3] {
      let matrix = positiveDefinite(order, &random)
      var values = embedded(matrix, leadingDimension: order + padding)
      #expect(choleskyFactorize(&values, order: order, leadingDimension: order + padding) == nil)
      let l = lower(values, order: order, leadingDimension: order + padding)
      #expect((l * l.transposed).relativeDifference(to: matrix) < tolerance)
      for i in 0..<order { #expect(l[i, i] > 0) }
      var small = embedded(matrix, leadingDimension: order + padding)
      #expect(smallCholesky(&small, order: order, leadingDimension: order + padding) == nil)
      let unblocked = lower(small, order: order, leadingDimension: order + padding)
      #expect(unblocked.relativeDifference(to: l) < tolerance)
    }
  }

  @Test("The first pivot that is not positive is reported", arguments: orders)
  func breakdown(_ order: Int) {
    var random = SplitMix(seed: UInt64(100 + order))
    let matrix = positiveDefinite(order, &random)
    for index in Set([0, order / 2, order - 1]) {
      for value in [-1e4, 0, -.infinity, .nan] {
        var indefinite = matrix
        indefinite[index, index] = value
        var values = indefinite.values
        #expect(choleskyFactorize(&values, order: order, leadingDimension: order) == index)
      }
    }
  }

  @Test("The inverse from a factor times the matrix is the identity", arguments: orders)
  func inverse(_ order: Int) {
    var random = SplitMix(seed: UInt64(200 + order))
    for padding in [0, 2] {
      let matrix = positiveDefinite(order, &random)
      let factor = matrix.lowerFactor().factor
      for kernel in [choleskyInvert, smallInverse] {
        var values = embedded(factor, leadingDimension: order + padding)
        kernel(&values, order, order + padding)
        let triangle = lower(values, order: order, leadingDimension: order + padding)
        let inverse = Matrix(order, order) { triangle[max($0, $1), min($0, $1)] }
        // The residual, unlike the inverse itself, is small whatever the condition number.
        #expect((inverse * matrix).relativeDifference(to: .identity(order)) < 1e-8)
      }
    }
  }

  @Test("A symmetric rank update changes the lower triangle by scale * a * a'", arguments: orders)
  func rankUpdate(_ order: Int) {
    var random = SplitMix(seed: UInt64(300 + order))
    for (inner, padding) in [(0, 0), (1, 0), (2, 3), (7, 1), (40, 2)] {
      let start = positiveDefinite(order, &random)
      let a = Matrix(order, inner) { _, _ in random.normal() }
      let wide = (0..<(order + padding) * inner).map {
        $0 % (order + padding) < order ? a[$0 % (order + padding), $0 / (order + padding)] : .nan
      }
      for scale in [-1, 0.5] {
        var values = embedded(start, leadingDimension: order + 4)
        if scale == -1 {
          symmetricRankUpdate(
            &values, order: order, leadingDimension: order + 4, subtracting: wide, inner: inner,
            leadingDimension: order + padding)
        } else {
          symmetricRankUpdate(
            &values, order: order, leadingDimension: order + 4, scale: scale, wide, inner: inner,
            leadingDimension: order + padding)
        }
        let result = lower(values, order: order, leadingDimension: order + 4)
        let square = a * a.transposed
        let expected = Matrix(order, order) {
          $0 >= $1 ? start[$0, $1] + scale * square[$0, $1] : 0
        }
        #expect(result.relativeDifference(to: expected) < tolerance)
      }
    }
  }
}
