// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import RealModule

/// The rows of `[B y]`: the basis of the fixed effects and the response's residual on it, each row
/// multiplied by the square root of its weight.
struct FixedEffectsRows {
  let basis: FixedEffectsBasis
  /// What took the response's projection off.
  let projection: FixedEffectsProjection
  /// `(rank + 1) × n`, column-major: one row of the model after the other, the response last.
  let values: [Double]
  /// The square roots of the weights, prior times frequency, if there are any.
  let rootWeights: [Double]?
  let logWeightSum: Double

  /// - Parameter known: a basis of the same columns, if the rows shall be in that.
  /// - Throws: ``MixedModelError`` if there are too few rows, or if the fixed effects reproduce the
  ///   response exactly.
  init(_ rows: DesignRows, in known: FixedEffectsBasis? = nil) throws(MixedModelError) {
    let response = rows.offset.map { zip(rows.response, $0).map { $0 - $1 } } ?? rows.response
    // Outside these bounds sums of squares could lose their range.
    let responseScale = safeScale(response.reduce(0) { max($0, abs($1)) }, safe: 1e-50...1e50)
    let weights = rows.totalWeights
    let companion = responseScale == 1 ? response : response.map { $0 / responseScale }
    var columns: EstimableColumns
    if let known, let centring = known.centring {
      columns = EstimableColumns(
        of: rows.fixedEffects, weights: weights, companion: companion, like: known, centring)
    } else {
      columns = EstimableColumns(of: rows.fixedEffects, weights: weights, companion: companion)
    }
    let rank = columns.rank
    guard rows.observationCount > rank else {
      throw .tooFewRows(
        rows.observationCount, columnCount: rows.fixedEffects.columnCount, rank: rank)
    }

    projection = FixedEffectsProjection(gram: columns.gram)
    let gamma = try projection.subtract(from: &columns.values, gram: columns.gram)
    basis = FixedEffectsBasis(
      columnCount: rows.fixedEffects.columnCount, estimable: columns.estimable,
      nearlyDetermined: columns.nearlyDetermined, transform: columns.transform,
      logDeterminant: columns.logDeterminant, gamma: gamma,
      responseScale: responseScale)
    values = columns.values
    rootWeights = weights.map { $0.map { $0.squareRoot() } }
    logWeightSum = rows.logWeightSum
  }
}

extension DesignRows {
  /// The sum of the logarithms of the prior weights over all observations.
  var logWeightSum: Double {
    guard let weights else { return 0 }
    guard let frequencies else { return weights.reduce(0) { $0 + Double.log($1) } }
    return zip(weights, frequencies).reduce(0) { $0 + $1.1 * Double.log($1.0) }
  }
}
