// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelFitting
import RealModule

/// The checks that every link must pass; run by the tests of the built-in links, and meant for
/// those of a link of your own.
public enum LinkChecks {
  /// What is wrong with a link, one sentence each; empty if nothing is.
  /// - Parameters:
  ///   - linearPredictors: places at which the link is checked, of moderate size and with a mean
  ///     in the interior of the range.
  ///   - isForProbabilities: whether the means are probabilities, so that their logarithms are
  ///     checked, too.
  public static func breaches(
    of link: some Link, linearPredictors: [Double], isForProbabilities: Bool
  ) -> [String] {
    var breaches: [String] = []
    if link.name.isEmpty { breaches.append("The link has no name.") }
    for eta in linearPredictors {
      let mean = link.mean(eta)
      if !link.meanRange.contains(mean.value) {
        breaches.append("The mean \(mean.value) at \(eta) is outside the range.")
      }
      let back = link.linearPredictor(mean.value)
      // The error of the mean, half a unit in its last place, grows by the slope of the link.
      let allowed = 1e-13 * (1 + abs(eta)) + 1e-15 * abs(mean.value / mean.first)
      if !(abs(back - eta) <= allowed) {
        breaches.append("The mean at \(eta) has the linear predictor \(back).")
      }
      let room = min(abs(mean.value), isForProbabilities ? 1 - mean.value : .infinity)
      let scale = min(1, abs(eta), room / abs(mean.first))
      breaches += derivativeBreaches(of: "the mean", at: eta, scale) { link.mean($0) }
      guard isForProbabilities else { continue }
      let logarithms = link.logProbabilities(eta)
      for (name, logarithm, probability) in [
        ("log mu", logarithms.success, mean.value),
        ("log(1 - mu)", logarithms.failure, 1 - mean.value),
      ] where !(abs(logarithm.value - Double.log(probability)) <= 1e-12 / probability) {
        breaches.append("The value of \(name) at \(eta) is not that of the mean.")
      }
      breaches += derivativeBreaches(of: "log mu", at: eta, scale) {
        link.logProbabilities($0).success
      }
      breaches += derivativeBreaches(of: "log(1 - mu)", at: eta, scale) {
        link.logProbabilities($0).failure
      }
    }
    return breaches + tailBreaches(of: link, isForProbabilities: isForProbabilities)
  }

  /// Far out a link either has no mean at all, or finite derivatives.
  private static func tailBreaches(of link: some Link, isForProbabilities: Bool) -> [String] {
    var breaches: [String] = []
    for eta in tailPlaces {
      let logarithms = isForProbabilities ? link.logProbabilities(eta) : nil
      let named = [
        ("the mean", link.mean(eta)), ("log mu", logarithms?.success),
        ("log(1 - mu)", logarithms?.failure),
      ]
      for (name, tail) in named {
        guard let tail, !tail.value.isNaN else { continue }
        if tail.first.isNaN || tail.second.isNaN || tail.third.isNaN {
          breaches.append("A derivative of \(name) is NaN at \(eta).")
        }
      }
    }
    return breaches
  }

  static let tailPlaces = [-700.0, -100, -30, 30, 100, 700]

  private static func derivativeBreaches(
    of name: String, at eta: Double, _ scale: Double, _ function: (Double) -> SmoothValue
  ) -> [String] {
    let exact = function(eta)
    let pairs: [(String, KeyPath<SmoothValue, Double>, Double)] = [
      ("first", \.value, exact.first), ("second", \.first, exact.second),
      ("third", \.second, exact.third),
    ]
    return pairs.compactMap { ordinal, lower, derivative in
      let difference = Difference(at: eta, scale: scale) { function($0)[keyPath: lower] }
      guard !difference.agrees(with: derivative) else { return nil }
      return "The \(ordinal) derivative of \(name) at \(eta) is \(derivative); "
        + "differences give \(difference.derivative)."
    }
  }
}
