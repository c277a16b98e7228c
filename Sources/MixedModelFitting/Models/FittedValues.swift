// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// Which mean of a row is meant: with or without its random effects.
public enum FittedMean: Sendable, Hashable {
  /// `Xβ + Zb + offset`, the random effects at their conditional modes.
  case conditional
  /// `Xβ + offset`, all random effects zero.
  case population
}

/// How a residual `y - fitted` is scaled.
public enum ResidualKind: Sendable, Hashable {
  /// `y - fitted`, in units of the response.
  case response
  /// Divided by `σ / √w`, the standard deviation of the row given its random effects.
  ///
  /// nlme's and MATLAB's Pearson residuals; lme4's with `scaled = TRUE`.
  case pearson
  /// Divided by the residual's own standard deviation, which also depends on the row's leverage
  /// (internally studentized; `Standardized` in MATLAB).
  case standardized
}

extension LinearMixedModel {
  /// The fitted mean of each row used, in units of the response, offset included.
  ///
  /// R: `fitted`, `predict(re.form = NA)`. MixedModels.jl: `fitted`. MATLAB: `fitted`.
  /// - Complexity: O(n (p + Σ k)).
  public func fittedValues(_ mean: FittedMean = .conditional) -> [Double] {
    problem.rows.linearPredictor(
      fixedEffects, randomEffects: mean == .conditional ? randomEffects : nil)
  }

  /// The residual of each row used.
  ///
  /// R: `residuals`. MixedModels.jl: `residuals`. MATLAB: `residuals`.
  /// Standardized residuals at the conditional means are not a number where the fit has a stochastic
  /// log-determinant, and so no leverages.
  /// - Complexity: O(n (p + Σ k)); standardized ones cost a factorization and ``leverage()``.
  public func residuals(
    _ kind: ResidualKind = .response, _ mean: FittedMean = .conditional
  ) -> [Double] {
    let rows = problem.rows
    var residuals = zip(rows.response, fittedValues(mean)).map { $0 - $1 }
    guard kind != .response else { return residuals }
    for i in residuals.indices {
      residuals[i] *= (rows.weights?[i].squareRoot() ?? 1) / sigma
    }
    guard kind == .standardized else { return residuals }
    // A conditional residual has variance σ² (1 - h) / w; see `leverage()`.
    let variances =
      mean == .conditional ? conditionalVariances : relativePopulationVariances()
    return zip(residuals, variances).map { $1.isNaN ? .nan : $0 / max(0, $1).squareRoot() }
  }

  /// The variance of each conditional residual, relative to `σ² / w`.
  private var conditionalVariances: [Double] {
    (try? leverage())?.map { 1 - $0 }
      ?? [Double](repeating: .nan, count: problem.rows.rowCount)
  }

  /// The variance of each population residual `y - Xβ`, relative to `σ² / w`: that of the row,
  /// `1 + w ‖Λ'z‖²`, less what estimating the fixed effects takes, `w x'Cx`.
  private func relativePopulationVariances() -> [Double] {
    let rows = problem.rows
    let weighted = WeightedModelRows(self)
    let rank = fixedEffects.count
    let inverse = solution.inverseFixedEffectsInformation
    return (0..<rows.rowCount).map { i in
      var variance = 1.0
      for (term, effects) in zip(rows.terms, weighted.effects) {
        let k = term.dimension
        for j in 0..<k { variance += effects[i * k + j] * effects[i * k + j] }
      }
      for j in 0..<rank {
        var sum = 0.0
        for l in 0..<rank { sum += inverse[l, j] * weighted.fixed[i * rank + l] }
        variance -= sum * weighted.fixed[i * rank + j]
      }
      return variance
    }
  }
}

extension DesignRows {
  /// `Xβ + Zb + offset`, without `Zb` if no random effects are given; b is zero for a row without a
  /// level.
  func linearPredictor(
    _ coefficients: FixedEffects, randomEffects: RandomEffects?
  ) -> [Double] {
    var result = offset ?? [Double](repeating: 0, count: rowCount)
    for (column, estimate) in zip(coefficients.estimable, coefficients.estimates) {
      for (i, x) in fixedEffects.column(column).enumerated() { result[i] += x * estimate }
    }
    guard let randomEffects else { return result }
    for (term, group) in zip(terms, randomEffects) {
      let k = term.dimension
      let modes = group.conditionalModes.values
      for (i, code) in term.levelCodes.enumerated() where code >= 0 {
        for j in 0..<k { result[i] += term.values[i * k + j] * modes[Int(code) * k + j] }
      }
    }
    return result
  }
}
