// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// How uncertain the covariance matrix of the fixed effects is, because the variance parameters from
/// which it is computed are estimated: all that small-sample degrees of freedom rest on.
struct CovarianceUncertainty: Sendable {
  /// The covariance matrix of the fixed effects, rank × rank.
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
    let rank = combination.count
    let row = Matrix(rowCount: 1, columnCount: rank, values: combination)
    let variance = row.congruence(covariance)[0, 0]
    let slopes = derivatives.map { row.congruence($0)[0, 0] / variance }
    let gradient = Matrix(rowCount: 1, columnCount: slopes.count, values: slopes)
    let relative = gradient.congruence(parameterCovariance)[0, 0]
    return relative > 0 ? 2 / relative : .infinity
  }
}
