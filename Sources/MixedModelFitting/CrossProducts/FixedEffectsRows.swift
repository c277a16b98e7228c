// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import RealModule

/// The rows of `[B y]`: the basis of the fixed effects and the response's residual on it, each row
/// multiplied by the square root of its weight.
///
/// Columns are first centred and scaled; their cross-products then decide which are estimable.
/// Where that decision would be within rounding error, it is made again on the rows themselves.
struct FixedEffectsRows {
  let basis: FixedEffectsBasis
  /// `(rank + 1) × n`, column-major: one row of the model after the other, the response last.
  let values: [Double]
  /// The square roots of the prior weights, if there are any.
  let rootWeights: [Double]?
  let logWeightSum: Double

  /// Below this part of a column's squared length, cross-products no longer tell a small remainder
  /// from rounding error.
  private static let doubtfulPivot = 1e-8
  /// A column is aliased if its remainder, computed from the rows, is below this part of its
  /// length. Exact dependence leaves about 1e-15.
  private static let aliasTolerance = 1e-9

  /// - Throws: ``MixedModelError`` if there are too few rows, or if the fixed effects reproduce the
  ///   response exactly.
  init(_ rows: DesignRows) throws(MixedModelError) {
    let n = rows.rowCount
    let rootWeights = rows.weights.map { $0.map { $0.squareRoot() } }
    let response = rows.offset.map { zip(rows.response, $0).map { $0 - $1 } } ?? rows.response
    // Outside these bounds sums of squares could lose their range.
    let responseScale = safeScale(response.reduce(0) { max($0, abs($1)) }, safe: 1e-50...1e50)
    let columns = CentredColumns(rows.fixedEffects, weights: rows.weights)
    let width = columns.kept.count
    var packed = columns.packed(
      rootWeights: rootWeights, response: response, responseScale: responseScale)

    var gram = Matrix(rowCount: width + 1, columnCount: width + 1)
    Self.accumulate(packed, width + 1, n, into: &gram)
    var transform = columns.transform
    var kept = Array(0..<width)
    var logDeterminant = -columns.logScaleSum
    if Self.isDoubtful(gram, width) {
      let rebuilt = Self.orthogonalize(&packed, width, n, tolerance: Self.aliasTolerance)
      kept = rebuilt.kept
      transform = columns.transform(keeping: kept, orthogonalizedBy: rebuilt.r)
      logDeterminant = -kept.reduce(0) { $0 + Double.log(columns.scales[$1]) }
      for j in kept.indices { logDeterminant -= Double.log(rebuilt.r[j, j]) }
      gram = Matrix(rowCount: kept.count + 1, columnCount: kept.count + 1)
      Self.accumulate(packed, kept.count + 1, n, into: &gram)
    }
    let rank = kept.count
    guard n > rank else { throw .tooFewRows(n, coefficientCount: rank) }

    let responseLength = gram[rank, rank].squareRoot()
    let gamma = Self.subtractProjection(&packed, gram, rank, n)
    var residual = 0.0
    for row in 0..<n {
      let value = packed[row * (rank + 1) + rank]
      residual += value * value
    }
    // A residual at the level of rounding error is no residual.
    guard residual.squareRoot() > 1e-13 * responseLength else { throw .exactFit() }

    basis = FixedEffectsBasis(
      columnCount: rows.fixedEffects.columnCount, estimable: kept.map { columns.kept[$0] },
      transform: transform, logDeterminant: logDeterminant, gamma: gamma,
      responseScale: responseScale)
    values = packed
    self.rootWeights = rootWeights
    logWeightSum = rows.weights.map { $0.reduce(0) { $0 + Double.log($1) } } ?? 0
  }

  private static func accumulate(
    _ packed: [Double], _ width: Int, _ n: Int, into gram: inout Matrix
  ) {
    var values = gram.values
    values.withUnsafeMutableBufferPointer { c in
      packed.withUnsafeBufferPointer { a in
        guard let c = c.baseAddress, let a = a.baseAddress else { return }
        symmetricRankUpdate(
          c, order: width, leadingDimension: width, scale: 1, a, inner: n, leadingDimension: width)
      }
    }
    gram = Matrix(rowCount: width, columnCount: width, values: values)
  }

  /// Whether some pivot of the columns' cross-products is small enough to be rounding error.
  private static func isDoubtful(_ gram: Matrix, _ width: Int) -> Bool {
    var l = gram
    for j in 0..<width {
      var pivot = l[j, j]
      for k in 0..<j { pivot -= l[j, k] * l[j, k] }
      guard pivot > doubtfulPivot * gram[j, j] else { return true }
      let root = pivot.squareRoot()
      l[j, j] = root
      for i in j + 1..<max(j + 1, width) {
        var sum = l[i, j]
        for k in 0..<j { sum -= l[i, k] * l[j, k] }
        l[i, j] = sum / root
      }
    }
    return false
  }

  /// Orthonormalizes the columns of the rows by Gram–Schmidt, twice over, leaving aliased ones out.
  ///
  /// - Returns: the columns kept, and R with `kept columns = Q R`.
  private static func orthogonalize(
    _ packed: inout [Double], _ width: Int, _ n: Int, tolerance: Double
  ) -> (kept: [Int], r: Matrix) {
    var columns: [[Double]] = []
    var kept: [Int] = []
    var coefficients: [[Double]] = []
    for j in 0..<width {
      var column = (0..<n).map { packed[$0 * (width + 1) + j] }
      let length = column.reduce(0) { $0 + $1 * $1 }.squareRoot()
      var r = [Double](repeating: 0, count: kept.count)
      // Twice is enough (Kahan, in Parlett 1980, section 6.9).
      for _ in 0..<2 {
        for (k, q) in columns.enumerated() {
          var product = 0.0
          for i in 0..<n { product += q[i] * column[i] }
          for i in 0..<n { column[i] -= product * q[i] }
          r[k] += product
        }
      }
      let remainder = column.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard remainder > tolerance * length else { continue }
      columns.append(column.map { $0 / remainder })
      coefficients.append(r + [remainder])
      kept.append(j)
    }
    let rank = kept.count
    var r = Matrix(rowCount: rank, columnCount: rank)
    for (j, column) in coefficients.enumerated() {
      for (i, value) in column.enumerated() { r[i, j] = value }
    }
    var result = [Double](repeating: 0, count: (rank + 1) * n)
    for row in 0..<n {
      for j in 0..<rank { result[row * (rank + 1) + j] = columns[j][row] }
      result[row * (rank + 1) + rank] = packed[row * (width + 1) + width]
    }
    packed = result
    return (kept, r)
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
      if pass > 0 {
        rightSide = [Double](repeating: 0, count: rank)
        for row in 0..<n {
          let y = packed[row * (rank + 1) + rank]
          for j in 0..<rank { rightSide[j] += packed[row * (rank + 1) + j] * y }
        }
      }
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
      for row in 0..<n {
        var fitted = 0.0
        for j in 0..<rank { fitted += packed[row * (rank + 1) + j] * rightSide[j] }
        packed[row * (rank + 1) + rank] -= fitted
      }
      for j in 0..<rank { total[j] += rightSide[j] }
    }
    return total
  }
}
