// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import RealModule

/// A log-likelihood and the information criteria that rest on it.
///
/// R: `logLik`, `AIC`, `BIC`. MixedModels.jl: `loglikelihood`, `aic`, `aicc`, `bic`.
public struct InformationCriteria: Sendable, Hashable {
  /// Minus twice the log-likelihood.
  public let objective: Double
  /// The estimated parameters.
  public let parameterCount: Int
  /// The rows used.
  public let observationCount: Int

  public init(objective: Double, parameterCount: Int, observationCount: Int) {
    self.objective = objective
    self.parameterCount = parameterCount
    self.observationCount = observationCount
  }

  public var logLikelihood: Double { -objective / 2 }

  /// Akaike's information criterion, `objective + 2 dof`.
  public var aic: Double { objective + 2 * Double(parameterCount) }

  /// Akaike's criterion corrected for small samples, `aic + 2 dof (dof + 1) / (n - dof - 1)`;
  /// `nil` unless there are more rows than `dof + 1`.
  public var aicc: Double? {
    let dof = Double(parameterCount)
    let remaining = Double(observationCount) - dof - 1
    return remaining > 0 ? aic + 2 * dof * (dof + 1) / remaining : nil
  }

  /// Schwarz's information criterion, `objective + dof log n` with n the rows.
  public var bic: Double {
    objective + Double(parameterCount) * Double.log(Double(observationCount))
  }
}
