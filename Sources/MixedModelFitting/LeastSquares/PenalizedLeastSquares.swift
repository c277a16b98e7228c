// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import RealModule

/// Penalized least squares: cross-products and term factors in, coefficients and modes out.
///
/// This is the one engine of the package. It solves
/// `min ‖y - Xβ - ZΛu‖² + ‖u‖²` by the blocked Cholesky factor of its normal equations and keeps
/// the workspace from one set of factors to the next.
package struct PenalizedLeastSquares: Sendable {
  package internal(set) var crossProducts: CrossProducts
  package internal(set) var cholesky: BlockedCholesky

  package init(_ crossProducts: CrossProducts, layout: CholeskyLayout) {
    self.crossProducts = crossProducts
    cholesky = BlockedCholesky(layout: layout)
  }

  /// Factorizes for the given term factors.
  /// - Returns: `nil`, or where the matrix is not positive definite.
  package mutating func factorize(_ factors: [Double]) -> BlockedCholesky.Breakdown? {
    cholesky.factorize(crossProducts.matrix, factors: factors)
  }

  /// The solution for the term factors that were factorized last.
  package func solution(factors: [Double]) -> LeastSquaresSolution {
    let rank = crossProducts.rank
    let root = cholesky.borderEntry(rank, rank)
    return LeastSquaresSolution(
      factors: factors, lastRow: cholesky.lastRowSolution(),
      penalizedResidualSumOfSquares: root * root, logDeterminant: cholesky.logDeterminant,
      fixedEffectsFactor: cholesky.fixedEffectsFactor(rank: rank))
  }
}

/// What one factorization says of a model.
package struct LeastSquaresSolution: Sendable {
  /// The term factors it belongs to.
  package let factors: [Double]
  /// `(-û, -β̂, 1)`, the coefficients in coordinates of the fixed-effects basis.
  package let lastRow: [Double]
  package let penalizedResidualSumOfSquares: Double
  /// `log |Λ'Z'ZΛ + I|`.
  package let logDeterminant: Double
  /// The lower Cholesky factor of `B'V⁻¹B`, with B the fixed-effects basis, `rank × rank`.
  package let fixedEffectsFactor: Matrix

  /// The spherical random effects û.
  package var sphericalRandomEffects: [Double] {
    lastRow.dropLast(fixedEffectsFactor.rowCount + 1).map { -$0 }
  }

  /// The coefficients, in coordinates of the fixed-effects basis.
  package var coordinates: [Double] {
    lastRow.suffix(fixedEffectsFactor.rowCount + 1).dropLast().map { -$0 }
  }

  /// `log |B'V⁻¹B|`.
  package var fixedEffectsLogDeterminant: Double {
    2 * (0..<fixedEffectsFactor.rowCount).reduce(0) { $0 + Double.log(fixedEffectsFactor[$1, $1]) }
  }

  /// `(B'V⁻¹B)⁻¹`.
  package var inverseFixedEffectsInformation: Matrix { fixedEffectsFactor.inverseFromCholesky }
}

extension BlockedCholesky {
  /// The part of the factor that belongs to the fixed effects, as a matrix of its own.
  fileprivate func fixedEffectsFactor(rank: Int) -> Matrix {
    var result = Matrix(rowCount: rank, columnCount: rank)
    for j in 0..<rank {
      for i in j..<rank { result[i, j] = borderEntry(i, j) }
    }
    return result
  }
}
