// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import MixedModelErrors

/// How the covariance matrix of the fixed effects of a linear mixed model moves with the relative
/// covariance matrices Σ of its random effects.
///
/// With `V = I + ZΣZ'`, `Φ = (X'V⁻¹X)⁻¹` and `S = Z'V⁻¹XΦ`,
///
///     d(σ²Φ) = σ² S' (I ⊗ dΣ) S
///
/// so S, with as many rows as there are random effects, is all that small-sample methods need of the
/// rows.
package struct CovarianceSensitivity: Sendable {
  /// S: for each random effect one value per estimable coefficient side by side.
  let values: [Double]
  let rank: Int
  /// For each term and each pair of its effects, `σ² Σ_g s_gi' s_gj` over the levels g.
  private let blocks: [[Matrix]]

  /// - Complexity: a factorization, p solutions with its factor and products with the
  ///   cross-products, and `k² p²` operations per level.
  package init(_ model: LinearMixedModel) throws(MixedModelError) {
    let problem = model.problem
    let crossProducts = problem.crossProducts
    let layout = crossProducts.layout
    let rank = crossProducts.rank
    let factors = problem.covariance.factors(model.internalTheta)
    let leastSquares = try model.factorized()
    let total = layout.randomCount + layout.borderCount
    var values = [Double](repeating: 0, count: layout.randomCount * rank)
    for j in 0..<rank {
      // Solving L'w = [0; L_X⁻¹ T'] gives the coefficients ΦT' with the modes that go with them.
      var w = [Double](repeating: 0, count: total)
      let lower = model.solution.fixedEffectsFactor
      for i in 0..<rank {
        var sum = crossProducts.basis.transform[j, i]
        for l in 0..<i { sum -= lower[i, l] * w[layout.randomCount + l] }
        w[layout.randomCount + i] = sum / lower[i, i]
      }
      leastSquares.cholesky.solveBackward(&w, borderRowsSkipped: 1)
      let column = crossProducts.matrix.multiplied(
        by: layout.scaled(w, by: factors), count: 1)
      for place in 0..<layout.randomCount { values[place * rank + j] = column[place] }
    }
    self.values = values
    self.rank = rank
    blocks = layout.terms.map { Self.blocks($0, values, rank: rank, scale: model.dispersion) }
  }

  private static func blocks(
    _ shape: BlockShape, _ values: [Double], rank: Int, scale: Double
  ) -> [Matrix] {
    let k = shape.dimension
    return values.withUnsafeBufferPointer { values in
      (0..<k * k).map { pair in
        var sum = [Double](repeating: 0, count: rank * rank)
        sum.withUnsafeMutableBufferPointer { sum in
          guard let sum = sum.baseAddress, let s = values.baseAddress else { return }
          let (row, column) = (pair % k, pair / k)
          multiply(
            DenseFactor(s + (shape.start + row) * rank, leadingDimension: k * rank),
            DenseFactor(
              s + (shape.start + column) * rank, leadingDimension: k * rank, isTransposed: true),
            rowCount: rank, columnCount: rank, inner: shape.levelCount, into: sum,
            leadingDimension: rank, kept: 1)
        }
        return Matrix(rowCount: rank, columnCount: rank, values: sum.map { scale * $0 })
      }
    }
  }

  /// The derivative of the covariance matrix of the fixed effects along a direction, rank × rank.
  package func derivative(along direction: CovarianceChange) -> Matrix {
    let k = direction.matrix.rowCount
    var result = [Double](repeating: 0, count: rank * rank)
    for (pair, factor) in direction.matrix.values.enumerated() where factor != 0 {
      let block = blocks[direction.term][pair % k + (pair / k) * k]
      for (place, value) in block.values.enumerated() { result[place] += factor * value }
    }
    return Matrix(rowCount: rank, columnCount: rank, values: result)
  }
}

extension LinearMixedModel {
  /// The factor of the normal equations at the estimates.
  func factorized() throws(MixedModelError) -> PenalizedLeastSquares {
    var leastSquares = PenalizedLeastSquares(problem.crossProducts, layout: try problem.layout)
    let breakdown = leastSquares.factorize(problem.covariance.factors(internalTheta))
    precondition(breakdown == nil, "the factor of a fitted model exists")
    return leastSquares
  }
}
