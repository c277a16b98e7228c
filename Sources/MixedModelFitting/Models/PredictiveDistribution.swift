// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import RealModule
import StatisticalFunctions

/// The distribution of a new observation whose linear predictor is uncertain:
/// `F(y) = E F(y; g⁻¹(η + √v Z))` over a standard normal Z.
///
/// So both count: the variation of observations about their mean, and the normal uncertainty of
/// the mean on the scale of the linear predictor, v. What is left out is the uncertainty of
/// dispersion and size. Source of the principle: Geisser, *Predictive Inference* (1993); the normal
/// distribution of the linear predictor is that of the confidence interval.
struct PredictiveDistribution {
  private let family: any CumulativeFamily
  private let link: any Link
  private let parameter: Double
  /// The rules of all steps, coarsest first.
  private let rules = (0...NormalExpectation.finestRefinement).map {
    NormalExpectation(refinement: $0)
  }

  /// - Parameter parameter: the dispersion or the size; one if the family has neither.
  init(family: any CumulativeFamily, link: any Link, parameter: Double) {
    self.family = family
    self.link = link
    self.parameter = parameter
  }

  /// The limits of the interval that leaves half of `1 - level` on either side at most: the least
  /// values whose cumulative probability reaches the two tails. Of counts, it covers the level or
  /// more.
  /// - Complexity: some 20 sums over 69 nodes, more where the observation varies little beside the
  ///   linear predictor.
  func limits(
    _ eta: Double, variance: Double, weight: Double, level: Double
  ) -> (lower: Double, upper: Double) {
    let mixture = mixture(eta, variance, weight: weight)
    guard family.meanRange.contains(mixture.centre) else { return (.nan, .nan) }
    let tail = (1 - level) / 2
    return (quantile(tail, of: mixture), quantile(1 - tail, of: mixture))
  }

  /// A family's distribution at several means with probabilities.
  private struct Mixture {
    let weight: Double
    /// The mean at the linear predictor itself, and a standard deviation of observations.
    let centre: Double
    let spread: Double
    let means: [Double]
    let probabilities: [Double]
  }

  private func mixture(_ eta: Double, _ variance: Double, weight: Double) -> Mixture {
    let mean = link.mean(eta)
    let dispersion = family.dispersion == .likelihood ? parameter : 1
    let own = dispersion * family.variance(mean.value, parameter: parameter).value / weight
    let deviation = variance.squareRoot()
    let spread = (own + variance * mean.first * mean.first).squareRoot()
    guard deviation > 0 else {
      return Mixture(
        weight: weight, centre: mean.value, spread: spread, means: [mean.value],
        probabilities: [1])
    }
    // A family that varies little about its mean makes F steep as a function of the node.
    let steepness = own.squareRoot() / (deviation * abs(mean.first))
    let rule = rules[NormalExpectation.refinement(forStep: Self.stepsPerSpread * steepness)]
    return Mixture(
      weight: weight, centre: mean.value, spread: spread,
      means: rule.nodes.map { node in
        link.mean(eta + deviation * node).value.kept(
          in: family.meanRange, isLower: (node < 0) == (mean.first > 0), than: mean.value)
      },
      probabilities: rule.weights)
  }

  /// The step of the rule in standard deviations of the family: with a half, the error for a normal
  /// family is exp(-8π²).
  private static let stepsPerSpread = 0.5

  private func cumulative(_ y: Double, of mixture: Mixture) -> Double {
    var sum = 0.0
    for (mean, probability) in zip(mixture.means, mixture.probabilities) {
      // At an end of their range all responses are at the mean.
      if mean == family.meanRange.lowerBound || mean == family.meanRange.upperBound {
        sum += y >= mean ? probability : 0
      } else {
        sum +=
          probability
          * family.cumulative(y, mean: mean, weight: mixture.weight, parameter: parameter)
      }
    }
    return sum
  }
}

