// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import RealModule

/// The rows of `[B y]`: the basis of the fixed effects and the response's residual on it, each row
/// multiplied by the square root of its weight.
struct FixedEffectsRows {
  let basis: FixedEffectsBasis
  /// `(rank + 1) × n`, column-major: one row of the model after the other, the response last.
  let values: [Double]
  /// The square roots of the prior weights, if there are any.
  let rootWeights: [Double]?
  let logWeightSum: Double

  /// - Throws: ``MixedModelError`` if there are too few rows, or if the fixed effects reproduce the
  ///   response exactly.
  init(_ rows: DesignRows) throws(MixedModelError) {
    let n = rows.rowCount
    let response = rows.offset.map { zip(rows.response, $0).map { $0 - $1 } } ?? rows.response
    // Outside these bounds sums of squares could lose their range.
    let responseScale = safeScale(response.reduce(0) { max($0, abs($1)) }, safe: 1e-50...1e50)
    var columns = EstimableColumns(
      of: rows.fixedEffects, weights: rows.weights,
      companion: responseScale == 1 ? response : response.map { $0 / responseScale })
    let rank = columns.rank
    guard n > rank else {
      throw .tooFewRows(n, columnCount: rows.fixedEffects.columnCount, rank: rank)
    }

    // In place: these are the largest arrays of a fit.
    let gamma = Self.subtractProjection(&columns.values, columns.gram, rank, n)
    var residual = 0.0
    for row in 0..<n {
      let value = columns.values[row * (rank + 1) + rank]
      residual += value * value
    }
    // A residual at the level of rounding error is no residual.
    let length = columns.gram[rank, rank].squareRoot()
    guard residual.squareRoot() > 1e-13 * length else { throw .exactFit() }

    basis = FixedEffectsBasis(
      columnCount: rows.fixedEffects.columnCount, estimable: columns.estimable,
      transform: columns.transform, logDeterminant: columns.logDeterminant, gamma: gamma,
      responseScale: responseScale)
    values = columns.values
    rootWeights = rows.weights.map { $0.map { $0.squareRoot() } }
    logWeightSum = rows.weights.map { $0.reduce(0) { $0 + Double.log($1) } } ?? 0
  }

  /// Replaces the response in the rows by its residual on the other columns.
  /// - Returns: the least-squares coordinates.
  private static func subtractProjection(
    _ packed: inout [Double], _ gram: Matrix, _ rank: Int, _ n: Int
  ) -> [Double] {
    var total = [Double](repeating: 0, count: rank)
    guard rank > 0 else { return total }
    var factor = gram.values
    var rightSide = (0..<rank).map { gram[rank, $0] }
    factor.withUnsafeMutableBufferPointer { l in
      guard let l = l.baseAddress else { return }
      _ = choleskyFactorize(l, order: rank, leadingDimension: rank + 1)
    }
    // The second pass removes what rounding in the cross-products left in the residual.
    for pass in 0..<2 {
      if pass > 0 { rightSide = productsWithLast(packed, rank, n) }
      for i in 0..<rank {
        for k in 0..<i { rightSide[i] -= factor[i + k * (rank + 1)] * rightSide[k] }
        rightSide[i] /= factor[i + i * (rank + 1)]
      }
      for i in (0..<rank).reversed() {
        for k in i + 1..<max(i + 1, rank) {
          rightSide[i] -= factor[k + i * (rank + 1)] * rightSide[k]
        }
        rightSide[i] /= factor[i + i * (rank + 1)]
      }
      subtract(rightSide, from: &packed, n)
      for j in 0..<rank { total[j] += rightSide[j] }
    }
    return total
  }

  /// The scalar products of the last column with each of the others.
  private static func productsWithLast(_ packed: [Double], _ rank: Int, _ n: Int) -> [Double] {
    var products = [Double](repeating: 0, count: rank)
    packed.withUnsafeBufferPointer { packed in
      products.withUnsafeMutableBufferPointer { products in
        guard var row = packed.baseAddress else { return }
        for _ in 0..<n {
          for j in 0..<rank { products[j] += row[j] * row[rank] }
          row += rank + 1
        }
      }
    }
    return products
  }

  /// Takes a combination of the other columns off the last.
  private static func subtract(_ coefficients: [Double], from packed: inout [Double], _ n: Int) {
    let rank = coefficients.count
    packed.withUnsafeMutableBufferPointer { packed in
      coefficients.withUnsafeBufferPointer { coefficients in
        guard var row = packed.baseAddress else { return }
        for _ in 0..<n {
          var fitted = 0.0
          for j in 0..<rank { fitted += row[j] * coefficients[j] }
          row[rank] -= fitted
          row += rank + 1
        }
      }
    }
  }
}
