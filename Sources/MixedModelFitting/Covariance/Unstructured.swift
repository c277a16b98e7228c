// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// All variances and covariances free: theta is the lower triangle of lambda, column by column.
public struct Unstructured: CovarianceStructure {
  public static let formulaName = "us"

  public init() {}

  public var isLinear: Bool { true }

  public func identityParameters(dimension: Int) -> [Double] {
    (0..<dimension).flatMap { column in (column..<dimension).map { $0 == column ? 1.0 : 0.0 } }
  }

  public func termFactor(_ theta: ArraySlice<Double>, dimension: Int) -> Matrix {
    var lambda = Matrix(rowCount: dimension, columnCount: dimension)
    var next = theta.startIndex
    for column in 0..<dimension {
      for row in column..<dimension {
        lambda[row, column] = theta[next]
        next += 1
      }
    }
    return lambda
  }

  public func derivatives(at theta: ArraySlice<Double>, dimension: Int) -> [Matrix] {
    (0..<dimension).flatMap { column in
      (column..<dimension).map { row in
        var unit = Matrix(rowCount: dimension, columnCount: dimension)
        unit[row, column] = 1
        return unit
      }
    }
  }

  public func canonicalParameters(
    _ theta: ArraySlice<Double>, dimension: Int, zeroBelow threshold: Double
  ) -> [Double] {
    var lambda = termFactor(theta, dimension: dimension)
    for column in 0..<dimension {
      if abs(lambda[column, column]) < threshold {
        lambda[column, column] = 0
        lambda.fold(column: column, before: dimension)
      }
      if lambda[column, column] < 0 {
        for row in column..<dimension { lambda[row, column] = -lambda[row, column] }
      }
    }
    return Self.parameters(of: lambda)
  }

  public func convexPart(_ gradient: Matrix) -> Matrix {
    if gradient.rowCount == 1 { return Diagonal().convexPart(gradient) }
    if gradient.rowCount == 2 { return Self.convexPartOfOrder2(gradient) }
    guard let eigen = SymmetricEigen(gradient), let least = eigen.values.first, least < 0 else {
      return gradient
    }
    let k = gradient.rowCount
    var result = Matrix(rowCount: k, columnCount: k)
    for (index, value) in eigen.values.enumerated() where value > 0 {
      for j in 0..<k {
        for i in 0..<k {
          result[i, j] += value * eigen.vectors[i, index] * eigen.vectors[j, index]
        }
      }
    }
    return result
  }

  /// The most frequent case, in every evaluation of a fit, without eigenvectors: with eigenvalues
  /// `λ₁ < 0 < λ₂` the positive part is `λ₂ (G - λ₁ I) / (λ₂ - λ₁)`.
  private static func convexPartOfOrder2(_ gradient: Matrix) -> Matrix {
    let mean = (gradient[0, 0] + gradient[1, 1]) / 2
    let half = (gradient[0, 0] - gradient[1, 1]) / 2
    let radius = (half * half + gradient[1, 0] * gradient[1, 0]).squareRoot()
    let (least, largest) = (mean - radius, mean + radius)
    guard least < 0 else { return gradient }
    guard largest > 0 else { return Matrix(rowCount: 2, columnCount: 2) }
    let share = largest / (largest - least)
    var result = gradient
    result[0, 0] = share * (gradient[0, 0] - least)
    result[1, 1] = share * (gradient[1, 1] - least)
    result[1, 0] = share * gradient[1, 0]
    result[0, 1] = result[1, 0]
    return result
  }

  public func steepestDirection(_ gradient: Matrix) -> (direction: [Double], slope: Double) {
    guard let eigen = SymmetricEigen(gradient), let slope = eigen.values.first else {
      return ([Double](repeating: 0, count: gradient.rowCount), 0)
    }
    return (Array(eigen.vectors.column(0)), slope)
  }

  public func parameters(
    _ theta: ArraySlice<Double>, dimension: Int, addingVarianceAlong direction: [Double]
  ) -> [Double] {
    // The k × (k + 1) matrix [lambda v], with v rotated into the columns of lambda one by one.
    let lambda = termFactor(theta, dimension: dimension)
    var wide = Matrix(
      rowCount: dimension, columnCount: dimension + 1, values: lambda.values + direction)
    for row in 0..<dimension { wide.rotate(into: row, from: dimension, zeroing: row) }
    return Self.parameters(of: wide)
  }

  public func parameters(ofCovariance covariance: Matrix) -> [Double]? {
    // Cholesky without pivoting; a pivot at rounding level ends its column with zeros.
    var lambda = Matrix(rowCount: covariance.rowCount, columnCount: covariance.rowCount)
    for j in 0..<covariance.rowCount {
      var pivot = covariance[j, j]
      for k in 0..<j { pivot -= lambda[j, k] * lambda[j, k] }
      guard pivot > Self.pivotTolerance * covariance[j, j] else { continue }
      lambda[j, j] = pivot.squareRoot()
      for i in j + 1..<max(j + 1, covariance.rowCount) {
        var sum = covariance[i, j]
        for k in 0..<j { sum -= lambda[i, k] * lambda[j, k] }
        lambda[i, j] = sum / lambda[j, j]
      }
    }
    return Self.parameters(of: lambda)
  }

  public func parameters(
    _ theta: ArraySlice<Double>, dimension: Int, ordering order: [Int]
  ) -> [Double]? {
    // Rotations make the reordered rows of lambda a triangle again, zeros exactly.
    let lambda = termFactor(theta, dimension: dimension)
    var result = Matrix(rowCount: dimension, columnCount: dimension)
    for (row, effect) in order.enumerated() {
      for column in 0..<dimension { result[row, column] = lambda[effect, column] }
    }
    result.makeLowerTriangular(rows: 0..<dimension)
    return Self.parameters(of: result)
  }

  /// A pivot below this share of its diagonal entry is rounding error.
  private static let pivotTolerance = 1e-12

  private static func parameters(of lambda: Matrix) -> [Double] {
    (0..<lambda.rowCount).flatMap { column in
      (column..<lambda.rowCount).map { lambda[$0, column] }
    }
  }
}
