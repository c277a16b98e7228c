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
    var solution = LeastSquaresSolution(rank: crossProducts.rank)
    solve(factors: factors, into: &solution)
    return solution
  }

  /// Overwrites a solution with that for the term factors that were factorized last.
  package func solve(factors: [Double], into solution: inout LeastSquaresSolution) {
    solution.factors.replaceContents(with: factors)
    cholesky.solveLastRow(into: &solution.lastRow)
    solution.penalizedResidualSumOfSquares = penalizedResidualSumOfSquares
    solution.logDeterminant = cholesky.logDeterminant
    let rank = crossProducts.rank
    for j in 0..<rank {
      for i in j..<rank { solution.fixedEffectsFactor[i, j] = cholesky.borderEntry(i, j) }
    }
  }

  /// The penalized residual sum of squares, ρ², for the factors that were factorized last.
  var penalizedResidualSumOfSquares: Double {
    let root = cholesky.borderEntry(crossProducts.rank, crossProducts.rank)
    return root * root
  }

  /// `log |B'V⁻¹B|` for the factors that were factorized last.
  var fixedEffectsLogDeterminant: Double {
    2 * (0..<crossProducts.rank).reduce(0) { $0 + Double.log(cholesky.borderEntry($1, $1)) }
  }
}

/// What one factorization says of a model.
package struct LeastSquaresSolution: Sendable {
  /// The term factors it belongs to.
  package fileprivate(set) var factors: [Double] = []
  /// `(-û, -β̂, 1)`, the coefficients in coordinates of the fixed-effects basis.
  package fileprivate(set) var lastRow: [Double] = []
  package fileprivate(set) var penalizedResidualSumOfSquares = Double.infinity
  /// `log |Λ'Z'ZΛ + I|`.
  package fileprivate(set) var logDeterminant = Double.infinity
  /// The lower Cholesky factor of `B'V⁻¹B`, with B the fixed-effects basis, `rank × rank`.
  package fileprivate(set) var fixedEffectsFactor: Matrix

  /// The log-determinant by each of the probes whose mean it is; empty if it is exact.
  package let probeValues: [Double]
  /// The largest dimension of a Krylov space; zero if there was none.
  package let krylovStepCount: Int

  /// A place for solutions.
  init(rank: Int) {
    probeValues = []
    krylovStepCount = 0
    fixedEffectsFactor = Matrix(rowCount: rank, columnCount: rank)
  }

  /// A solution whose log-determinant is an estimate.
  init(
    factors: [Double], lastRow: [Double], penalizedResidualSumOfSquares: Double,
    probeValues: [Double], krylovStepCount: Int, fixedEffectsFactor: Matrix
  ) {
    self.factors = factors
    self.lastRow = lastRow
    self.penalizedResidualSumOfSquares = penalizedResidualSumOfSquares
    self.probeValues = probeValues
    self.krylovStepCount = krylovStepCount
    logDeterminant = probeValues.reduce(0, +) / Double(probeValues.count)
    self.fixedEffectsFactor = fixedEffectsFactor
  }

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
