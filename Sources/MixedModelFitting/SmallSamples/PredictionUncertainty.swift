// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// How uncertain the variances of predictions of a linear mixed model are, because the variance
/// parameters are estimated: what small-sample degrees of freedom of predictions rest on.
package struct PredictionUncertainty: Sendable {
  package let sensitivity: JointSensitivity
  /// The covariance matrix of the estimates of the changes of ``sensitivity`` and, last, of the
  /// logarithm of the factor by which all variances grow together.
  package let parameterCovariance: Matrix

  package init(sensitivity: JointSensitivity, parameterCovariance: Matrix) {
    self.sensitivity = sensitivity
    self.parameterCovariance = parameterCovariance
  }

  /// The degrees of freedom of a chi-squared variable that varies, relative to its mean, as an
  /// estimated variance f does: `2 f² / (g'Wg)`, infinite if it does not vary.
  ///
  /// Source: Giesbrecht & Burns, "Two-stage analysis based on a mixed model", Biometrics 41 (1985),
  /// 477-486.
  /// - Parameters:
  ///   - relativeSlopes: g over f.
  ///   - parameterCovariance: W.
  package static func degreesOfFreedom(
    relativeSlopes: [Double], parameterCovariance: Matrix
  ) -> Double {
    let relative = parameterCovariance.quadraticForm(relativeSlopes)
    return relative > 0 ? 2 / relative : .infinity
  }

  /// The degrees of freedom of a variance with the given derivatives along the changes.
  package func degreesOfFreedom(ofVariance variance: Double, slopes: [Double]) -> Double {
    guard variance > 0 else { return .infinity }
    return Self.degreesOfFreedom(
      relativeSlopes: slopes.map { $0 / variance } + [1], parameterCovariance: parameterCovariance)
  }
}

extension PredictedRows {
  /// The derivatives of ``variances(of:conditioned:)`` along some changes, row after row.
  func varianceSlopes(
    _ sensitivity: JointSensitivity, conditioned: Bool
  ) -> [[Double]] {
    var result = [[Double]](
      repeating: [Double](repeating: 0, count: sensitivity.changes.count), count: rows.rowCount)
    for (place, change) in sensitivity.changes.enumerated()
    where isConditioned[change.term] == conditioned {
      let term = rows.terms[change.term]
      for (row, code) in term.levelCodes.enumerated() where code < 0 {
        let effects = term.covariates(ofRow: row, in: sensitivity.effectUnits[change.term])
        result[row][place] = sensitivity.dispersion * change.matrix.quadraticForm(effects)
      }
    }
    return result
  }
}
