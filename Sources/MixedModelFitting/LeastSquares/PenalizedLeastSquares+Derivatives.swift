// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices

/// The derivatives of a criterion at one set of term factors.
package struct TermFactorDerivatives: Sendable {
  /// The derivatives with respect to all k² entries of every factor, one factor after the other.
  package let adjoint: [Double]
  /// For each parameter, `z' V_a z` with z = Z'(y - Xβ̂ - ZΛû): how it moves the residual sum.
  package let residualSensitivities: [Double]
  /// For each pair of parameters, `f_a' Z'PZ f_b` with `f_a` the image of z under `∂(ΛΛ')/∂a`.
  package let averageInformation: Matrix
}

extension PenalizedLeastSquares {
  /// The derivatives of `log|Λ'Z'ZΛ + I| [+ log|B'V⁻¹B|] + weight * ρ²` at the factors just
  /// factorized. The factor's storage is used up: factorize again before asking for more.
  ///
  /// With `W = L L'` the bordered matrix, the derivative with respect to W is the inverse of its
  /// leading block plus a rank-one term, and the derivative with respect to Λ follows by one pass
  /// over the entries of A. No inverse of Λ is taken, so singular factors are no exception.
  ///
  /// - Parameters:
  ///   - includesFixedEffects: whether the determinant of the fixed effects belongs to the
  ///     criterion, as it does for REML.
  ///   - directions: the derivatives of the factors; without them, the parts that belong to
  ///     parameters stay empty.
  ///   - residualWeight: the derivative of the criterion with respect to the penalized residual sum
  ///     of squares, ρ².
  /// - Complexity: an inverse from the factor, and one forward solve per parameter.
  package mutating func derivatives(
    of solution: LeastSquaresSolution, directions: [RelativeCovarianceFactor.Derivative],
    includesFixedEffects: Bool, residualWeight: Double
  ) -> TermFactorDerivatives {
    let layout = crossProducts.layout
    let w = solution.lastRow
    let scaled = layout.scaled(w, by: solution.factors)
    let z = crossProducts.matrix.multiplied(by: scaled, count: 1)
    let matrix = crossProducts.matrix
    // All of the border but the response takes part.
    let information =
      directions.isEmpty
      ? nil
      : AverageInformation(
        z, matrix: matrix, cholesky: cholesky, factors: solution.factors, directions: directions,
        borderRowsSkipped: 1)
    var adjoint = cholesky.withSelectedInverse(
      borderRows: includesFixedEffects ? crossProducts.rank : 0
    ) { $0.scaledTraceBlocks(matrix, factors: solution.factors) }
    for (index, term) in layout.terms.enumerated() {
      let k = term.dimension
      for j in 0..<k {
        for i in 0..<k {
          var sum = 0.0
          for first in stride(from: term.start, to: term.start + term.count, by: k) {
            sum += z[first + i] * w[first + j]
          }
          let place = layout.factorStart[index] + i + j * k
          adjoint[place] = 2 * (adjoint[place] + residualWeight * sum)
        }
      }
    }
    return TermFactorDerivatives(
      adjoint: adjoint, residualSensitivities: information?.sensitivities ?? [],
      averageInformation: information?.matrix ?? Matrix(rowCount: 0, columnCount: 0))
  }
}
