// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors
import MixedModelFitting

/// How estimated marginal means average over the predictors that they are not for.
public enum MarginalWeights: String, Sendable, Hashable, CaseIterable {
  /// Every combination of levels counts the same, as in a balanced experiment.
  case equal
  /// A combination counts by its rows in the data of the fit.
  case proportional
}

/// Estimated marginal means, also called least-squares means: what a model predicts for the levels
/// of some factors on average over the others.
///
///     let means = try model.estimatedMarginalMeans(of: ["recipe"], at: ["temp": [200]])
///     print(means)
///     print(means.pairwise(adjust: .tukey))
///
/// Categorical predictors stand at all their levels; numeric ones at the values given for them, or
/// at their two values if they have no more, or else at their mean, at which functions such as
/// `log(x)` and `poly(x, 2)` are computed. An offset stands at its mean, or is computed from values
/// that are given for its columns; the random effects are zero. The means are averages of the linear
/// predictor; on the scale of the response the average is transformed, with standard errors by the
/// delta method. A response that the formula transforms, such as `log(y)`, stays so.
///
/// Source: S. R. Searle, F. M. Speed, G. A. Milliken, "Population marginal means in the linear
/// model", The American Statistician 34 (1980), 216-221. R: `emmeans::emmeans`.
public struct EstimatedMarginalMeans: Sendable {
  /// One mean.
  public struct Mean: Sendable, Hashable {
    /// The levels or values of ``EstimatedMarginalMeans/groups``.
    public let group: [String]
    /// The levels or values of ``EstimatedMarginalMeans/factors``.
    public let levels: [String]
    /// The mean with its test against zero, which is on the scale of the linear predictor; `nil` if
    /// the data do not determine it.
    public let estimate: EstimatedCombination?
  }

  /// The predictors that the means are for.
  public let factors: [String]
  /// The predictors within whose levels the means are compared.
  public let groups: [String]
  /// The predictors with several values over which the means are averages.
  public let averagedOver: [String]
  /// The mean or the single given value at which numeric predictors stand, as text.
  public let fixedValues: [(name: String, value: String)]
  public let scale: PredictionScale
  /// The coverage probability of the intervals.
  public let level: Double
  /// Group after group; the levels of the first factor vary fastest.
  public let means: [Mean]

  let inference: FixedEffectsInference
  let grid: ReferenceGrid
  let estimable: EstimableCombinations
}

extension EstimatedMarginalMeans: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { means.count }

  public subscript(index: Int) -> Mean { means[index] }
}

extension MixedModel {
  /// The estimated marginal means of the combinations of some predictors.
  ///
  /// To try several, ask for ``inference(degreesOfFreedom:)`` once.
  /// - Parameters:
  ///   - factors: the predictors that the means are for; those of none are the grand mean.
  ///   - groups: predictors within whose levels the means are compared.
  ///   - values: reference values of numeric predictors.
  ///   - weights: how averages over other predictors weigh their levels.
  ///   - data: the table of the fit; needed where a numeric predictor stands at its mean, for
  ///     proportional weights, and if the model matrix is rank-deficient.
  ///   - scale: of the results; differences are compared on that of the linear predictor.
  ///   - level: the coverage probability of the intervals.
  /// - Throws: ``MixedModelError`` if a name is not that of a predictor, a value does not suit it,
  ///   the data are needed and not given or not those of the fit, or the rule for degrees of freedom
  ///   does not apply.
  public func estimatedMarginalMeans(
    of factors: [String], by groups: [String] = [], at values: [String: [Double]] = [:],
    weights: MarginalWeights = .equal, data: DataTable? = nil, scale: PredictionScale = .link,
    level: Double = 0.95, degreesOfFreedom: some DegreesOfFreedomMethod = .infinite
  ) throws(MixedModelError) -> EstimatedMarginalMeans {
    try inference(degreesOfFreedom: degreesOfFreedom).estimatedMarginalMeans(
      of: factors, by: groups, at: values, weights: weights, data: data, scale: scale, level: level)
  }
}

extension FixedEffectsInference {
  /// The estimated marginal means of the combinations of some predictors:
  /// ``MixedModel/estimatedMarginalMeans(of:by:at:weights:data:scale:level:degreesOfFreedom:)``.
  /// - Throws: ``MixedModelError`` as that does.
  public func estimatedMarginalMeans(
    of factors: [String], by groups: [String] = [], at values: [String: [Double]] = [:],
    weights: MarginalWeights = .equal, data: DataTable? = nil, scale: PredictionScale = .link,
    level: Double = 0.95
  ) throws(MixedModelError) -> EstimatedMarginalMeans {
    let grid = try ReferenceGrid(
      of: factors + groups, at: values, isProportional: weights == .proportional,
      design: model.design, data: data)
    let estimable = try EstimableCombinations(of: model, data: data)
    var means: [EstimatedMarginalMeans.Mean] = []
    for (place, labels) in grid.labels.enumerated() {
      var result: EstimatedCombination?
      if estimable.contains(grid.averages[place]) {
        let mean = try estimate(of: estimable.reduced(grid.averages[place]), level: level)
          .shifted(by: grid.offsets[place])
        result = scale == .link ? mean : mean.onResponseScale(of: model)
      }
      means.append(
        EstimatedMarginalMeans.Mean(
          group: Array(labels.suffix(groups.count)), levels: Array(labels.prefix(factors.count)),
          estimate: result))
    }
    let others = grid.variables.dropFirst(grid.targetVariableCount)
    return EstimatedMarginalMeans(
      factors: factors, groups: groups,
      averagedOver: others.filter { $0.texts.count > 1 }.map(\.name),
      fixedValues: grid.variables
        .filter { $0.texts.count == 1 && ($0.origin == .mean || $0.origin == .given) }
        .map { ($0.name, $0.texts[0]) },
      scale: scale, level: level, means: means, inference: self, grid: grid, estimable: estimable)
  }
}

extension EstimatedCombination {
  /// The combination with a known number added.
  fileprivate func shifted(by offset: Double) -> EstimatedCombination {
    guard offset != 0 else { return self }
    return EstimatedCombination(
      estimate: estimate + offset, standardError: standardError,
      degreesOfFreedom: degreesOfFreedom, halfWidth: estimate - lower)
  }

  /// The mean of the response where this is the linear predictor.
  fileprivate func onResponseScale(of model: some MixedModel) -> EstimatedCombination {
    let centre = model.link.mean(estimate)
    let rises = centre.first > 0
    func limit(_ eta: Double, isBelow: Bool) -> Double {
      model.link.mean(eta).value.kept(
        in: model.family.meanRange, isLower: isBelow == rises, than: centre.value)
    }
    let (low, high) = (limit(lower, isBelow: true), limit(upper, isBelow: false))
    return EstimatedCombination(
      estimate: centre.value, standardError: standardError * abs(centre.first),
      statistic: statistic, degreesOfFreedom: degreesOfFreedom, pValue: pValue,
      lower: rises ? low : high, upper: rises ? high : low)
  }
}
