// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import MixedModelErrors

/// How the variances of `x'(β̂ - β) + z'(b̂ - b)` in a linear mixed model move with the relative
/// covariance matrices Σ of the random effects.
///
/// Let C be the inverse of Henderson's matrix `[X'X, X'Z; Z'X, Z'Z + Σ⁻¹]`. From `dC = C (0 ⊕ Σ⁻¹dΣΣ⁻¹) C`
/// follows, for `c = (x, z)`,
///
///     d(σ² c'Cc) = σ² r' (I ⊗ dΣ) r,    r = Σ⁻¹ (Cc)_b = D z - S u,
///     D = (I + Z'ZΣ)⁻¹,    u = x - Φ⁻¹S'Σz
///
/// with Φ and S of ``CovarianceSensitivity``. No Σ is inverted, so that it may be singular. `Dz` lives
/// on the levels that rows connect with those of z; the rest of r, on all levels, is a combination of p
/// vectors whose quadratic forms are sums made once.
package struct JointSensitivity: Sendable {
  let layout: BlockLayout
  let changes: [CovarianceChange]
  let fixed: CovarianceSensitivity
  /// The derivatives of the covariance matrix of the fixed effects.
  let fixedDerivatives: [Matrix]
  let components: LevelComponents
  private let crossProducts: CrossProducts
  private let cholesky: BlockedCholesky
  private let factors: [Double]
  /// `Σ` of each term.
  private let covariances: [Matrix]
  /// In what units the problem holds the covariates of each term's effects.
  let effectUnits: [EffectUnits]
  /// The columns of the model matrix whose coefficients are estimated.
  let estimable: [Int]
  /// A square root G of `Φ⁻¹ = GG'`, rank × rank.
  private let root: Matrix
  let dispersion: Double

  /// - Parameter changes: the directions of the derivatives.
  /// - Complexity: that of ``CovarianceSensitivity``.
  package init(_ model: LinearMixedModel, changes: [CovarianceChange]) throws(MixedModelError) {
    crossProducts = model.problem.crossProducts
    layout = crossProducts.layout
    self.changes = changes
    fixed = try CovarianceSensitivity(model)
    fixedDerivatives = changes.map(fixed.derivative(along:))
    components = LevelComponents(layout)
    cholesky = try model.factorized().cholesky
    factors = model.problem.covariance.factors(model.internalTheta)
    covariances = layout.terms.indices.map { term in
      let lambda = model.problem.covariance.factor(model.internalTheta, term: term)
      return lambda.timesTransposed(lambda)
    }
    effectUnits = crossProducts.effectUnits
    estimable = crossProducts.basis.estimable
    root = crossProducts.basis.solveTransposedTransform(model.solution.fixedEffectsFactor)
    dispersion = model.dispersion
  }

  /// `D z` for several z, for each random effect `count` values side by side.
  /// - Complexity: that of two solutions with the factor, and a product with the cross-products, each.
  func images(of z: [Double], count: Int) -> [Double] {
    let border = layout.borderCount
    let random = layout.randomCount
    var w = z + [Double](repeating: 0, count: border * count)
    layout.scaleTransposed(&w, count: count, by: factors)
    cholesky.solveForward(&w, count: count, borderRowsSkipped: border)
    for place in random * count..<w.count { w[place] = 0 }
    cholesky.solveBackward(&w, count: count, borderRowsSkipped: border)
    layout.scale(&w, count: count, by: factors)
    for place in random * count..<w.count { w[place] = 0 }
    let product = crossProducts.matrix.multiplied(by: w, count: count)
    return z.indices.map { z[$0] - product[$0] }
  }

  /// `Φ⁻¹S'Σz` for a z that is zero but at one level of each of some terms.
  func carried(_ levels: [LevelEffects]) -> [Double] {
    let rank = fixed.rank
    var sum = [Double](repeating: 0, count: rank)
    for effects in levels {
      let covariance = covariances[effects.term]
      let first = layout.terms[effects.term].start + effects.level * covariance.rowCount
      for i in 0..<covariance.rowCount {
        var entry = 0.0
        for j in 0..<covariance.rowCount { entry += covariance[i, j] * effects.values[j] }
        for l in 0..<rank { sum[l] += fixed.values[(first + i) * rank + l] * entry }
      }
    }
    var half = [Double](repeating: 0, count: rank)
    for j in 0..<rank {
      for i in 0..<rank { half[j] += root[i, j] * sum[i] }
    }
    return (0..<rank).map { i in (0..<rank).reduce(0) { $0 + root[i, $1] * half[$1] } }
  }
}

/// The entries of a z at one level.
struct LevelEffects {
  let term: Int
  let level: Int
  let values: [Double]
}

extension FixedEffectsBasis {
  /// `T⁻ᵀ A`, T being upper triangular.
  fileprivate func solveTransposedTransform(_ a: Matrix) -> Matrix {
    var x = a
    for column in 0..<a.columnCount {
      for i in 0..<rank {
        var sum = x[i, column]
        for j in 0..<i { sum -= transform[j, i] * x[j, column] }
        x[i, column] = sum / transform[i, i]
      }
    }
    return x
  }
}
