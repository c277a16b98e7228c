// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import MixedModelErrors

extension LinearMixedModel {
  /// The predictions for the rows of a table with standard errors and an interval for each.
  ///
  /// The standard error is that of `x'β̂ + z'b̂` as a prediction of `x'β + z'b`: the root of the
  /// conditional mean squared error of prediction (CMSEP), from the joint covariance of fixed
  /// effects and conditional modes given theta, however many grouping factors are crossed. A new
  /// level under ``NewLevels/population`` adds the variance of its effects. A prediction interval
  /// adds the residual variance `σ²/w`, and the variance of the random effects of the factors that
  /// the prediction does not condition on, because a new observation has some.
  ///
  /// MATLAB: `predict` with three results, 'Prediction' 'curve' or 'observation' (which adds `σ²`
  /// only). glmmTMB's `se.fit` counts the uncertainty of theta, too.
  ///
  /// - Parameters:
  ///   - data: what ``MixedModel/predict(_:conditioningOn:scale:newLevels:otherEffects:)`` reads; for
  ///     a prediction interval the column of weights, if the model has one, and the covariates of
  ///     all random effects.
  ///   - degreesOfFreedom: of Student's t distribution, from which the quantiles are taken; infinite
  ///     for the normal distribution.
  ///   - coverage: whether each interval holds with the probability of its level, or all together.
  /// - Throws: ``MixedModelError`` as for predictions without interval, and if the level is not
  ///   between zero and one.
  /// - Complexity: that of predictions without interval; a factorization; and per distinct row one
  ///   solution in the part of the factor that the row reaches.
  public func predict(
    _ data: DataTable, conditioningOn selection: RandomEffectsSelection = .all,
    scale: PredictionScale = .response, newLevels: NewLevels = .error,
    otherEffects: OtherEffects = .zero, interval: PredictionInterval,
    degreesOfFreedom: Double = .infinity, coverage: IntervalCoverage = .pointwise
  ) throws(MixedModelError) -> Predictions {
    guard degreesOfFreedom > 0 else { throw .degreesOfFreedomNotPositive(degreesOfFreedom) }
    let request = IntervalRequest(
      selection: selection, scale: scale, newLevels: newLevels, otherEffects: otherEffects,
      interval: interval, degreesOfFreedom: .constant(degreesOfFreedom), coverage: coverage)
    return try request.predictions(data, by: self)
  }
}

