// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// Independent effects, each with a variance of its own: theta is the diagonal of lambda.
public struct Diagonal: CovarianceStructure {
  public static let formulaName = "diag"

  public init() {}

  public var isLinear: Bool { true }

  public func identityParameters(dimension: Int) -> [Double] {
    [Double](repeating: 1, count: dimension)
  }

  public func termFactor(_ theta: ArraySlice<Double>, dimension: Int) -> Matrix {
    var lambda = Matrix(rowCount: dimension, columnCount: dimension)
    for i in 0..<dimension { lambda[i, i] = theta[theta.startIndex + i] }
    return lambda
  }

  public func derivatives(at theta: ArraySlice<Double>, dimension: Int) -> [Matrix] {
    (0..<dimension).map { i in
      var unit = Matrix(rowCount: dimension, columnCount: dimension)
      unit[i, i] = 1
      return unit
    }
  }

  public func canonicalParameters(
    _ theta: ArraySlice<Double>, dimension: Int, zeroBelow threshold: Double
  ) -> [Double] {
    theta.map { abs($0) < threshold ? 0 : abs($0) }
  }

  public func convexPart(_ gradient: Matrix) -> Matrix {
    var result = Matrix(rowCount: gradient.rowCount, columnCount: gradient.rowCount)
    for i in 0..<gradient.rowCount { result[i, i] = max(0, gradient[i, i]) }
    return result
  }

  public func steepestDirection(_ gradient: Matrix) -> (direction: [Double], slope: Double) {
    var direction = [Double](repeating: 0, count: gradient.rowCount)
    let diagonal = direction.indices.map { gradient[$0, $0] }
    guard let slope = diagonal.min(), let place = diagonal.firstIndex(of: slope) else {
      return (direction, 0)
    }
    direction[place] = 1
    return (direction, slope)
  }

  public func parameters(
    _ theta: ArraySlice<Double>, dimension: Int, addingVarianceAlong direction: [Double]
  ) -> [Double] {
    zip(theta, direction).map { ($0 * $0 + $1 * $1).squareRoot() }
  }

  public func parameters(ofCovariance covariance: Matrix) -> [Double]? {
    let diagonal = (0..<covariance.rowCount).map { covariance[$0, $0] }
    for j in diagonal.indices {
      for i in j + 1..<max(j + 1, diagonal.count)
      where abs(covariance[i, j]) > Self.offDiagonalTolerance * (diagonal[i] + diagonal[j]) {
        return nil
      }
    }
    return diagonal.map { max(0, $0).squareRoot() }
  }

  /// An off-diagonal entry below this share of its two variances is rounding error.
  private static let offDiagonalTolerance = 1e-6
}
