// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import ModelFormulas
import RealModule

/// How large a model is (`size` in MixedModels.jl).
public struct ModelSize: Sendable, Hashable {
  /// The rows, n.
  public let observationCount: Int
  /// The rank of the fixed-effects model matrix, p.
  public let rank: Int
  /// The random effects, q.
  public let randomEffectCount: Int
  /// The grouping factors, k.
  public let groupingFactorCount: Int
}

extension LinearMixedModel: MixedModel {
  public var formula: Formula { problem.design.formula }

  /// The rows used (`nobs`).
  public var observationCount: Int { problem.crossProducts.observationCount }

  /// The estimated parameters: fixed effects, covariance parameters, those on their bound too, and
  /// the residual variance (`dof` in MixedModels.jl, `attr(logLik(model), "df")` in R).
  public var parameterCount: Int { rank + problem.covarianceParameterCount + 1 }
}

extension LinearMixedModel {
  /// Rows, rank, random effects and grouping factors.
  public var size: ModelSize {
    ModelSize(
      observationCount: observationCount, rank: rank,
      randomEffectCount: problem.crossProducts.layout.randomCount,
      groupingFactorCount: problem.design.randomEffects.count)
  }

  /// The log-likelihood at the estimates; for a REML fit the restricted one (`logLik`,
  /// `loglikelihood`).
  public var logLikelihood: Double { -objective / 2 }

  /// The same as ``objective``: a linear mixed model has no saturated model to compare with
  /// (`deviance`).
  public var deviance: Double { objective }

  /// Akaike's information criterion, `objective + 2 dof` (`AIC`, `aic`).
  public var aic: Double { objective + 2 * Double(parameterCount) }

  /// Akaike's criterion corrected for small samples, `aic + 2 dof (dof + 1) / (n - dof - 1)`;
  /// `nil` unless there are more rows than `dof + 1` (`aicc`).
  public var aicc: Double? {
    let dof = Double(parameterCount)
    let remaining = Double(observationCount) - dof - 1
    return remaining > 0 ? aic + 2 * dof * (dof + 1) / remaining : nil
  }

  /// Schwarz's information criterion, `objective + dof log n` with n the rows (`BIC`, `bic`).
  public var bic: Double {
    objective + Double(parameterCount) * Double.log(Double(observationCount))
  }

  /// The residual variance at weight one, `sigma²` (`varest` in MixedModels.jl, `Dispersion` in
  /// MATLAB).
  public var dispersion: Double { sigma * sigma }

  /// The covariance matrix of the estimable fixed effects, `p × p` (`vcov`).
  public var fixedEffectsCovariance: Matrix { fixedEffects.covariance }

  /// Whether the optimizer met its criterion and the result passes as a minimum.
  ///
  /// Where it is `false`, ``notes`` say why.
  public var hasConverged: Bool { fitReport.termination.isSuccess && certificate.isMinimum }
}
