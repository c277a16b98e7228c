// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import MixedModelErrors

/// The products of a model's columns with one response after another: `Z'y`, `X'y` and `y'y`, the
/// part of the cross-products that a refit changes.
struct ResponseProducts: Sendable {
  private let projection: FixedEffectsProjection
  private let terms: [DesignRows.Term]
  private let rootWeights: [Double]?
  private let offset: [Double]?
  /// The basis of the fixed effects, n × rank and column-major: a column is read at a time.
  private let basis: [Double]
  /// The response, and then its residual on the basis.
  private var residual: [Double]

  /// - Parameter crossProducts: those of the rows.
  /// - Throws: ``MixedModelError`` if the rows have no cross-products.
  /// - Complexity: O(n p²).
  init(_ rows: DesignRows, of crossProducts: CrossProducts) throws(MixedModelError) {
    let fixed = try FixedEffectsRows(rows, in: crossProducts.basis)
    projection = fixed.projection
    terms = zip(rows.terms, crossProducts.effectUnits).map { term, units in
      term.held(in: units, rootWeights: fixed.rootWeights)
    }
    rootWeights = fixed.rootWeights
    offset = rows.offset
    let width = fixed.projection.rank + 1
    let count = rows.rowCount
    basis = (0..<width - 1).flatMap { column in
      (0..<count).map { fixed.values[$0 * width + column] }
    }
    residual = [Double](repeating: 0, count: count)
  }

  /// Overwrites what belongs to the response in cross-products of the same rows.
  ///
  /// - Parameters:
  ///   - response: a finite value for each row.
  ///   - scatter: a weighted sum of squares that the rows' responses do not show, as they are means
  ///     of several observations.
  /// - Throws: ``MixedModelError`` if the fixed effects reproduce the response exactly.
  /// - Complexity: O(n (p + Σ k)).
  mutating func write(
    _ response: [Double], scatter: Double = 0, to crossProducts: inout CrossProducts
  ) throws(MixedModelError) {
    let scale = load(response)
    crossProducts.basis.responseScale = scale
    var square = 0.0
    let projection = projection
    crossProducts.basis.gamma = try basis.withUnsafeBufferPointer {
      basis throws(MixedModelError) in
      try residual.withUnsafeMutableBufferPointer { residual throws(MixedModelError) in
        let result = try projection.subtract(from: residual, columns: basis)
        square = result.squaredLength
        return result.coordinates
      }
    }
    accumulate(into: &crossProducts.matrix, square: square + scatter / scale / scale)
  }

  /// Loads the response less its offset.
  /// - Returns: the unit in which it is held.
  private mutating func load(_ response: [Double]) -> Double {
    residual.replaceContents(with: response)
    return residual.withUnsafeMutableBufferPointer { y in
      if let offset {
        for row in y.indices { y[row] -= offset[row] }
      }
      var largest = 0.0
      for value in y where abs(value) > largest { largest = abs(value) }
      let scale = safeScale(largest, safe: 1e-50...1e50)
      guard scale != 1 || rootWeights != nil else { return scale }
      for row in y.indices { y[row] *= (rootWeights?[row] ?? 1) / scale }
      return scale
    }
  }

  /// Adds up `Z'y` and `B'y`, y being the residual.
  /// - Parameter square: `y'y`.
  private func accumulate(into matrix: inout BlockedMatrix, square: Double) {
    let layout = matrix.layout
    let width = projection.rank + 1
    let count = residual.count
    matrix.values.withUnsafeMutableBufferPointer { values in
      residual.withUnsafeBufferPointer { y in
        for (term, shape) in zip(terms, layout.terms) {
          let column = layout.borderStart + shape.start * width + width - 1
          for effect in 0..<shape.count { values[column + effect * width] = 0 }
          guard let target = values.baseAddress, let y = y.baseAddress else { return }
          withConstant(term.dimension) {
            term.addProducts(with: y, to: target + column, stride: width, dimension: $0)
          }
        }
        basis.withUnsafeBufferPointer { basis in
          guard let y = y.baseAddress, let basis = basis.baseAddress else { return }
          for j in 0..<width - 1 {
            let sum = scalarProduct(basis + j * count, y, count: count)
            values[layout.cornerStart + j * width + width - 1] = sum
            values[layout.cornerStart + (width - 1) * width + j] = sum
          }
        }
        values[layout.cornerStart + width * width - 1] = square
      }
    }
  }
}

extension DesignRows.Term {
  /// Adds `Z'y` to places `stride` apart.
  @inline(__always)
  fileprivate func addProducts(
    with y: UnsafePointer<Double>, to products: UnsafeMutablePointer<Double>, stride: Int,
    dimension k: Int
  ) {
    levelCodes.withUnsafeBufferPointer { codes in
      values.withUnsafeBufferPointer { z in
        guard let codes = codes.baseAddress, let z = z.baseAddress else { return }
        for row in 0..<levelCodes.count {
          let target = products + Int(codes[row]) * k * stride
          for j in 0..<k { target[j * stride] += z[row * k + j] * y[row] }
        }
      }
    }
  }
}
