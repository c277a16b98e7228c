// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import MixedModelErrors

/// The products of a model's columns with one response after another: `Z'y`, `X'y` and `y'y`, the
/// part of the cross-products that a refit changes.
struct ResponseProducts: Sendable {
  private let projection: FixedEffectsProjection
  private let terms: [DesignRows.Term]
  private let rootWeights: [Double]?
  private let offset: [Double]?
  /// `(rank + 1) × n`: the packed rows of the basis, each with its place for a response.
  private var packed: [Double]

  /// - Parameter crossProducts: those of the rows.
  /// - Throws: ``MixedModelError`` if the rows have no cross-products.
  /// - Complexity: O(n p²).
  init(_ rows: DesignRows, of crossProducts: CrossProducts) throws(MixedModelError) {
    let fixed = try FixedEffectsRows(rows, in: crossProducts.basis)
    projection = fixed.projection
    terms = zip(rows.terms, crossProducts.effectScales).map { term, scales in
      term.scaled(by: scales, rootWeights: fixed.rootWeights)
    }
    rootWeights = fixed.rootWeights
    offset = rows.offset
    packed = fixed.values
  }

  /// Overwrites what belongs to the response in cross-products of the same rows.
  ///
  /// - Parameter response: a finite value for each row.
  /// - Throws: ``MixedModelError`` if the fixed effects reproduce the response exactly.
  /// - Complexity: O(n (p + Σ k)).
  mutating func write(
    _ response: [Double], to crossProducts: inout CrossProducts
  ) throws(MixedModelError) {
    crossProducts.basis.responseScale = load(response)
    crossProducts.basis.gamma = try projection.subtract(from: &packed)
    accumulate(into: &crossProducts.matrix)
  }

  /// Puts the response less its offset into the packed rows.
  /// - Returns: the unit in which it is held.
  private mutating func load(_ response: [Double]) -> Double {
    let width = projection.rank + 1
    var largest = 0.0
    for row in response.indices {
      let value = response[row] - (offset?[row] ?? 0)
      packed[row * width + width - 1] = value
      largest = max(largest, abs(value))
    }
    let scale = safeScale(largest, safe: 1e-50...1e50)
    guard scale != 1 || rootWeights != nil else { return scale }
    for row in response.indices {
      packed[row * width + width - 1] *= (rootWeights?[row] ?? 1) / scale
    }
    return scale
  }

  /// Adds up `Z'y`, `B'y` and `y'y`, y being the residual in the packed rows.
  private func accumulate(into matrix: inout BlockedMatrix) {
    let layout = matrix.layout
    let width = projection.rank + 1
    matrix.values.withUnsafeMutableBufferPointer { values in
      packed.withUnsafeBufferPointer { packed in
        for (term, shape) in zip(terms, layout.terms) {
          let k = term.dimension
          let column = layout.borderStart + shape.start * width + width - 1
          for effect in 0..<shape.count { values[column + effect * width] = 0 }
          term.levelCodes.withUnsafeBufferPointer { codes in
            term.values.withUnsafeBufferPointer { z in
              for row in codes.indices {
                let y = packed[row * width + width - 1]
                let first = column + Int(codes[row]) * k * width
                for j in 0..<k { values[first + j * width] += z[row * k + j] * y }
              }
            }
          }
        }
        let corner = layout.cornerStart
        for j in 0..<width {
          var sum = 0.0
          for row in stride(from: 0, to: packed.count, by: width) {
            sum += packed[row + j] * packed[row + width - 1]
          }
          values[corner + j * width + width - 1] = sum
          values[corner + (width - 1) * width + j] = sum
        }
      }
    }
  }
}
