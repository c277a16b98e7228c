// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelFitting

/// How uncertain a covariance matrix is, because the variance parameters from which it is computed are
/// estimated: all that small-sample degrees of freedom rest on.
struct CovarianceUncertainty: Sendable {
  /// The covariance matrix of the fixed effects, rank × rank, or of some combinations.
  let covariance: Matrix
  /// Its derivative in each variance parameter.
  let derivatives: [Matrix]
  /// The covariance matrix of the estimated variance parameters.
  let parameterCovariance: Matrix

  /// The degrees of freedom of a chi-squared variable that varies, relative to its mean, as the
  /// estimated variance of a combination does: `2 f² / (g'Wg)` for `f = l'Vl` and its derivatives g.
  ///
  /// Source: Giesbrecht & Burns, "Two-stage analysis based on a mixed model", Biometrics 41 (1985),
  /// 477-486.
  func degreesOfFreedom(of combination: [Double]) -> Double {
    let variance = covariance.quadraticForm(combination)
    return PredictionUncertainty.degreesOfFreedom(
      relativeSlopes: derivatives.map { $0.quadraticForm(combination) / variance },
      parameterCovariance: parameterCovariance)
  }

  /// The same of some combinations, one per row.
  func of(_ combinations: Matrix) -> CovarianceUncertainty {
    CovarianceUncertainty(
      covariance: combinations.congruence(covariance),
      derivatives: derivatives.map { combinations.congruence($0) },
      parameterCovariance: parameterCovariance)
  }

  /// The same of the quantities with the given numbers.
  func of(_ rows: [Int]) -> CovarianceUncertainty {
    var selection = Matrix(rowCount: rows.count, columnCount: covariance.rowCount)
    for (place, row) in rows.enumerated() { selection[place, row] = 1 }
    return of(selection)
  }
}
