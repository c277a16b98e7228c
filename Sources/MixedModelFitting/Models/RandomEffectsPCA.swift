// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// The principal components of the random effects, per grouping factor: in how many directions they
/// vary at all.
///
/// R: `rePCA`. MixedModels.jl: `rePCA`, `PCA`.
public struct RandomEffectsPCA: Sendable, Hashable {
  /// The principal components of one covariance or correlation matrix, the largest first.
  public struct Components: Sendable, Hashable {
    /// The k singular values: standard deviations along the components, on the covariance scale
    /// relative to sigma in a linear model.
    public let standardDeviations: [Double]
    /// The components as columns, unit vectors in the k effects, `k × k`; the entry of largest
    /// magnitude is positive.
    public let loadings: Matrix

    /// The part of the total variance along each component; zeros if there is no variance.
    public var varianceProportions: [Double] {
      let variances = standardDeviations.map { $0 * $0 }
      let total = variances.reduce(0, +)
      return variances.map { total > 0 ? $0 / total : 0 }
    }

    /// The part of the total variance along each component and those before it.
    public var cumulativeProportions: [Double] {
      var sum = 0.0
      return varianceProportions.map {
        sum += $0
        return min(1, sum)
      }
    }
  }

  /// The components of one grouping factor's effects.
  public struct Group: Sendable, Hashable {
    public let groupingFactor: String
    /// The names of the k effects.
    public let names: [String]
    /// The components of `λ λ'`, the covariance matrix (relative to `sigma²` in a linear model), which
    /// depend on the units of the covariates.
    public let covarianceScale: Components
    /// The components of the correlation matrix; effects without variance have no part in them.
    public let correlationScale: Components
  }

  /// One entry per grouping factor, by decreasing number of random effects, ties as written.
  public let groups: [Group]

  /// The group of the given grouping factor, or `nil` if the model has none such.
  public subscript(groupingFactor: String) -> Group? {
    groups.first { $0.groupingFactor == groupingFactor }
  }
}

extension MixedModel {
  /// The principal components of the random effects, per grouping factor.
  ///
  /// A component of zero standard deviation is a direction in which the fit is singular.
  ///
  /// R: `rePCA`. MixedModels.jl: `rePCA`, `PCA`.
  /// - Complexity: O(Σ k³).
  public var randomEffectsPCA: RandomEffectsPCA {
    RandomEffectsPCA(
      groups: zip(design.randomEffects, termFactors).map { term, lambda in
        RandomEffectsPCA.Group(
          groupingFactor: term.groupingFactor, names: term.effectNames,
          covarianceScale: RandomEffectsPCA.Components(factor: lambda),
          correlationScale: RandomEffectsPCA.Components(factor: lambda.rowsNormalized))
      })
  }
}

extension RandomEffectsPCA.Components {
  /// A variance this small against the largest is rounding error of the decomposition.
  private static let zeroTolerance = 1e-15

  /// The components of `factor * factor'`; there are none in a matrix that is not finite.
  init(factor: Matrix) {
    let k = factor.rowCount
    var product = Matrix(rowCount: k, columnCount: k)
    for j in 0..<k {
      for i in 0..<k {
        for l in 0...min(i, j) { product[i, j] += factor[i, l] * factor[j, l] }
      }
    }
    guard let eigen = SymmetricEigen(product) else {
      standardDeviations = []
      loadings = Matrix(rowCount: k, columnCount: 0)
      return
    }
    let floor = Self.zeroTolerance * (eigen.values.last ?? 0)
    standardDeviations = eigen.values.reversed().map { $0 > floor ? $0.squareRoot() : 0 }
    var loadings = Matrix(rowCount: k, columnCount: k)
    for j in 0..<k {
      let vector = eigen.vectors.column(k - 1 - j)
      // Entries that differ by rounding only must not decide the sign: the first of them does.
      let largest = vector.reduce(0) { max($0, abs($1)) }
      let leading = vector.first { abs($0) > largest * (1 - 1e-8) } ?? 1
      for (i, value) in vector.enumerated() { loadings[i, j] = leading < 0 ? -value : value }
    }
    self.loadings = loadings
  }
}

extension Matrix {
  /// The matrix with every row divided by its length; rows of zeros stay.
  fileprivate var rowsNormalized: Matrix {
    var result = self
    for i in 0..<rowCount {
      let length = (0..<columnCount).reduce(0) { $0 + self[i, $1] * self[i, $1] }.squareRoot()
      guard length > 0 else { continue }
      for j in 0..<columnCount { result[i, j] /= length }
    }
    return result
  }
}