extension GeneralizedLinearMixedModel {
  /// The predictions for the rows of a table with standard errors and an interval for each.
  ///
  /// The standard error is that of the linear predictor `x'β̂ + z'b̂`, as in a linear model: from the
  /// joint covariance of fixed effects and conditional modes, with the information at the mode as
  /// weights, and with the model's own covariance matrix of the fixed effects in the place of that
  /// given theta; on the scale of the response it is multiplied by the slope of the inverse link. A
  /// confidence interval has normal limits, or Student's, on the scale of the linear predictor,
  /// transformed; where such a limit has no mean stands the end of the range of means.
  ///
  /// A prediction interval is for a new observation: a proportion for binomial responses. Its limits
  /// are the quantiles of the distribution of the response given its linear predictor, averaged over
  /// the normal distribution of the linear predictor, whose variance counts, besides the standard
  /// error, the random effects that the prediction does not condition on. For counts and
  /// proportions it covers at least the level.
  ///
  /// MATLAB: `predict` with two results. glmmTMB: `predict(se.fit = TRUE)`, which counts the
  /// uncertainty of theta for the modes, too.
  ///
  /// - Parameters:
  ///   - data: what ``MixedModel/predict(_:conditioningOn:scale:newLevels:otherEffects:)`` reads; for
  ///     a prediction interval the columns of weights and trials, if the model has such, and the
  ///     covariates of all random effects.
  ///   - degreesOfFreedom: of Student's t distribution, from which confidence intervals take their
  ///     quantiles (MATLAB's default are the residual ones); infinite for the normal distribution.
  ///   - coverage: whether each interval holds with the probability of its level, or all together,
  ///     which is for means only.
  /// - Throws: ``MixedModelError`` as for predictions without interval; if the level is not between
  ///   zero and one; if a prediction interval is asked for on the scale of the linear predictor, of
  ///   a quasi family, for all observations together, or with degrees of freedom.
  /// - Complexity: that of predictions without interval; a pass over the rows of the fit and a
  ///   factorization; and per distinct row one solution in the part of the factor that the row
  ///   reaches. A prediction interval costs some thousand values of the distribution function per
  ///   row.
  public func predict(
    _ data: DataTable, conditioningOn selection: RandomEffectsSelection = .all,
    scale: PredictionScale = .response, newLevels: NewLevels = .error,
    otherEffects: OtherEffects = .zero, interval: PredictionInterval,
    degreesOfFreedom: Double = .infinity, coverage: IntervalCoverage = .pointwise
  ) throws(MixedModelError) -> Predictions {
    guard degreesOfFreedom > 0 else { throw .degreesOfFreedomNotPositive(degreesOfFreedom) }
    if case .prediction = interval {
      guard coverage == .pointwise else { throw .simultaneousObservationsOfGeneralizedModel() }
      guard degreesOfFreedom == .infinity else {
        throw .degreesOfFreedomOfGeneralizedObservations()
      }
    }
    let request = IntervalRequest(
      selection: selection, scale: scale, newLevels: newLevels, otherEffects: otherEffects,
      interval: interval, degreesOfFreedom: .constant(degreesOfFreedom), coverage: coverage)
    return try request.predictions(data, by: self)
  }
}

/// What a caller of `predict` asked for.
package struct IntervalRequest {
  let selection: RandomEffectsSelection
  let scale: PredictionScale
  let newLevels: NewLevels
  let otherEffects: OtherEffects
  let interval: PredictionInterval
  let degreesOfFreedom: IntervalDegreesOfFreedom
  let coverage: IntervalCoverage
  /// What is added to the covariance matrix of the fixed effects, for predictions without random
  /// effects.
  let adjustment: Matrix?

  package init(
    selection: RandomEffectsSelection, scale: PredictionScale, newLevels: NewLevels,
    otherEffects: OtherEffects, interval: PredictionInterval,
    degreesOfFreedom: IntervalDegreesOfFreedom, coverage: IntervalCoverage,
    adjustment: Matrix? = nil
  ) {
    self.selection = selection
    self.scale = scale
    self.newLevels = newLevels
    self.otherEffects = otherEffects
    self.interval = interval
    self.degreesOfFreedom = degreesOfFreedom
    self.coverage = coverage
    self.adjustment = adjustment
  }

  package func predictions(
    _ data: DataTable, by model: some JointlyEstimated
  ) throws(MixedModelError) -> Predictions {
    let level = interval.level
    guard level > 0, level < 1 else { throw .levelOutOfRange(level) }
    let limits = try ObservationLimits(model, interval: interval, scale: scale)
    let weightColumns =
      [model.design.weights].compactMap { $0 }
      + Trials.columnNames(of: model.formula.response, family: model.family)
    let rows = try PredictedRows(
      of: data, by: model, conditioningOn: selection, newLevels: newLevels,
      readsOtherCovariates: limits != nil || otherEffects == .averaged,
      additionalColumns: limits == nil ? [] : weightColumns)
    let weights =
      limits == nil ? nil : try rows.weights(of: model, in: data)
    let means = try MeanFunction(model, otherEffects: otherEffects)

    let variances = IntervalVariances(
      rows, try model.jointFactor().meanSquaredErrors(of: rows.rows), of: model,
      degreesOfFreedom: degreesOfFreedom, adjustment: adjustment,
      averagesNewLevels: otherEffects == .averaged,
      residuals: limits?.residualVariances(weights, rowCount: rows.rows.rowCount))
    var quantiles = IntervalQuantiles(
      level: level,
      dimension: coverage == .simultaneous
        ? rows.dimension(of: model, isForObservation: limits != nil) : nil)
    var result = Predictions(rowCount: data.rowCount, scale: scale, interval: interval)
    for (row, place) in rows.rows.tableRows.enumerated() {
      result.statuses[place] = rows.statuses[row]
      guard rows.hasPrediction(row) else { continue }
      let eta = rows.linearPredictor[row]
      let averaged = variances.averaged[row]
      let mean = means.value(eta, variance: averaged, scale: scale)
      let error = variances.ofMeans[row].squareRoot()
      let quantile = quantiles[variances.degreesOfFreedom[row]]
      result.values[place] = mean.value
      result.standardErrors?[place] = error * abs(mean.slope)
      result.degreesOfFreedom?[place] = variances.degreesOfFreedom[row]
      let ends: (lower: Double, upper: Double)
      if let limits {
        ends = limits(
          eta, variance: variances.ofLinearPredictors[row], weight: weights?[row] ?? 1,
          quantile: quantile)
      } else {
        let low = means.limit(
          eta - quantile * error, isBelow: true, centre: mean, variance: averaged, scale: scale)
        let high = means.limit(
          eta + quantile * error, isBelow: false, centre: mean, variance: averaged, scale: scale)
        ends = low <= high ? (low, high) : (high, low)
      }
      result.lower?[place] = ends.lower
      result.upper?[place] = ends.upper
    }
    return result
  }
}

