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
  /// Pseudo-likelihood (Wolfinger & O'Connell 1993; `MPL` in MATLAB, `glmmPQL` in R): linear mixed
  /// models of the linearized response, fitted by maximum likelihood until they no longer change.
  ///
  /// The dispersion is estimated with them, or one for families without. The objective is the
  /// linear model's, of pseudo-data that differ from model to model: it compares no two models, and
  /// there are no likelihood and no information criteria. For binary responses and small counts the
  /// estimates are biased towards zero, where the Laplace approximation does better.
  case pseudoLikelihood
  /// The same with the linear models fitted by REML (`REMPL` in MATLAB).
  case restrictedPseudoLikelihood

  /// The name in results.
  public var name: String {
    switch self {
    case .laplace: "Laplace"
    case .quadrature(let points): points == 1 ? "Laplace" : "AGQ"
    case .profiledLaplace, .profiledQuadrature: "fast"
    case .pseudoLikelihood: "MPL"
    case .restrictedPseudoLikelihood: "REMPL"
    }
  }

  /// The number of quadrature points per random effect; one without quadrature.
  public var quadraturePoints: Int {
    switch self {
    case .laplace, .profiledLaplace, .pseudoLikelihood, .restrictedPseudoLikelihood: 1
    case .quadrature(let points), .profiledQuadrature(let points): points
    }
  }

  /// Whether the fixed effects are found with the modes rather than with the other parameters.
  public var profilesFixedEffects: Bool {
    switch self {
    case .laplace, .quadrature: false
    case .profiledLaplace, .profiledQuadrature, .pseudoLikelihood, .restrictedPseudoLikelihood: true
    }
  }

  /// Whether the model is fitted by pseudo-likelihood, restricted or not.
  public var isPseudoLikelihood: Bool { linearCriterion != nil }

  /// The number of quadrature points as results show it, by the convention of lme4: zero where the
  /// fixed effects are profiled out, and `nil` by pseudo-likelihood.
  var quadraturePointCount: Int? {
    isPseudoLikelihood ? nil : self == .profiledLaplace ? 0 : quadraturePoints
  }

  /// The criterion of the linear models that a pseudo-likelihood fit consists of.
  var linearCriterion: Criterion? {
    switch self {
    case .pseudoLikelihood: .maximumLikelihood
    case .restrictedPseudoLikelihood: .restrictedMaximumLikelihood
    case .laplace, .quadrature, .profiledLaplace, .profiledQuadrature: nil
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
