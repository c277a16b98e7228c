// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// How a residual of a generalized model is scaled; y is the response (a proportion, if binomial),
/// w the prior weight (the trials), `mu` the fitted mean and `eta` its linear predictor.
public enum GeneralizedResidualKind: Sendable, Hashable {
  /// `y - mu`.
  case response
  /// `(y - mu) / sqrt(phi V(mu) / w)`: divided by the standard deviation of the row given its
  /// random effects (MATLAB's; lme4's with `scaled = TRUE`).
  case pearson
  /// The signed square root of the row's share `w d(y, mu)` of the deviance (lme4's default).
  case deviance
  /// `(y - mu) / (dmu/deta)`, on the scale of the linear predictor.
  case working
}

extension GeneralizedLinearMixedModel {
  /// The linear predictor of each row used, `Xβ + Zb + offset`, without `Zb` for the population.
  ///
  /// R: `predict(type = "link")`.
  /// - Complexity: O(n (p + Σ k)).
  public func linearPredictor(_ mean: FittedMean) -> [Double] {
    switch mean {
    case .conditional: linearPredictor
    case .population: problem.rows.linearPredictor(fixedEffects, randomEffects: nil)
    }
  }

  /// The fitted mean of each row used, on the scale of the response: probabilities for binomial
  /// responses. That of the population has all random effects zero; it is no average over them.
  ///
  /// R: `fitted`, `predict(type = "response")`. MixedModels.jl: `fitted`. MATLAB: `fitted`.
  /// - Complexity: O(n (p + Σ k)).
  public func fittedValues(_ mean: FittedMean = .conditional) -> [Double] {
    linearPredictor(mean).map { link.mean($0).value }
  }

  /// The residual of each row used.
  ///
  /// R: `residuals`. MixedModels.jl: `residuals`. MATLAB: `residuals`.
  /// - Complexity: O(n (p + Σ k)).
  public func residuals(
    _ kind: GeneralizedResidualKind = .response, _ mean: FittedMean = .conditional
  ) -> [Double] {
    let response = problem.response
    let parameter = sizeParameter ?? 1
    return linearPredictor(mean).enumerated().map { i, eta in
      let fitted = link.mean(eta)
      let y = response.response[i]
      let weight = response.weights?[i] ?? 1
      let difference = y - fitted.value
      switch kind {
      case .response: return difference
      case .pearson:
        let variance = family.variance(fitted.value, parameter: parameter).value
        return difference * (weight / (dispersion * variance)).squareRoot()
      case .deviance:
        let share = weight * family.unitDeviance(y, mean: fitted.value, parameter: parameter)
        return (difference < 0 ? -1 : 1) * max(0, share).squareRoot()
      case .working: return difference / fitted.first
      }
    }
  }

  /// The residual deviance over its degrees of freedom: the sum of squared deviance residuals at
  /// the conditional modes, divided by the rows less the estimated parameters.
  ///
  /// For families without a dispersion a ratio well above one speaks for more variation than the
  /// family has, as a negative binomial response or an effect per row would allow. Source: the
  /// check of mixedlm's documentation; degrees of freedom as in Bolker et al. (2009).
  /// - Complexity: O(n).
  public func overdispersionRatio() -> Double {
    let frequencies = problem.rows.frequencies
    let deviance = residuals(.deviance).enumerated().reduce(0) { sum, row in
      sum + (frequencies?[row.offset] ?? 1) * row.element * row.element
    }
    return deviance / Double(max(1, observationCount - parameterCount))
  }
}
