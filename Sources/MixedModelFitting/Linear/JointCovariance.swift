// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices

extension LinearMixedModel {
  /// The covariance matrix of `H (β̂ - β) + K (b̂ - b)` at the estimated theta, `r × r`: the errors of
  /// the coefficients and of the predictions of the random effects together.
  ///
  /// With L the Cholesky factor of the normal equations it is `σ² G'G` with
  /// `G = L⁻¹ [Λ'K'; T'H']`, T the transformation to the fixed-effects basis. Source: Henderson
  /// (1975), "Best linear unbiased estimation and prediction under a selection model", Biometrics
  /// 31, 423-447.
  /// - Parameters:
  ///   - fixedEffects: H, r × rank.
  ///   - randomEffects: K, r × q, in units of the data.
  /// - Complexity: a factorization, and r solutions with its factor.
  package func jointCovariance(fixedEffects: Matrix, randomEffects: Matrix) -> Matrix {
    let count = fixedEffects.rowCount
    let layout = problem.crossProducts.layout
    let basis = problem.crossProducts.basis
    var right = [Double](
      repeating: 0, count: (layout.randomCount + layout.borderCount) * count)
    for (term, shape) in layout.terms.enumerated() {
      let scales = problem.crossProducts.effectScales[term]
      for place in shape.start..<shape.start + shape.count {
        let scale = scales[(place - shape.start) % shape.dimension]
        for c in 0..<count { right[place * count + c] = randomEffects[c, place] / scale }
      }
    }
    for j in 0..<basis.rank {
      for c in 0..<count {
        var sum = 0.0
        for i in 0..<basis.rank { sum += basis.transform[i, j] * fixedEffects[c, i] }
        right[(layout.randomCount + j) * count + c] = sum
      }
    }
    let factors = problem.covariance.factors(internalTheta)
    layout.scaleTransposed(&right, count: count, by: factors)
    var leastSquares = PenalizedLeastSquares(problem.crossProducts, layout: problem.layout)
    let breakdown = leastSquares.factorize(factors)
    precondition(breakdown == nil, "the factor of a fitted model exists")
    leastSquares.cholesky.solveForward(&right, count: count, borderRowsSkipped: 1)
    var result = Matrix(rowCount: count, columnCount: count)
    for place in stride(from: 0, to: right.count - count, by: count) {
      for j in 0..<count {
        for i in j..<count { result[i, j] += right[place + i] * right[place + j] }
      }
    }
    for j in 0..<count {
      for i in j..<count {
        result[i, j] *= sigma * sigma
        result[j, i] = result[i, j]
      }
    }
    return result
  }
}
