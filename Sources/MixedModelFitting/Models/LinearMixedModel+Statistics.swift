// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// How large a model is (`size` in MixedModels.jl).
public struct ModelSize: Sendable, Hashable {
  /// The observations, n: rows, or with frequency weights their sum.
  public let observationCount: Int
  /// The rank of the fixed-effects model matrix, p.
  public let rank: Int
  /// The random effects, q.
  public let randomEffectCount: Int
  /// The grouping factors, k.
  public let groupingFactorCount: Int
}

extension LinearMixedModel: MixedModel {
  public var design: ModelDesign { problem.design }

  /// The normal distribution.
  public var family: any Family { .gaussian }

  /// The identity.
  public var link: any Link { .identity }

  public var criterionName: String { criterion.rawValue }

  public var quadraturePointCount: Int? { nil }

  /// The same as ``sigma``.
  public var residualStandardDeviation: Double? { sigma }

  public var sizeParameter: Double? { nil }

  /// The same as `residuals(.pearson)`.
  public var pearsonResiduals: [Double]? { residuals(.pearson) }

  public var covarianceScale: Double { sigma }

  /// The rows used, or with frequency weights their sum (`nobs`).
  public var observationCount: Int { problem.crossProducts.observationCount }

  /// The estimated parameters: fixed effects, covariance parameters, those on their bound too, and
  /// the residual variance (`dof` in MixedModels.jl, `attr(logLik(model), "df")` in R).
  public var parameterCount: Int { rank + problem.covarianceParameterCount + 1 }

  /// The log-likelihood at the estimates, for a REML fit the restricted one, with the criteria that
  /// rest on it.
  public var informationCriteria: InformationCriteria? { criteria }

  /// What `print(model)` shows.
  public func summary(degreesOfFreedom: [Double]? = nil) -> ModelSummary {
    ModelSummary(self, degreesOfFreedom: degreesOfFreedom)
  }
}

extension LinearMixedModel {
  private var criteria: InformationCriteria {
    InformationCriteria(
      objective: objective, parameterCount: parameterCount, observationCount: observationCount)
  }

  /// The log-likelihood at the estimates; for a REML fit the restricted one (`logLik`,
  /// `loglikelihood`).
  public var logLikelihood: Double { criteria.logLikelihood }

  /// The same as ``objective``: a linear mixed model has no saturated model to compare with
  /// (`deviance`).
  public var deviance: Double { objective }

  /// Akaike's information criterion, `objective + 2 dof` (`AIC`, `aic`).
  public var aic: Double { criteria.aic }

  /// Akaike's criterion corrected for small samples, `aic + 2 dof (dof + 1) / (n - dof - 1)`;
  /// `nil` unless there are more rows than `dof + 1` (`aicc`).
  public var aicc: Double? { criteria.aicc }

  /// Schwarz's information criterion, `objective + dof log n` with n the rows (`BIC`, `bic`).
  public var bic: Double { criteria.bic }

  /// The residual variance at weight one, `sigma²` (`varest` in MixedModels.jl, `Dispersion` in
  /// MATLAB).
  public var dispersion: Double { sigma * sigma }
}
