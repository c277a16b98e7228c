// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices

/// The derivatives of a criterion at one set of term factors, and the workspace for the next.
package struct TermFactorDerivatives: Sendable {
  /// The derivatives with respect to all k² entries of every factor, one factor after the other.
  package fileprivate(set) var adjoint: [Double] = []
  /// The average information and the sensitivities of the residual sum, if they were asked for.
  fileprivate(set) var information = AverageInformation()
  /// Λw and `z = Z'(y - Xβ̂ - ZΛû)`, w and z going on over the border.
  fileprivate var scaled: [Double] = []
  fileprivate var z: [Double] = []
  /// What takes the place of all these where there is a single term.
  fileprivate var sums = LevelSums()

  package init() {}
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
  ///   - directions: the derivatives of the factors; without them there is no average information.
  ///   - includesFixedEffects: whether the determinant of the fixed effects belongs to the
  ///     criterion, as it does for REML.
  ///   - residualWeight: the derivative of the criterion with respect to the penalized residual sum
  ///     of squares, ρ².
  ///   - deadline: when to give up.
  ///   - derivatives: overwritten.
  /// - Returns: whether the derivatives were found before the deadline.
  /// - Complexity: an inverse from the factor, and one forward solve per parameter.
  @discardableResult
  package mutating func differentiate(
    at solution: LeastSquaresSolution, along directions: FactorDirections? = nil,
    includesFixedEffects: Bool, residualWeight: Double,
    deadline: ContinuousClock.Instant? = nil, into derivatives: inout TermFactorDerivatives
  ) -> Bool {
    let layout = crossProducts.layout
    if layout.hasSingleSmallTerm {
      derivatives.sums.update(
        crossProducts.matrix, cholesky, factors: solution.factors, lastRow: solution.lastRow,
        includesBorder: includesFixedEffects, includesInformation: directions != nil)
      if let directions {
        derivatives.information.update(
          derivatives.sums, factor: solution.factors, directions: directions,
          fixedEffectsFactor: solution.fixedEffectsFactor)
      }
      derivatives.combineSums(weight: residualWeight)
      return true
    }
    derivatives.scaled.replaceContents(with: solution.lastRow)
    layout.scale(&derivatives.scaled, by: solution.factors)
    derivatives.z.fillWithZeros(count: derivatives.scaled.count)
    crossProducts.matrix.addProduct(derivatives.scaled, count: 1, to: &derivatives.z)
    if let directions {
      // All of the border but the response takes part.
      guard
        derivatives.information.update(
          derivatives.z, matrix: crossProducts.matrix, cholesky: cholesky,
          factors: solution.factors, directions: directions, borderRowsSkipped: 1,
          deadline: deadline)
      else { return false }
    }
    let matrix = crossProducts.matrix
    derivatives.adjoint = cholesky.withSelectedInverse(
      borderRows: includesFixedEffects ? crossProducts.rank : 0
    ) { $0.scaledTraceBlocks(matrix, factors: solution.factors) }
    derivatives.addResidualPart(solution.lastRow, layout, weight: residualWeight)
    return true
  }
}

extension TermFactorDerivatives {
  /// The same from the sums over the levels of the only term.
  fileprivate mutating func combineSums(weight: Double) {
    adjoint.replaceContents(with: sums.traces)
    for place in adjoint.indices {
      adjoint[place] = 2 * (adjoint[place] + weight * sums.residualProducts[place])
    }
  }

  /// Doubles the traces and adds the derivative of ρ², `2 Σ z_g w_g'` over the levels of each term.
  fileprivate mutating func addResidualPart(_ w: [Double], _ layout: BlockLayout, weight: Double) {
    for place in adjoint.indices { adjoint[place] *= 2 }
    layout.addLevelProducts(z, w, scale: 2 * weight, to: &adjoint)
  }
}

extension BlockLayout {
  /// Adds `scale * Σ z_g w_g'`, over the levels g of each term, to k × k entries per term.
  func addLevelProducts(_ z: [Double], _ w: [Double], scale: Double, to sums: inout [Double]) {
    for (index, term) in terms.enumerated() {
      let k = term.dimension
      for j in 0..<k {
        for i in 0..<k {
          var sum = 0.0
          for first in stride(from: term.start, to: term.start + term.count, by: k) {
            sum += z[first + i] * w[first + j]
          }
          sums[factorStart[index] + i + j * k] += scale * sum
        }
      }
    }
  }
}
