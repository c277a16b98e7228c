// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices

/// The covariance matrices of the random effects of one grouping factor given the data, one per
/// level.
///
/// They are the diagonal blocks of `σ² Λ (Λ'Z'ZΛ + I)⁻¹ Λ'`: conditional on the fixed effects and
/// theta, whose own uncertainty they leave out.
///
/// R: `attr(ranef(model, condVar = TRUE)$g, "postVar")`. MixedModels.jl: `condVar`.
public struct ConditionalCovariances: Sendable {
  public let groupingFactor: String
  public let levelCount: Int
  /// The number of effects of a level, k.
  public let dimension: Int
  /// Level after level, each matrix column by column.
  private let values: [Double]

  /// The covariance matrix of the effects of a level, `k × k`, the levels counted from zero.
  public subscript(level: Int) -> Matrix {
    let size = dimension * dimension
    return Matrix(
      rowCount: dimension, columnCount: dimension,
      values: Array(values[level * size..<(level + 1) * size]))
  }

  /// The variances, `k × levels`.
  public var variances: Matrix {
    var result = Matrix(rowCount: dimension, columnCount: levelCount)
    for level in 0..<levelCount {
      for i in 0..<dimension {
        result[i, level] = max(0, values[(level * dimension + i) * dimension + i])
      }
    }
    return result
  }

  /// The standard deviations, `k × levels`: the standard errors of the conditional modes given the
  /// fixed effects and theta.
  public var standardDeviations: Matrix {
    Matrix(
      rowCount: dimension, columnCount: levelCount,
      values: variances.values.map { $0.squareRoot() })
  }

  /// `σ² λ M λ'` for each block M of the inverse.
  fileprivate init(
    groupingFactor: String, inverseBlocks: [Double], lambda: Matrix, sigma: Double
  ) {
    let k = lambda.rowCount
    self.groupingFactor = groupingFactor
    dimension = k
    levelCount = inverseBlocks.count / (k * k)
    var values = inverseBlocks
    var half = [Double](repeating: 0, count: k * k)
    for level in 0..<levelCount {
      let start = level * k * k
      for j in 0..<k {
        for i in 0..<k {
          half[i + j * k] = (0...i).reduce(0) { $0 + lambda[i, $1] * values[start + $1 + j * k] }
        }
      }
      for j in 0..<k {
        for i in j..<k {
          let product = (0...j).reduce(0) { $0 + half[i + $1 * k] * lambda[j, $1] }
          values[start + i + j * k] = sigma * sigma * product
          values[start + j + i * k] = sigma * sigma * product
        }
      }
    }
    self.values = values
  }
}

/// What conditional covariances are computed from when they are asked for.
struct CovarianceSource: Sendable {
  let crossProducts: CrossProducts
  let layout: CholeskyLayout
  /// The terms' factors in the units in which the covariates are held, one after the other.
  let factors: [Double]
  /// The factors in the units of the data.
  let userFactors: [Matrix]
  let sigma: Double

  func conditionalCovariances(_ groups: [RandomEffects.Group]) -> [ConditionalCovariances] {
    var leastSquares = PenalizedLeastSquares(crossProducts, layout: layout)
    let breakdown = leastSquares.factorize(factors)
    precondition(breakdown == nil, "the factor of a fitted model exists")
    return leastSquares.cholesky.withSelectedInverse(borderRows: 0) { inverse in
      groups.map { group in
        ConditionalCovariances(
          groupingFactor: group.groupingFactor,
          inverseBlocks: inverse.diagonalBlocks(ofTerm: group.position),
          lambda: userFactors[group.position], sigma: sigma)
      }
    }
  }
}

extension RandomEffects.Group {
  /// The covariance matrices of this grouping factor's effects given the data, one per level.
  ///
  /// R: `ranef(condVar = TRUE)`. MixedModels.jl: `condVar`.
  /// - Complexity: a factorization and an inverse on its pattern. For several grouping factors ask
  ///   ``RandomEffects`` for all at once.
  public func conditionalCovariances() -> ConditionalCovariances {
    source.conditionalCovariances([self])[0]
  }

  /// The variances of the effects given the data, `k × levels`: the diagonals of
  /// ``conditionalCovariances()``.
  public func conditionalVariances() -> Matrix { conditionalCovariances().variances }
}

extension RandomEffects {
  /// The covariance matrices of the effects given the data, for each grouping factor in order.
  ///
  /// R: `ranef(condVar = TRUE)`. MixedModels.jl: `condVar`.
  /// - Complexity: a factorization and an inverse on its pattern.
  public func conditionalCovariances() -> [ConditionalCovariances] {
    groups.first?.source.conditionalCovariances(groups) ?? []
  }
}
