// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import RealModule
import StatisticalFunctions

/// The replicates of one quantity in order, and the confidence limits that follow from them.
///
/// Source: Davison & Hinkley, *Bootstrap Methods and their Application* (1997), chapter 5, which R's
/// `boot::boot.ci` follows, too.
struct BootstrapLimits {
  /// The quantity of the model.
  let estimate: Double
  /// The replicates, ascending.
  let sorted: [Double]
  /// The probabilities below the limits.
  private let lower: Double
  private let upper: Double

  typealias Limits = (lower: Double, upper: Double)

  /// - Precondition: two replicates or more, none of them NaN.
  init(estimate: Double, replicates: [Double], level: Double) {
    self.estimate = estimate
    sorted = replicates.sorted()
    lower = (1 - level) / 2
    upper = 1 - lower
  }

  /// Quantiles of the replicates.
  var percentile: Limits { (quantile(lower), quantile(upper)) }

  /// The percentile limits mirrored at the estimate.
  var basic: Limits { (2 * estimate - quantile(upper), 2 * estimate - quantile(lower)) }

  /// Normal limits about the estimate less its bias, with the replicates' standard deviation.
  var normal: Limits {
    let count = Double(sorted.count)
    let mean = sorted.reduce(0, +) / count
    let squares = sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let halfWidth = -Normal().quantile(lower) * (squares / (count - 1)).squareRoot()
    let center = 2 * estimate - mean
    return (center - halfWidth, center + halfWidth)
  }

  /// Percentile limits at probabilities corrected for median bias and for the change of the standard
  /// error with the parameter; `nil` where every replicate lies on one side of the estimate, or the
  /// correction leaves no probability.
  ///
  /// Source: Efron, "Better bootstrap confidence intervals", Journal of the American Statistical
  /// Association 82 (1987), 171-185.
  func accelerated(_ acceleration: Double) -> Limits? {
    let below = Double(sorted.count { $0 < estimate }) / Double(sorted.count)
    guard below > 0, below < 1, acceleration.isFinite else { return nil }
    let bias = Normal().quantile(below)
    func corrected(_ probability: Double) -> Double? {
      let z = bias + Normal().quantile(probability)
      let divisor = 1 - acceleration * z
      return divisor > 0 ? Normal().cumulative(bias + z / divisor) : nil
    }
    guard let lower = corrected(lower), let upper = corrected(upper) else { return nil }
    return (quantile(lower), quantile(upper))
  }

  /// The shortest interval that holds the level's share of the replicates (`shortestcovint` in
  /// MixedModels.jl).
  var shortest: Limits {
    let count = sorted.count
    let inside = min(count, max(2, Int((Double(count) * (upper - lower)).rounded(.up))))
    var best = 0
    for start in 0...count - inside
    where sorted[start + inside - 1] - sorted[start] < sorted[best + inside - 1] - sorted[best] {
      best = start
    }
    return (sorted[best], sorted[best + inside - 1])
  }

  /// The quantile of the replicates: order statistic (R + 1) p, between two of them interpolated on
  /// the scale of normal quantiles (Davison & Hinkley, equation 5.8); the least or the greatest
  /// replicate where p is beyond what R replicates can tell.
  func quantile(_ probability: Double) -> Double {
    let count = sorted.count
    let rank = Double(count + 1) * probability
    guard rank >= 1 else { return sorted[0] }
    guard rank < Double(count) else { return sorted[count - 1] }
    let k = Int(rank)
    guard rank > Double(k) else { return sorted[k - 1] }
    let normal = Normal()
    let below = normal.quantile(Double(k) / Double(count + 1))
    let above = normal.quantile(Double(k + 1) / Double(count + 1))
    let share = (normal.quantile(probability) - below) / (above - below)
    return sorted[k - 1] + share * (sorted[k] - sorted[k - 1])
  }
}
