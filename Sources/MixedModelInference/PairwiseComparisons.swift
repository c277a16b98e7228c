// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelFitting
import RealModule
import StatisticalFunctions

/// The comparisons of all pairs of estimated marginal means, within groups (`pairs` in emmeans).
public struct PairwiseComparisons: Sendable {
  /// What is compared.
  public enum Measure: String, Sendable, Hashable {
    /// Differences of linear predictors.
    case difference
    /// Ratios of means, for the log link on the scale of the response.
    case ratio
    /// Ratios of odds, for the logit link on the scale of the response.
    case oddsRatio
  }

  /// One comparison.
  public struct Comparison: Sendable, Hashable {
    /// The levels or values of the groups.
    public let group: [String]
    /// The levels of the mean that the other is taken from.
    public let first: [String]
    public let second: [String]
    /// The comparison with adjusted p-value and limits, and its test, which is that of a difference
    /// of linear predictors; `nil` if the data do not determine it.
    public let estimate: EstimatedCombination?
  }

  public let groups: [String]
  public let measure: Measure
  public let adjustment: MultiplicityAdjustment
  /// The coverage probability of the intervals, together for all comparisons of a group.
  public let level: Double
  /// Group after group.
  public let comparisons: [Comparison]
  /// The number of means in a group.
  public let meanCount: Int
  /// The number of linearly independent comparisons in a group, the most of any group.
  public let dimension: Int
}

extension PairwiseComparisons: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { comparisons.count }

  public subscript(index: Int) -> Comparison { comparisons[index] }
}

extension EstimatedMarginalMeans {
  /// The comparisons of all pairs of means within each group.
  ///
  /// Means on the scale of the response are compared by ratios for the log link, by ratios of odds
  /// for the logit link, and otherwise by differences of linear predictors. The data may
  /// determine a difference where they do not determine the two means.
  /// - Throws: ``MixedModelError`` if a combination is not finite.
  public func pairwise(
    adjust adjustment: MultiplicityAdjustment = .tukey
  ) throws(MixedModelError) -> PairwiseComparisons {
    let groupCount = grid.variables[factors.count..<grid.targetVariableCount]
      .reduce(1) { $0 * $1.texts.count }
    let meanCount = means.count / groupCount
    let measure = measure
    var comparisons: [PairwiseComparisons.Comparison] = []
    var families: [Int: ComparisonFamily] = [:]
    for start in stride(from: 0, to: means.count, by: meanCount) {
      let pairs = (start..<start + meanCount).flatMap { first in
        (first + 1..<start + meanCount).map { (first, $0) }
      }
      var plain: [EstimatedCombination?] = []
      for (first, second) in pairs { plain.append(try difference(first, second)) }
      let dimension = zip(pairs, plain).filter { $0.1 != nil }
        .map { contrast($0.0.0, $0.0.1) }.independentCount
      var family =
        families[dimension]
        ?? ComparisonFamily(adjustment, meanCount: meanCount, level: level, dimension: dimension)
      let pValues = family.pValues(plain.map { $0.map { ($0.statistic, $0.degreesOfFreedom) } })
      for ((first, second), (estimate, pValue)) in zip(pairs, zip(plain, pValues)) {
        let adjusted = estimate.map {
          $0.adjusted(
            pValue: pValue ?? $0.pValue,
            criticalValue: family.criticalValue(degreesOfFreedom: $0.degreesOfFreedom))
        }
        comparisons.append(
          PairwiseComparisons.Comparison(
            group: means[first].group, first: means[first].levels, second: means[second].levels,
            estimate: measure == .difference ? adjusted : adjusted?.exponentiated))
      }
      families[dimension] = family
    }
    return PairwiseComparisons(
      groups: groups, measure: measure, adjustment: adjustment, level: level,
      comparisons: comparisons, meanCount: meanCount, dimension: families.keys.max() ?? 0)
  }

  private var measure: PairwiseComparisons.Measure {
    guard scale == .response else { return .difference }
    if inference.model.link is LogLink { return .ratio }
    return inference.model.link is LogitLink ? .oddsRatio : .difference
  }

  private func contrast(_ first: Int, _ second: Int) -> [Double] {
    zip(grid.averages[first], grid.averages[second]).map { $0 - $1 }
  }

  private func difference(
    _ first: Int, _ second: Int
  ) throws(MixedModelError) -> EstimatedCombination? {
    let combination = contrast(first, second)
    guard estimable.contains(combination) else { return nil }
    let plain = try inference.estimate(of: estimable.reduced(combination), level: level)
    let offset = grid.offsets[first] - grid.offsets[second]
    return EstimatedCombination(
      estimate: plain.estimate + offset, standardError: plain.standardError,
      degreesOfFreedom: plain.degreesOfFreedom, halfWidth: plain.estimate - plain.lower)
  }
}

extension [[Double]] {
  /// What is left of a vector once others are taken from it, as a share of its length, from which it
  /// counts as independent of them.
  private static var independence: Double { 1e-7 }

  /// The number of linearly independent vectors among these.
  fileprivate var independentCount: Int {
    var basis: [[Double]] = []
    for vector in self {
      let length = vector.length
      var rest = vector
      // Twice, because what rounding leaves of the first time is not orthogonal.
      for _ in 0..<2 {
        for unit in basis {
          let product = zip(unit, rest).reduce(0) { $0 + $1.0 * $1.1 }
          for place in rest.indices { rest[place] -= product * unit[place] }
        }
      }
      let left = rest.length
      guard left > Self.independence * length else { continue }
      basis.append(rest.map { $0 / left })
    }
    return basis.count
  }
}

extension [Double] {
  fileprivate var length: Double { reduce(0) { $0 + $1 * $1 }.squareRoot() }
}

extension EstimatedCombination {
  /// With the test against zero, and limits at the same distance to both sides.
  init(estimate: Double, standardError: Double, degreesOfFreedom: Double, halfWidth: Double) {
    let statistic = estimate / standardError
    self.init(
      estimate: estimate, standardError: standardError, statistic: statistic,
      degreesOfFreedom: degreesOfFreedom,
      pValue: StudentT(degreesOfFreedom: degreesOfFreedom).twoSidedTail(statistic),
      lower: estimate - halfWidth, upper: estimate + halfWidth)
  }

  fileprivate func adjusted(pValue: Double, criticalValue: Double) -> EstimatedCombination {
    EstimatedCombination(
      estimate: estimate, standardError: standardError, statistic: statistic,
      degreesOfFreedom: degreesOfFreedom, pValue: pValue,
      lower: estimate - criticalValue * standardError,
      upper: estimate + criticalValue * standardError)
  }

  /// The exponential, its standard error by the delta method; the test stays.
  fileprivate var exponentiated: EstimatedCombination {
    let ratio = Double.exp(estimate)
    return EstimatedCombination(
      estimate: ratio, standardError: ratio * standardError, statistic: statistic,
      degreesOfFreedom: degreesOfFreedom, pValue: pValue, lower: Double.exp(lower),
      upper: Double.exp(upper))
  }
}
