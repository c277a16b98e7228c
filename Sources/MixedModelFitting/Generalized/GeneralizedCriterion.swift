// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The criterion by which a generalized linear mixed model is fitted.
public enum GeneralizedCriterion: Sendable, Hashable {
  /// The Laplace approximation, over all parameters jointly (`nAGQ = 1`).
  case laplace
  /// The Laplace approximation with the fixed effects profiled out by penalized least squares:
  /// faster and somewhat less accurate (`nAGQ = 0` in lme4, `fast` in MixedModels.jl).
  case profiledLaplace
  /// Adaptive Gauss-Hermite quadrature with this many points per random effect, over all
  /// parameters jointly (`nAGQ` in lme4 and MixedModels.jl).
  ///
  /// It is offered for one grouping factor with up to three random effects per level; with one
  /// point it is the Laplace approximation, for every model.
  case quadrature(points: Int)
  /// The same with the fixed effects profiled out as in ``profiledLaplace`` (`fast` with `nAGQ` in
  /// MixedModels.jl).
  case profiledQuadrature(points: Int)

  /// The name in results.
  public var name: String {
    switch self {
    case .laplace: "Laplace"
    case .quadrature(let points): points == 1 ? "Laplace" : "AGQ"
    case .profiledLaplace, .profiledQuadrature: "fast"
    }
  }

  /// The number of quadrature points per random effect; one for the Laplace approximation.
  public var quadraturePoints: Int {
    switch self {
    case .laplace, .profiledLaplace: 1
    case .quadrature(let points), .profiledQuadrature(let points): points
    }
  }

  /// Whether the fixed effects are found with the modes rather than with the other parameters.
  public var profilesFixedEffects: Bool {
    switch self {
    case .laplace, .quadrature: false
    case .profiledLaplace, .profiledQuadrature: true
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
