// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// Independent effects, each with a variance of its own: theta is the diagonal of lambda.
public struct Diagonal: CovarianceStructure {
  public static let formulaName = "diag"

  public init() {}

  public func parameterCount(dimension: Int) -> Int { dimension }

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
}
