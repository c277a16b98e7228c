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
  /// The same in storage of its own, for another thread.
  func detached() -> CrossProducts {
    let own = BlockLayout(
      terms: layout.terms.map { ($0.levelCount, $0.dimension) }, borderCount: layout.borderCount,
      patterns: layout.patterns.map {
        BlockPattern(starts: $0.starts.detached, levels: $0.levels.detached)
      })
    return CrossProducts(
      matrix: BlockedMatrix(layout: own, values: matrix.values.detached), basis: basis.detached(),
      observationCount: observationCount, logWeightSum: logWeightSum,
      effectUnits: effectUnits.map { $0.detached() })
  }

  /// B'B, the cross-products of the fixed effects' basis, `rank × rank`.
  var fixedEffectsProducts: Matrix {
    var result = Matrix(rowCount: rank, columnCount: rank)
    for j in 0..<rank {
      for i in 0..<rank {
        result[i, j] = matrix.values[layout.cornerStart + i + j * layout.borderCount]
      }
    }
    return result
  }
}
