// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import StatisticalFunctions

/// Where the intervals of predictions take their degrees of freedom from.
package enum IntervalDegreesOfFreedom: Sendable {
  /// The same for every row; infinite for the normal distribution.
  case constant(Double)
  /// Of each row's variance by itself, from how uncertain it is.
  case estimated(PredictionUncertainty)
}

/// The variances on which the intervals of predictions rest, row after row, with their degrees of
/// freedom.
struct IntervalVariances {
  /// The mean squared error of each row's mean.
  let ofMeans: [Double]
  /// That with the random effects that a new observation has besides.
  let ofLinearPredictors: [Double]
  /// The variance of the random effects that the mean is averaged over.
  let averaged: [Double]
  /// Of the variance of the mean or, for an interval of observations, of the whole.
  let degreesOfFreedom: [Double]

  /// - Parameters:
  ///   - joint: the mean squared errors of the known part of each row.
  ///   - adjustment: what is added to the covariance matrix of the fixed effects.
  ///   - averagesNewLevels: whether the effects of new levels are averaged over and do not count as an
  ///     error of the mean.
  ///   - residuals: the residual variance of each row in an interval of observations, otherwise `nil`.
  init(
    _ rows: PredictedRows, _ joint: [Double], of model: some MixedModel,
    degreesOfFreedom: IntervalDegreesOfFreedom, adjustment: Matrix?, averagesNewLevels: Bool,
    residuals: [Double]?
  ) {
    let ofNewLevels = rows.variances(of: model, conditioned: true)
    let ofOthers = rows.variances(of: model, conditioned: false)
    averaged =
      averagesNewLevels
      ? zip(ofNewLevels, ofOthers).map { $0 + $1 }
      : [Double](repeating: 0, count: joint.count)
    let estimable = model.fixedEffects.estimable
    let known =
      adjustment.map { adjustment in
        joint.indices.map { row in
          joint[row]
            + adjustment.quadraticForm(estimable.map { rows.rows.fixedEffects[row, $0] })
        }
      } ?? joint
    switch degreesOfFreedom {
    case .constant(let value):
      self.degreesOfFreedom = [Double](repeating: value, count: joint.count)
    case .estimated(let uncertainty):
      let sensitivity = uncertainty.sensitivity
      let slopes = sensitivity.slopes(of: rows.rows)
      let ofNew = rows.varianceSlopes(sensitivity, conditioned: true)
      let others = rows.varianceSlopes(sensitivity, conditioned: false)
      self.degreesOfFreedom = joint.indices.map { row in
        var variance = joint[row]
        var slope = slopes[row]
        func add(_ part: Double, _ slopes: [Double]) {
          variance += part
          for place in slope.indices { slope[place] += slopes[place] }
        }
        if residuals != nil || !averagesNewLevels { add(ofNewLevels[row], ofNew[row]) }
        if let residuals {
          add(ofOthers[row], others[row])
          variance += residuals[row]
        }
        return uncertainty.degreesOfFreedom(ofVariance: variance, slopes: slope)
      }
    }
    ofMeans =
      averagesNewLevels ? known : zip(known, ofNewLevels).map { $0 + $1 }
    ofLinearPredictors = known.indices.map { known[$0] + ofNewLevels[$0] + ofOthers[$0] }
  }
}

/// How many standard errors the limits of an interval are from its centre: a quantile of Student's t
/// or, for all intervals together, Scheffé's `√(r F)`.
///
/// Source: H. Scheffé, "A method for judging all contrasts in the analysis of variance", Biometrika 40
/// (1953), 87-104.
struct IntervalQuantiles {
  private let level: Double
  private let dimension: Int?
  /// By degrees of freedom: many rows share them.
  private var known: [Double: Double] = [:]

  /// - Parameter dimension: r, of the space of the combinations; `nil` for each interval by itself.
  init(level: Double, dimension: Int?) {
    self.level = level
    self.dimension = dimension
  }

  subscript(degreesOfFreedom: Double) -> Double {
    mutating get {
      if let value = known[degreesOfFreedom] { return value }
      let value: Double
      if let dimension {
        // Without any effects means have no error.
        value = FisherF(
          numeratorDegreesOfFreedom: Double(max(1, dimension)),
          denominatorDegreesOfFreedom: degreesOfFreedom
        ).scheffeCriticalValue(level)
      } else {
        // The lower tail keeps its digits where the level is close to one.
        value = -StudentT(degreesOfFreedom: degreesOfFreedom).quantile((1 - level) / 2)
      }
      known[degreesOfFreedom] = value
      return value
    }
  }
}

extension PredictedRows {
  /// The number of the effects whose combinations `x'(β̂ - β) + z'(b̂ - b)` are: the estimable fixed
  /// effects and the random effects that the predictions condition on, those of one new level
  /// included where rows have any. The error of an observation is one more, unless the intercept
  /// stands for it.
  func dimension(of model: some MixedModel, isForObservation: Bool) -> Int {
    var count = model.fixedEffects.count
    for (place, term) in model.design.randomEffects.enumerated() where isConditioned[place] {
      let meetsNewLevel = rows.terms[place].levelCodes.contains { $0 < 0 }
      count += term.effectCount + (meetsNewLevel ? term.dimension : 0)
    }
    let hasIntercept = model.formula.fixedTerms.contains { $0.isIntercept }
    return count + (isForObservation && !hasIntercept ? 1 : 0)
  }
}
