// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors

/// The least-squares fit of a response on the fixed-effects basis alone.
///
/// Rows are packed: those of `[B y]` one after the other, each times the square root of its weight.
struct FixedEffectsProjection: Sendable {
  let rank: Int
  /// The lower Cholesky factor of B'B, columns `rank + 1` apart.
  private let factor: [Double]

  /// - Parameter gram: the cross-products of packed rows.
  init(gram: Matrix) {
    let rank = gram.rowCount - 1
    var factor = gram.values
    factor.withUnsafeMutableBufferPointer { l in
      guard let l = l.baseAddress, rank > 0 else { return }
      _ = choleskyFactorize(l, order: rank, leadingDimension: rank + 1)
    }
    self.rank = rank
    self.factor = factor
  }

  /// A residual below this share of the response is rounding error.
  private static let residualTolerance = 1e-13

  /// Replaces the response in packed rows by its residual.
  /// - Parameter gram: the cross-products of these rows, if they are known.
  /// - Returns: the least-squares coordinates.
  /// - Throws: ``MixedModelError`` if the basis reproduces the response exactly.
  func subtract(
    from packed: inout [Double], gram: Matrix? = nil
  ) throws(MixedModelError) -> [Double] {
    // In place: these are the largest arrays of a fit.
    let projected = project(
      gram: gram, multiply: { multiply(packed, into: &$0) },
      subtract: { subtract($0, from: &packed) }, squaredLength: { squaredLength(ofLast: packed) })
    try Self.check(residual: projected.residual, of: projected.square)
    return projected.coordinates
  }

  /// The least-squares coordinates of the last column of packed rows, which the basis may reproduce.
  func coordinates(ofLastOf packed: [Double]) -> [Double] {
    var packed = packed
    return project(
      gram: nil, multiply: { multiply(packed, into: &$0) },
      subtract: { subtract($0, from: &packed) }, squaredLength: { squaredLength(ofLast: packed) }
    ).coordinates
  }

  /// Replaces a response by its residual on a basis that is given column by column.
  /// - Returns: the least-squares coordinates, and the squared length of the residual.
  /// - Throws: ``MixedModelError`` if the basis reproduces the response exactly.
  func subtract(
    from response: UnsafeMutableBufferPointer<Double>, columns: UnsafeBufferPointer<Double>
  ) throws(MixedModelError) -> (coordinates: [Double], squaredLength: Double) {
    let count = response.count
    guard let y = response.baseAddress, let first = columns.baseAddress else { return ([], 0) }
    let projected = project(
      gram: nil,
      multiply: {
        for j in 0..<rank { $0[j] = scalarProduct(first + j * count, y, count: count) }
        return scalarProduct(y, y, count: count)
      },
      subtract: {
        for j in 0..<rank { addMultiple(-$0[j], of: first + j * count, to: y, count: count) }
      }, squaredLength: { scalarProduct(y, y, count: count) })
    try Self.check(residual: projected.residual, of: projected.square)
    return (projected.coordinates, projected.residual)
  }

  /// - Parameters:
  ///   - residual: the squared length of what a basis leaves of a response.
  ///   - square: that of the response.
  private static func check(
    residual: Double, of square: Double
  ) throws(MixedModelError) {
    guard residual.squareRoot() > residualTolerance * square.squareRoot() else {
      throw .exactFit()
    }
  }

  /// - Parameters:
  ///   - gram: the cross-products of the basis and the response, if they are known.
  ///   - multiply: overwrites its argument with `B'y` and returns `y'y`.
  ///   - subtract: takes a combination of the basis off the response.
  ///   - squaredLength: `y'y`.
  /// - Returns: the least-squares coordinates, and the squared lengths of the response and of its
  ///   residual.
  @inline(__always)
  private func project(
    gram: Matrix?, multiply: (inout [Double]) -> Double, subtract: ([Double]) -> Void,
    squaredLength: () -> Double
  ) -> (coordinates: [Double], square: Double, residual: Double) {
    var coordinates = [Double](repeating: 0, count: rank)
    var products = coordinates
    var square = 0.0
    // The second pass removes what rounding in the cross-products left in the residual.
    for pass in 0..<2 {
      if pass == 0, let gram {
        square = gram[rank, rank]
        for j in 0..<rank { products[j] = gram[rank, j] }
      } else {
        let sum = multiply(&products)
        if pass == 0 { square = sum }
      }
      guard rank > 0 else { break }
      solve(&products)
      subtract(products)
      for j in 0..<rank { coordinates[j] += products[j] }
    }
    return (coordinates, square, squaredLength())
  }

  /// `(B'B)⁻¹ x`.
  func solution(_ x: [Double]) -> [Double] {
    var x = x
    solve(&x)
    return x
  }

  /// `x = (B'B)⁻¹ x`.
  private func solve(_ x: inout [Double]) {
    for i in 0..<rank {
      for k in 0..<i { x[i] -= factor[i + k * (rank + 1)] * x[k] }
      x[i] /= factor[i + i * (rank + 1)]
    }
    for i in (0..<rank).reversed() {
      for k in i + 1..<max(i + 1, rank) { x[i] -= factor[k + i * (rank + 1)] * x[k] }
      x[i] /= factor[i + i * (rank + 1)]
    }
  }

  /// Overwrites `products` with `B'y`.
  /// - Returns: `y'y`.
  private func multiply(_ packed: [Double], into products: inout [Double]) -> Double {
    var square = 0.0
    packed.withUnsafeBufferPointer { packed in
      products.withUnsafeMutableBufferPointer { products in
        products.update(repeating: 0)
        for row in stride(from: 0, to: packed.count, by: rank + 1) {
          let y = packed[row + rank]
          for j in 0..<rank { products[j] += packed[row + j] * y }
          square += y * y
        }
      }
    }
    return square
  }

  /// Takes a combination of the basis off the response.
  private func subtract(_ coefficients: [Double], from packed: inout [Double]) {
    packed.withUnsafeMutableBufferPointer { packed in
      coefficients.withUnsafeBufferPointer { coefficients in
        for row in stride(from: 0, to: packed.count, by: rank + 1) {
          var fitted = 0.0
          for j in 0..<rank { fitted += packed[row + j] * coefficients[j] }
          packed[row + rank] -= fitted
        }
      }
    }
  }

  private func squaredLength(ofLast packed: [Double]) -> Double {
    var sum = 0.0
    packed.withUnsafeBufferPointer { packed in
      for place in stride(from: rank, to: packed.count, by: rank + 1) {
        sum += packed[place] * packed[place]
      }
    }
    return sum
  }
}
