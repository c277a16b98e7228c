// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ModelFormulas

/// What inference needs of any fitted mixed model, linear or generalized.
///
/// Wald tests, likelihood-ratio tests and comparisons are written for this protocol; methods that
/// need more ask for more.
public protocol MixedModel: Sendable {
  var formula: Formula { get }
  /// The estimable fixed effects with their covariance matrix.
  var fixedEffects: FixedEffects { get }
  /// The covariance parameters.
  var theta: [Double] { get }
  /// Minus twice the log-likelihood, or the criterion that takes its place.
  var objective: Double { get }
  /// The rows used.
  var observationCount: Int { get }
  /// The estimated parameters: fixed effects, covariance parameters and dispersion.
  var parameterCount: Int { get }
  /// What deserves attention in the fit, in a fixed order.
  var notes: [FitNote] { get }
}

extension MixedModel {
  /// The number of estimable fixed effects: the rank of the fixed-effects model matrix.
  public var rank: Int { fixedEffects.count }

  /// The rows less the estimable fixed effects (`DFE` in MATLAB).
  ///
  /// lme4 and MixedModels.jl count the covariance parameters and the residual variance, too:
  /// theirs is `observationCount - parameterCount`.
  public var residualDegreesOfFreedom: Int { observationCount - rank }

  /// The coefficients of all columns of the model matrix, `nil` where an earlier column determines
  /// the column (`coef` in MixedModels.jl, which shows those as -0.0).
  public var coefficients: [Double?] {
    var result = [Double?](repeating: nil, count: fixedEffects.allNames.count)
    for (column, estimate) in zip(fixedEffects.estimable, fixedEffects.estimates) {
      result[column] = estimate
    }
    return result
  }
}
