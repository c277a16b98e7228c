// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import ModelFormulas

/// What inference and reports need of any fitted mixed model, linear or generalized.
///
/// Wald tests, likelihood-ratio tests and comparisons are written for this protocol; methods that
/// need more ask for more.
public protocol MixedModel: Sendable, CustomStringConvertible {
  /// What the model learnt from formula and data.
  var design: ModelDesign { get }
  /// The distribution of the response given the random effects.
  var family: any Family { get }
  var link: any Link { get }
  /// The name in results of the criterion that the fit minimized: `ML`, `REML`, `Laplace`, ...
  var criterionName: String { get }
  /// The quadrature points per random effect, one for the Laplace approximation; `nil` where the
  /// criterion knows none.
  var quadraturePointCount: Int? { get }

  /// The estimable fixed effects with their covariance matrix.
  var fixedEffects: FixedEffects { get }
  /// The covariance parameters.
  var theta: [Double] { get }
  /// The standard deviation of the response given the random effects at variance function and
  /// weight one; `nil` where the family fixes it.
  var residualStandardDeviation: Double? { get }
  /// The size parameter of a negative binomial response.
  var sizeParameter: Double? { get }
  /// The lower-triangular factors `λ` of the terms, in model order, each `k × k`: the effects of a
  /// level have the covariance `s² λ λ'`, with s the ``covarianceScale``.
  var termFactors: [Matrix] { get }
  /// What the factors are relative to: sigma in a linear model, one in a generalized one.
  var covarianceScale: Double { get }
  /// The random effects given the data.
  var randomEffects: RandomEffects { get }

  /// Minus twice the log-likelihood, or the criterion that takes its place.
  var objective: Double { get }
  /// The Monte Carlo error of the objective; `nil`, the default, where it is exact.
  var stochasticError: StochasticError? { get }
  /// The objective less that of the saturated model, where there is one.
  var deviance: Double { get }
  /// The log-likelihood with the criteria that rest on it; `nil` where there is no likelihood.
  var informationCriteria: InformationCriteria? { get }
  /// The residual of each row used at the conditional modes, divided by the row's standard deviation
  /// given its random effects (`residuals(type = "pearson", scaled = TRUE)` in lme4); `nil` where
  /// the model holds no rows.
  var pearsonResiduals: [Double]? { get }
  /// The rows used, or with frequency weights their sum.
  var observationCount: Int { get }
  /// The estimated parameters: fixed effects, covariance parameters and dispersion or size.
  var parameterCount: Int { get }

  /// The evidence that the fit is a minimum.
  var certificate: Certificate { get }
  /// The record of the optimization.
  var fitReport: FitReport { get }
  /// What deserves attention in the fit, in a fixed order.
  var notes: [FitNote] { get }

  /// What `print(model)` shows, with the given degrees of freedom of the test of each estimable
  /// coefficient; `nil` for the normal distribution throughout.
  func summary(degreesOfFreedom: [Double]?) -> ModelSummary
}

extension MixedModel {
  public var stochasticError: StochasticError? { nil }

  public var formula: Formula { design.formula }

  /// The summary table, laid out as MixedModels.jl does.
  public var description: String { summary(degreesOfFreedom: nil).description }

  /// The number of estimable fixed effects: the rank of the fixed-effects model matrix.
  public var rank: Int { fixedEffects.count }

  /// The observations less the estimable fixed effects (`DFE` in MATLAB).
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

  /// The covariance matrix of the estimable fixed effects, `p × p` (`vcov`).
  public var fixedEffectsCovariance: Matrix { fixedEffects.covariance }

  /// Rows, rank, random effects and grouping factors (`size` in MixedModels.jl).
  public var size: ModelSize {
    ModelSize(
      observationCount: observationCount, rank: rank,
      randomEffectCount: design.randomEffects.reduce(0) { $0 + $1.effectCount },
      groupingFactorCount: design.randomEffects.count)
  }
}
