// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import RealModule

/// The estimable columns of a fixed-effects model matrix in well-conditioned coordinates, row by row
/// beside one companion column, which stays as it is.
///
/// Columns are first centred and scaled; their cross-products then decide which are estimable.
/// Where that decision would be within rounding error, it is made again on the rows themselves.
struct EstimableColumns {
  /// The estimable columns of the model matrix, ascending.
  let estimable: [Int]
  /// The columns left out that yet differ from a combination of earlier ones by more than rounding.
  let nearlyDetermined: [Int]
  /// T with `B = X T`, `rank × rank`.
  let transform: Matrix
  /// `log |det T|`.
  let logDeterminant: Double
  /// `(rank + 1) × n`, column-major: the rows of `[B companion]`, each times the square root of its
  /// weight.
  var values: [Double]
  /// The cross-products of ``values``, lower triangle.
  let gram: Matrix

  var rank: Int { estimable.count }

  /// Below this part of a column's squared length, cross-products no longer tell a small remainder
  /// from rounding error.
  static let doubtfulPivot = 1e-8
  /// A column is aliased if its remainder, computed from the rows, is below this part of its
  /// length. Exact dependence leaves about 1e-15.
  static let aliasTolerance = 1e-9
  /// A remainder below this part of the length is no more than the rounding error of exact dependence.
  private static let rounding = 1e-13

  /// - Parameter leastPivot: columns that leave less than this part of a squared length are
  ///   orthogonalized.
  init(
    of fixedEffects: Matrix, weights: [Double]?, companion: [Double],
    leastPivot: Double = doubtfulPivot
  ) {
    let n = fixedEffects.rowCount
    let columns = CentredColumns(fixedEffects, weights: weights)
    let width = columns.kept.count
    values = columns.packed(
      rootWeights: weights.map { $0.map { $0.squareRoot() } }, companion: companion)
    var gram = Matrix(rowCount: width + 1, columnCount: width + 1)
    Self.accumulate(values, width + 1, n, into: &gram)
    guard Self.isDoubtful(gram, width, bound: leastPivot) else {
      estimable = columns.kept
      nearlyDetermined = columns.nearlyConstant
      transform = columns.transform
      logDeterminant = -columns.logScaleSum
      self.gram = gram
      return
    }
    let (kept, nearlyLost, r) = Self.orthogonalize(&values, width, n)
    estimable = kept.map { columns.kept[$0] }
    nearlyDetermined = (columns.nearlyConstant + nearlyLost.map { columns.kept[$0] }).sorted()
    transform = columns.transform(keeping: kept, orthogonalizedBy: r)
    logDeterminant = kept.indices.reduce(0) {
      $0 - Double.log(columns.scales[kept[$1]]) - Double.log(r[$1, $1])
    }
    gram = Matrix(rowCount: kept.count + 1, columnCount: kept.count + 1)
    Self.accumulate(values, kept.count + 1, n, into: &gram)
    self.gram = gram
  }

  /// The columns in a basis that is known, which was not orthogonalized.
  init(
    of fixedEffects: Matrix, weights: [Double]?, companion: [Double], like basis: FixedEffectsBasis,
    _ centring: FixedEffectsBasis.Centring
  ) {
    let columns = CentredColumns(fixedEffects, centring, kept: basis.estimable)
    values = columns.packed(
      rootWeights: weights.map { $0.map { $0.squareRoot() } }, companion: companion)
    estimable = basis.estimable
    nearlyDetermined = basis.nearlyDetermined
    transform = basis.transform
    logDeterminant = basis.logDeterminant
    var gram = Matrix(rowCount: basis.rank + 1, columnCount: basis.rank + 1)
    Self.accumulate(values, basis.rank + 1, fixedEffects.rowCount, into: &gram)
    self.gram = gram
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
  static func isDoubtful(
    _ gram: Matrix, _ width: Int, bound: Double = doubtfulPivot
  ) -> Bool {
    var l = gram
    for j in 0..<width {
      var pivot = l[j, j]
      for k in 0..<j { pivot -= l[j, k] * l[j, k] }
      guard pivot > bound * gram[j, j] else { return true }
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
  /// - Returns: the columns kept, those left out with a remainder beyond rounding, and R with
  ///   `kept columns = Q R`.
  private static func orthogonalize(
    _ packed: inout [Double], _ width: Int, _ n: Int
  ) -> (kept: [Int], nearlyLost: [Int], r: Matrix) {
    var columns: [[Double]] = []
    var kept: [Int] = []
    var nearlyLost: [Int] = []
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
      guard remainder > aliasTolerance * length else {
        if remainder > rounding * length { nearlyLost.append(j) }
        continue
      }
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
    return (kept, nearlyLost, r)
  }
}
