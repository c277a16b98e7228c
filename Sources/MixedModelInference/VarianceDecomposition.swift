// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import MixedModelFitting
import RealModule

/// The variance of the linear predictor and of the responses about it, by source.
///
/// The random part is the mean over the rows of `z'Σz`, which is the sum of the variances where all
/// random effects are intercepts. The residual part is σ² in a linear model, and on the scale of the
/// link otherwise:
/// - binomial: π²/3 (logit), 1 (probit), π²/6 (complementary log-log);
/// - log link: `log(1 + 1/λ)` (Poisson), `log(1 + 1/λ + 1/size)` (negative binomial),
///   `log(1 + φ/λ)` (quasi-Poisson), `log(1 + φ)` (gamma), with λ the mean of the model without
///   covariates, `exp(β₀ + mean offset + variance of its random part / 2)`.
///
/// R: `insight::get_variance`, `performance::r2_nakagawa`, `performance::icc`. Source: Nakagawa &
/// Schielzeth, Methods in Ecology and Evolution 4 (2013); Johnson, MEE 5 (2014), for random slopes;
/// Nakagawa, Johnson & Schielzeth, J. R. Soc. Interface 14 (2017), for the residual parts.
public struct VarianceDecomposition: Sendable, Hashable {
  /// The variance over the rows of `x'β`, without offset.
  public let fixed: Double
  public let random: Double
  public let residual: Double

  private var total: Double { fixed + random + residual }

  /// The share that the fixed effects explain.
  public var marginalRSquared: Double { fixed / total }
  /// The share that fixed and random effects explain.
  public var conditionalRSquared: Double { (fixed + random) / total }
  /// The share of the random effects in what the fixed effects leave: the intraclass correlation,
  /// adjusted for the fixed effects.
  public var adjustedIntraclassCorrelation: Double { random / (random + residual) }
  /// The share of the random effects in all of the variance.
  public var unadjustedIntraclassCorrelation: Double { random / total }
}

extension MixedModel {
  /// The variance by source, from which R² of Nakagawa and the intraclass correlation are taken.
  /// - Throws: ``MixedModelError`` if no residual variance is stated for family and link, or the model
  ///   does not hold its rows.
  /// - Complexity: a pass over the rows; with a log link of counts a fit without covariates, too.
  public func varianceDecomposition() throws(MixedModelError) -> VarianceDecomposition {
    guard let rows = heldRows else { throw .rowsNeeded(for: "R-squared") }
    var predictor = [Double](repeating: 0, count: rows.rowCount)
    for (column, estimate) in zip(fixedEffects.estimable, fixedEffects.estimates) {
      for (i, x) in rows.fixedEffects.column(column).enumerated() { predictor[i] += x * estimate }
    }
    // From the first row's, so that rounding makes no variance where all are equal.
    let first = predictor.first ?? 0
    for row in predictor.indices { predictor[row] -= first }
    let mean = rows.meanPerObservation { predictor[$0] }
    let square = rows.meanPerObservation { (predictor[$0] - mean) * (predictor[$0] - mean) }
    let count = Double(observationCount)
    return VarianceDecomposition(
      fixed: square * count / (count - 1), random: randomVariance(rows),
      residual: try linkScaleVariance(rows))
  }

  /// The mean over the observations of `z'Σz`.
  private func randomVariance(_ rows: DesignRows) -> Double {
    rows.meanPerObservation { row in
      var sum = 0.0
      for (term, group) in zip(rows.terms, varianceComponents) {
        let k = term.dimension
        for j in 0..<k {
          for i in 0..<k {
            sum += term.values[row * k + i] * group.covariance[i, j] * term.values[row * k + j]
          }
        }
      }
      return sum
    }
  }

  private func linkScaleVariance(_ rows: DesignRows) throws(MixedModelError) -> Double {
    let dispersion = residualStandardDeviation.map { $0 * $0 } ?? 1
    switch (family.name, link.name) {
    case ("gaussian", "identity"): return dispersion
    case ("bernoulli", "logit"), ("binomial", "logit"): return Double.pi * Double.pi / 3
    case ("bernoulli", "probit"), ("binomial", "probit"): return 1
    case ("bernoulli", "cloglog"), ("binomial", "cloglog"): return Double.pi * Double.pi / 6
    case ("gamma", "log"): return Double.log(onePlus: dispersion)
    case ("poisson", "log"), ("quasipoisson", "log"):
      return Double.log(onePlus: dispersion / (try meanWithoutCovariates(rows)))
    case ("negativebinomial", "log"):
      let size = sizeParameter ?? .infinity
      return Double.log(onePlus: 1 / (try meanWithoutCovariates(rows)) + 1 / size)
    default: throw .noResidualVariance(family: family.name, link: link.name)
    }
  }

  private func meanWithoutCovariates(_ rows: DesignRows) throws(MixedModelError) -> Double {
    guard let model = self as? GeneralizedLinearMixedModel else {
      throw .rowsNeeded(for: "R-squared")
    }
    let null = try model.refittedWithoutCovariates()
    let offset = rows.offset.map { offset in rows.meanPerObservation { offset[$0] } } ?? 0
    let intercept = null.fixedEffects.estimates.first ?? 0
    return Double.exp(intercept + offset + null.randomVariance(rows) / 2)
  }
}

extension DesignRows {
  /// The mean of what rows have, where a row counts as often as its frequency weight says.
  fileprivate func meanPerObservation(_ value: (Int) -> Double) -> Double {
    var sum = 0.0
    var count = 0.0
    for row in 0..<rowCount {
      let frequency = frequencies?[row] ?? 1
      sum += frequency * value(row)
      count += frequency
    }
    return sum / count
  }
}
