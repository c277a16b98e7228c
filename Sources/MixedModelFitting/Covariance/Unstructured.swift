// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// All variances and covariances free: theta is the lower triangle of lambda, column by column.
public struct Unstructured: CovarianceStructure {
  public static let formulaName = "us"

  public init() {}

  public func parameterCount(dimension: Int) -> Int { dimension * (dimension + 1) / 2 }

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
}