/// The limits of a prediction interval, from the linear predictor and its variance.
private struct ObservationLimits {
  private let level: Double
  /// The residual variance at weight one, for a normal response on its own scale; otherwise the
  /// distribution.
  private let residualVariance: Double
  private let distribution: PredictiveDistribution?

  /// - Returns: `nil` for a confidence interval.
  init?(
    _ model: some MixedModel, interval: PredictionInterval, scale: PredictionScale
  ) throws(MixedModelError) {
    guard case .prediction(let level) = interval else { return nil }
    self.level = level
    let dispersion = model.residualStandardDeviation.map { $0 * $0 } ?? 1
    if model.family is Gaussian, model.link is IdentityLink {
      residualVariance = dispersion
      distribution = nil
      return
    }
    guard scale == .response else { throw .predictionIntervalOfLinearPredictor() }
    guard let family = model.family as? any CumulativeFamily else {
      throw .noDistribution(of: model.family)
    }
    residualVariance = 0
    distribution = PredictiveDistribution(
      family: family, link: model.link,
      parameter: family.dispersion == .size ? model.sizeParameter ?? 1 : dispersion)
  }

  /// The residual variance of each row on the scale of the linear predictor.
  func residualVariances(_ weights: [Double]?, rowCount: Int) -> [Double] {
    weights?.map { residualVariance / $0 } ?? [Double](repeating: residualVariance, count: rowCount)
  }

  func callAsFunction(
    _ eta: Double, variance: Double, weight: Double, quantile: Double
  ) -> (lower: Double, upper: Double) {
    if let distribution {
      return distribution.limits(eta, variance: variance, weight: weight, level: level)
    }
    let halfWidth = quantile * (variance + residualVariance / weight).squareRoot()
    return (eta - halfWidth, eta + halfWidth)
  }
}

extension PredictedRows {
  /// The weights of the rows, trials included; `nil` if all are one.
  fileprivate func weights(
    of model: some MixedModel, in data: DataTable
  ) throws(MixedModelError) -> [Double]? {
    let trials = try Trials.values(of: model.formula.response, in: data, family: model.family)
    guard let trials else { return rows.weights }
    let used = rows.tableRows.map { trials[$0] }
    return rows.weights.map { zip($0, used).map { $0 * $1 } } ?? used
  }
}
