// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import RealModule
import StatisticalFunctions

/// From linear predictors to predictions: the mean of the response at a linear predictor, or its
/// average over normal random effects about it, and the way back.
struct MeanFunction {
  private let link: any Link
  private let range: ClosedRange<Double>
  private let averages: Bool
  /// The rules of all steps, coarsest first.
  private let rules: [NormalExpectation]

  /// - Throws: ``MixedModelError`` if averages are asked for and the link has none.
  init(_ model: some MixedModel, otherEffects: OtherEffects) throws(MixedModelError) {
    link = model.link
    range = model.family.meanRange
    averages = otherEffects == .averaged
    let needsRules = averages && !Self.hasClosedForm(link)
    if needsRules, !Self.isDefinedEverywhere(link) { throw .averageUndefined(link) }
    rules =
      needsRules
      ? (0...NormalExpectation.finestRefinement).map { NormalExpectation(refinement: $0) } : []
  }

  private static func hasClosedForm(_ link: any Link) -> Bool {
    link is IdentityLink || link is LogLink || link is ProbitLink
  }

  /// Whether every linear predictor has a mean: a link with a pole or an end has no average over a
  /// normal distribution, or one that depends on what is not in the model.
  private static func isDefinedEverywhere(_ link: any Link) -> Bool {
    [-30.0, 0, 30].allSatisfy { link.mean($0).value.isFinite }
  }

  /// The prediction at a linear predictor, and its derivative.
  /// - Parameter variance: that of the random effects to average over.
  func value(
    _ eta: Double, variance: Double, scale: PredictionScale
  ) -> (value: Double, slope: Double) {
    switch (scale, averages) {
    case (.link, false): return (eta, 1)
    case (.response, false):
      let mean = link.mean(eta)
      return (mean.value, mean.first)
    case (.response, true): return average(eta, variance)
    case (.link, true):
      let mean = average(eta, variance)
      let back = link.linearPredictor(mean.value)
      return (back, mean.slope / link.mean(back).first)
    }
  }

  /// The prediction at the limit of an interval of linear predictors.
  /// - Parameters:
  ///   - isBelow: whether it is the lower limit.
  ///   - centre: the prediction that the interval is about.
  func limit(
    _ eta: Double, isBelow: Bool, centre: (value: Double, slope: Double), variance: Double,
    scale: PredictionScale
  ) -> Double {
    let value = value(eta, variance: variance, scale: scale).value
    return scale == .link
      ? value : value.kept(in: range, isLower: isBelow == (centre.slope > 0), than: centre.value)
  }

  /// `E g⁻¹(eta + √v Z)` over a standard normal Z, with its derivative in eta.
  ///
  /// For the log link a log-normal mean, for probit `Φ(eta / √(1 + v))`; otherwise by a rule that
  /// is exact to about 1e-14 for logit and complementary log-log, and 1e-9 for cauchit.
  private func average(_ eta: Double, _ variance: Double) -> (value: Double, slope: Double) {
    if link is IdentityLink { return (eta, 1) }
    if link is LogLink {
      let mean = Double.exp(eta + variance / 2)
      return (mean, mean)
    }
    if link is ProbitLink {
      let shrinkage = 1 / (1 + variance).squareRoot()
      let mean = link.mean(eta * shrinkage)
      return (mean.value, mean.first * shrinkage)
    }
    let deviation = variance.squareRoot()
    guard deviation > 0 else {
      let mean = link.mean(eta)
      return (mean.value, mean.first)
    }
    let rule = rules[NormalExpectation.refinement(forStep: Self.step / deviation)]
    var value = 0.0
    var slope = 0.0
    for (node, weight) in zip(rule.nodes, rule.weights) {
      let mean = link.mean(eta + deviation * node)
      value += weight * mean.value
      slope += weight * mean.first
    }
    return (value, slope)
  }

  /// The step on the linear predictor's scale: the poles and growth of the usual links are one and
  /// more from the real line, so that the error is exp(-2π/0.3) at most.
  private static let step = 0.3
}

extension Double {
  /// This mean, if it is in the range and on its side of another; otherwise the end of the range on
  /// that side: a linear predictor beyond the end or the pole of a link stands for it.
  /// - Returns: NaN if the other mean is not in the range.
  package func kept(in range: ClosedRange<Double>, isLower: Bool, than other: Double) -> Double {
    guard range.contains(other) else { return .nan }
    guard range.contains(self), isLower ? self <= other : self >= other else {
      return isLower ? range.lowerBound : range.upperBound
    }
    return self
  }
}
