// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import RealModule

extension GeneralizedLinearMixedModel: MixedModel {
  public var design: ModelDesign { problem.design }

  public var family: any Family { problem.family }

  public var link: any Link { problem.link }

  public var criterionName: String { criterion.name }

  public var quadraturePointCount: Int? { criterion.quadraturePointCount }

  /// The same as ``sigma``.
  public var residualStandardDeviation: Double? { sigma }

  /// The same as `residuals(.pearson)`.
  public var pearsonResiduals: [Double]? { residuals(.pearson) }

  /// One: theta is absolute.
  public var covarianceScale: Double { 1 }

  /// The rows used, or with frequency weights their sum; a binomial observation counts once,
  /// whatever its trials (`nobs`).
  public var observationCount: Int { problem.rows.observationCount }

  /// The estimated parameters: fixed effects, covariance parameters, those on their bound too, and
  /// an estimated dispersion or size (`dof` in MixedModels.jl, `attr(logLik(model), "df")` in R).
  public var parameterCount: Int {
    rank + problem.covarianceParameterCount + (family.dispersion == .one ? 0 : 1)
  }

  /// The log-likelihood by the criterion's approximation, with the criteria that rest on it; `nil`
  /// for quasi families and pseudo-likelihood fits, which have no likelihood.
  public var informationCriteria: InformationCriteria? {
    guard family.dispersion != .pearson, !criterion.isPseudoLikelihood else { return nil }
    return InformationCriteria(
      objective: objective, parameterCount: parameterCount, observationCount: observationCount)
  }

  /// What `print(model)` shows.
  public func summary(degreesOfFreedom: [Double]? = nil) -> ModelSummary {
    ModelSummary(self, degreesOfFreedom: degreesOfFreedom)
  }
}

extension GeneralizedLinearMixedModel {
  /// The log-likelihood at the estimates by the criterion's approximation; `nil` for quasi families
  /// (`logLik`, `loglikelihood`).
  public var logLikelihood: Double? { informationCriteria?.logLikelihood }

  /// Akaike's information criterion; `nil` for quasi families (`AIC`, `aic`).
  public var aic: Double? { informationCriteria?.aic }

  /// Akaike's criterion corrected for small samples; `nil` for quasi families, and unless there are
  /// more rows than `dof + 1` (`aicc`).
  public var aicc: Double? { informationCriteria?.aicc }

  /// Schwarz's information criterion, with n the rows; `nil` for quasi families (`BIC`, `bic`).
  public var bic: Double? { informationCriteria?.bic }

  /// The objective less minus twice the log-likelihood of the saturated model, whose means are the
  /// responses, at the same dispersion or size (`deviance` in MixedModels.jl).
  ///
  /// For responses of 0 and 1 it is the ``objective``, and so it is by pseudo-likelihood.
  public var deviance: Double {
    criterion.isPseudoLikelihood
      ? objective : objective + 2 * problem.response.saturatedLogLikelihood(t: logParameter)
  }

  /// The square root of the dispersion; `nil` for families whose dispersion is one (`sigma`, `sdest`
  /// in MixedModels.jl).
  public var sigma: Double? {
    switch family.dispersion {
    case .one, .size: nil
    case .likelihood, .pearson: dispersion.squareRoot()
    }
  }

  /// The logarithm of an estimated dispersion or size; zero if there is none.
  var logParameter: Double {
    switch family.dispersion {
    case .one, .pearson: 0
    case .likelihood: Double.log(dispersion)
    case .size: Double.log(sizeParameter ?? 1)
    }
  }
}
