// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import TestSupport
import Testing

/// Sizes on both sides of those from which the library takes over.
private let orders = [1, 2, 5, 11, 40]
private let tolerance = 1e-12

@Suite("Dense products and solves from the right")
struct DenseProductsTests {
  /// The matrix, or its transpose's storage, with `padding` rows of NaN below.
  private func stored(_ matrix: Matrix, transposed: Bool, padding: Int) -> [Double] {
    let source = transposed ? matrix.transposed : matrix
    let order = source.rowCount + padding
    return (0..<order * source.columnCount).map {
      $0 % order < source.rowCount ? source[$0 % order, $0 / order] : .nan
    }
  }

  @Test(
    "A product of factors or their transposes is added to what is kept", arguments: orders,
    [false, true])
  func product(_ order: Int, isTransposed: Bool) {
    var random = SplitMix(seed: UInt64(600 + order))
    for (columnCount, inner) in [(1, 0), (1, 7), (order, 3), (5, 40)] {
      for (secondTransposed, kept) in [(false, 0.0), (true, 0), (false, 1), (true, -0.5)] {
        let a = Matrix(order, inner) { _, _ in random.normal() }
        let b = Matrix(inner, columnCount) { _, _ in random.normal() }
        let before = Matrix(order, columnCount) { _, _ in random.normal() }
        var values = stored(before, transposed: false, padding: 2)
        if kept == 0 { values = values.map { _ in .nan } }
        let left = stored(a, transposed: isTransposed, padding: 1)
        let right = stored(b, transposed: secondTransposed, padding: 3)
        left.withUnsafeBufferPointer { left in
          right.withUnsafeBufferPointer { right in
            values.withUnsafeMutableBufferPointer { values in
              guard let left = left.baseAddress, let right = right.baseAddress,
                let values = values.baseAddress
              else { return }
              multiply(
                DenseFactor(
                  left, leadingDimension: (isTransposed ? inner : order) + 1,
                  isTransposed: isTransposed),
                DenseFactor(
                  right, leadingDimension: (secondTransposed ? columnCount : inner) + 3,
                  isTransposed: secondTransposed),
                rowCount: order, columnCount: columnCount, inner: inner, scale: -2, into: values,
                leadingDimension: order + 2, kept: kept)
            }
          }
        }
        let product = a * b
        let expected = Matrix(order, columnCount) {
          -2 * product[$0, $1] + (kept == 0 ? 0 : kept * before[$0, $1])
        }
        // An empty factor has no storage to point to, and nothing is computed.
        guard inner > 0 else { continue }
        let result = Matrix(order, columnCount) { values[$0 + $1 * (order + 2)] }
        #expect(result.relativeDifference(to: expected) < tolerance)
        for column in 0..<columnCount {
          #expect(values[order + column * (order + 2)].isNaN)
        }
      }
    }
  }

  @Test(
    "A solve from the right undoes the product with the factor, or with its transpose",
    arguments: orders, [false, true])
  func solve(_ order: Int, isTransposed: Bool) {
    var random = SplitMix(seed: UInt64(400 + order))
    for rowCount in [1, 2, 5, 33] {
      let square = Matrix(order, order + 1) { _, _ in random.normal() }
      let factor = (square * square.transposed + Matrix.identity(order)).lowerFactor().factor
      let x = Matrix(rowCount, order) { _, _ in random.normal() }
      let operand = isTransposed ? factor.transposed : factor
      var b = stored(x * operand, transposed: false, padding: 1)
      let l = stored(factor, transposed: false, padding: 2)
      l.withUnsafeBufferPointer { l in
        b.withUnsafeMutableBufferPointer { b in
          guard let l = l.baseAddress, let b = b.baseAddress else { return }
          solveFromRight(
            DenseFactor(l, leadingDimension: order + 2, isTransposed: isTransposed), order: order,
            b, rowCount: rowCount, leadingDimension: rowCount + 1)
        }
      }
      let solution = Matrix(rowCount, order) { b[$0 + $1 * (rowCount + 1)] }
      // A triangular solve is backward stable: its residual is small.
      #expect((solution * operand).relativeDifference(to: x * operand) < tolerance)
      #expect(solution.relativeDifference(to: x) < 1e-8)
    }
  }
}