// MARK: - Quantiles

extension PredictiveDistribution {
  private func quantile(_ probability: Double, of mixture: Mixture) -> Double {
    family.isDiscrete
      ? latticeQuantile(probability, of: mixture) : continuousQuantile(probability, of: mixture)
  }

  /// Counts beyond have no neighbours among the doubles.
  private static let largestCount = 9_007_199_254_740_992.0

  /// The least y with `w y` whole and `F(y) ≥ p`.
  private func latticeQuantile(_ probability: Double, of mixture: Mixture) -> Double {
    let weight = mixture.weight
    let largest =
      family.meanRange.upperBound < .infinity
      ? (weight * family.meanRange.upperBound).rounded() : Self.largestCount
    func reaches(_ count: Double) -> Bool {
      // What a sum of probabilities loses to rounding must not move a limit.
      cumulative(count / weight, of: mixture) >= probability - Self.rounding
    }
    // The least count that reaches it is above `low` and at most `high`.
    let guess = mixture.centre + Normal().quantile(probability) * mixture.spread
    var low = 0.0
    var high = min(max((weight * guess).rounded(), 0), largest)
    var step = max(1, (weight * mixture.spread / 8).rounded())
    if reaches(high) {
      while high > 0, reaches(max(high - step, 0)) {
        high = max(high - step, 0)
        step *= 2
      }
      if high == 0 { return 0 }
      low = max(high - step, 0)
    } else {
      low = high
      high = min(low + step, largest)
      while !reaches(high) {
        guard high < largest else { return family.meanRange.upperBound }
        low = high
        step *= 2
        high = min(low + step, largest)
      }
    }
    while high - low > 1 {
      let middle = ((low + high) / 2).rounded(.down)
      if reaches(middle) { high = middle } else { low = middle }
    }
    return high / weight
  }

  private static let rounding = 1e-12

  /// The y with `F(y) = p`, by the secant method within a bracket (Illinois), on a logarithmic
  /// scale where responses are positive.
  private func continuousQuantile(_ probability: Double, of mixture: Mixture) -> Double {
    let isPositive = family.meanRange.lowerBound == 0
    func response(_ x: Double) -> Double { isPositive ? Double.exp(x) : x }
    func excess(_ x: Double) -> Double { cumulative(response(x), of: mixture) - probability }
    let scale = isPositive ? mixture.spread / mixture.centre : mixture.spread
    var low = isPositive ? Double.log(mixture.centre) : mixture.centre
    guard low.isFinite, scale > 0, scale < .infinity else { return .nan }
    var high = low
    var step = scale
    var atLow = excess(low)
    var atHigh = atLow
    while atLow > 0 {
      (high, atHigh) = (low, atLow)
      low -= step
      step *= 2
      atLow = excess(low)
      guard low > -.infinity else { return family.meanRange.lowerBound }
    }
    while atHigh < 0 {
      (low, atLow) = (high, atHigh)
      high += step
      step *= 2
      // Where part of the distribution lies at infinity, so may the quantile.
      guard response(high) < .infinity else { return .infinity }
      atHigh = excess(high)
    }
    var side = 0
    for _ in 0..<Self.mostSteps where high - low > Self.tolerance * scale {
      var middle = (low * atHigh - high * atLow) / (atHigh - atLow)
      if !(middle > low && middle < high) { middle = low + (high - low) / 2 }
      let value = excess(middle)
      if value == 0 { return response(middle) }
      if value > 0 {
        (high, atHigh) = (middle, value)
        if side > 0 { atLow /= 2 }
        side = 1
      } else {
        (low, atLow) = (middle, value)
        if side < 0 { atHigh /= 2 }
        side = -1
      }
      if abs(value) < Self.rounding { return response(middle) }
    }
    return response(low + (high - low) / 2)
  }

  /// Far more than the method takes.
  private static let mostSteps = 200
  private static let tolerance = 1e-10
}
