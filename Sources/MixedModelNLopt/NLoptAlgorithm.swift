// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

#if NLopt
  import CNLopt
#endif

/// The local algorithms of NLopt, by its own names in lower case without the `LN_` or `LD_`.
///
/// Global algorithms are left out: they need finite bounds on both sides, and a criterion of a
/// mixed model does not call for them.
///
/// Source: the algorithm list of NLopt 2.7, <https://nlopt.readthedocs.io>, which cites the
/// paper behind each.
public enum NLoptAlgorithm: String, Sendable, CaseIterable {
  // MARK: From values alone

  /// Powell's quadratic interpolation within bounds: MixedModels.jl's usual choice.
  case bobyqa
  /// Powell's quadratic interpolation without bounds: MixedModels.jl 5's default. A single
  /// parameter is left to BOBYQA, without bounds.
  case newuoa
  /// The simplex of Nelder and Mead.
  case neldermead
  /// Powell's linear interpolation.
  case cobyla
  /// Rowan's simplices in subspaces.
  case sbplx
  /// Brent's principal axes, without bounds. A single parameter is left to BOBYQA.
  case praxis

  // MARK: With the gradient

  /// Limited-memory BFGS.
  case lbfgs
  /// Sequential quadratic programming.
  case slsqp
  /// The method of moving asymptotes.
  case mma
  /// Conservative convex separable quadratic approximations.
  case ccsaq
  /// The shifted limited-memory variable-metric method, rank one.
  case var1
  /// The shifted limited-memory variable-metric method, rank two.
  case var2
  /// The truncated Newton method.
  case truncatedNewton = "tnewton"
  /// The truncated Newton method, restarted along the steepest descent.
  case truncatedNewtonRestart = "tnewton_restart"
  /// The truncated Newton method, preconditioned.
  case truncatedNewtonPreconditioned = "tnewton_precond"
  /// The truncated Newton method, preconditioned and restarted.
  case truncatedNewtonPreconditionedRestart = "tnewton_precond_restart"
}

extension NLoptAlgorithm {
  /// Whether lower bounds are kept; the other algorithms are unconstrained and ignore them.
  public var keepsBounds: Bool {
    switch self {
    case .newuoa, .praxis: false
    default: true
    }
  }

  #if NLopt
    /// The library's constant. Its NEWUOA refuses a single parameter, and its PRAXIS never
    /// stops with one: there BOBYQA, which interpolates by a parabola as they do, replaces them.
    func code(parameterCount: Int) -> nlopt_algorithm {
      switch self {
      case .bobyqa: NLOPT_LN_BOBYQA
      case .newuoa where parameterCount == 1, .praxis where parameterCount == 1: NLOPT_LN_BOBYQA
      case .newuoa: NLOPT_LN_NEWUOA
      case .neldermead: NLOPT_LN_NELDERMEAD
      case .cobyla: NLOPT_LN_COBYLA
      case .sbplx: NLOPT_LN_SBPLX
      case .praxis: NLOPT_LN_PRAXIS
      case .lbfgs: NLOPT_LD_LBFGS
      case .slsqp: NLOPT_LD_SLSQP
      case .mma: NLOPT_LD_MMA
      case .ccsaq: NLOPT_LD_CCSAQ
      case .var1: NLOPT_LD_VAR1
      case .var2: NLOPT_LD_VAR2
      case .truncatedNewton: NLOPT_LD_TNEWTON
      case .truncatedNewtonRestart: NLOPT_LD_TNEWTON_RESTART
      case .truncatedNewtonPreconditioned: NLOPT_LD_TNEWTON_PRECOND
      case .truncatedNewtonPreconditionedRestart: NLOPT_LD_TNEWTON_PRECOND_RESTART
      }
    }
  #endif
}
