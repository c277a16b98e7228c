// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices

/// All that a linear mixed model needs of its rows: the cross-products of `[Z1 ... Zt | X y]`.
///
/// This is the stage between data and mathematics. X enters as a well-conditioned basis of its
/// estimable columns and y as its residual on X, because cross-products square the condition number
/// and the residual sum of squares is a small difference of large numbers.
public struct CrossProducts: Sendable {
  /// The blocked matrix A.
  package internal(set) var matrix: BlockedMatrix
  /// How the columns of A that stand for X relate to the columns of the model.
  package internal(set) var basis: FixedEffectsBasis
  /// The number of observations: of rows, or with frequency weights their sum.
  public let observationCount: Int
  /// The sum of the logarithms of the prior weights.
  public let logWeightSum: Double
  /// In what units the covariates of each term's random effects are held.
  package let effectUnits: [EffectUnits]

  /// The number of estimable fixed-effects coefficients.
  public var rank: Int { basis.rank }

  package var layout: BlockLayout { matrix.layout }

  init(
    matrix: BlockedMatrix, basis: FixedEffectsBasis, observationCount: Int, logWeightSum: Double,
    effectUnits: [EffectUnits]
  ) {
    self.matrix = matrix
    self.basis = basis
    self.observationCount = observationCount
    self.logWeightSum = logWeightSum
    self.effectUnits = effectUnits
  }
}

extension CrossProducts {
  /// The cross-products of the same model without any random effects but those of one term.
  func restricted(toTerm term: Int) -> CrossProducts {
    let shape = layout.terms[term]
    let k = shape.dimension
    let border = layout.borderCount
    let single = BlockLayout(
      terms: [(shape.levelCount, k)], borderCount: border, patterns: [])
    let diagonal = layout.diagonalStart[term]
    let borderStart = layout.borderStart + shape.start * border
    let values =
      matrix.values[diagonal..<diagonal + shape.count * k]
      + matrix.values[borderStart..<borderStart + shape.count * border]
      + matrix.values[layout.cornerStart..<layout.valueCount]
    return CrossProducts(
      matrix: BlockedMatrix(layout: single, values: Array(values)), basis: basis,
      observationCount: observationCount, logWeightSum: logWeightSum,
      effectUnits: [effectUnits[term]])
  }

  /// `tr(λλ' Z'Z)` over the levels of one term.
  func traceOfProduct(_ factor: Matrix, term: Int) -> Double {
    let shape = layout.terms[term]
    let k = shape.dimension
    var sum = 0.0
    for level in 0..<shape.levelCount {
      let block = layout.diagonalStart[term] + level * k * k
      for c in 0..<k {
        for j in c..<k {
          for i in c..<k { sum += matrix.values[block + i + j * k] * factor[i, c] * factor[j, c] }
        }
      }
    }
    return sum
  }
}
