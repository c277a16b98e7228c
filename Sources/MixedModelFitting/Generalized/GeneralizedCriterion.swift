// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The criterion by which a generalized linear mixed model is fitted.
public enum GeneralizedCriterion: Sendable, Hashable {
  /// The Laplace approximation, over all parameters jointly (`nAGQ = 1`).
  case laplace
  /// The Laplace approximation with the fixed effects profiled out by penalized least squares:
  /// faster and somewhat less accurate (`nAGQ = 0` in lme4, `fast` in MixedModels.jl).
  case profiledLaplace

  /// The name in results.
  public var name: String {
    switch self {
    case .laplace: "Laplace"
    case .profiledLaplace: "fast"
    }
  }
}

/// Which information enters the determinant of the Laplace approximation where the link is not
/// canonical; with a canonical link they are the same.
public enum LaplaceInformation: String, Sendable, Hashable {
  /// The observed Hessian: the Laplace approximation proper, as in glmmTMB.
  case observed
  /// The expected one, as in lme4 and MixedModels.jl.
  case expected
}
