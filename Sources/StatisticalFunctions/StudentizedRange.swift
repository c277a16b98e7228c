// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import RealModule

/// The distribution of the studentized range, Tukey's q: the range of k independent normal variables
/// over an independent estimate of their standard deviation.
///
/// With `H(w)` the upper tail of the range itself and s the estimate,
///
///     P(range > w) = H(w) = k ∫ φ(z) [Φ(z)^(k-1) - (Φ(z) - Φ(z - w))^(k-1)] dz
///     P(Q > q) = E H(q s),   ν s² chi-squared with ν degrees of freedom.
///
/// Both integrals are trapezoidal sums, the second one over log s: for integrands that are analytic
/// and decay, they converge faster than any power of the step. No difference of nearly equal numbers
/// is taken, so that tails have their relative accuracy: about 1e-12 for k up to 100.
///
/// Source of the integrals: H. L. Harter, "Tables of range and studentized range", Ann. Math.
/// Statist. 31 (1960), 1122-1147. R: `ptukey`, `qtukey`.
package struct StudentizedRange: Distribution {
  /// The number of variables, two or more.
  package let count: Int
  /// Positive; infinite where the standard deviation is known.
  package let degreesOfFreedom: Double

  package init(count: Int, degreesOfFreedom: Double) {
    self.count = count
    self.degreesOfFreedom = degreesOfFreedom
  }

  private var isDefined: Bool { count >= 2 && degreesOfFreedom > 0 }

  package func cumulative(_ x: Double) -> Double { 1 - survival(x) }

  package func survival(_ x: Double) -> Double {
    guard isDefined, !x.isNaN else { return .nan }
    if x <= 0 { return 1 }
    if x == .infinity { return 0 }
    return degreesOfFreedom == .infinity ? rangeSurvival(x) : studentizedSurvival(x)
  }

  /// The quantile, to a relative 1e-11, by the method of false position on the logarithm of the
  /// tail, which is nearly a parabola.
  package func quantile(_ probability: Double) -> Double {
    guard isDefined, probability >= 0, probability <= 1 else { return .nan }
    if probability == 0 { return 0 }
    if probability == 1 { return .infinity }
    let target = 1 - probability
    func excess(_ x: Double) -> Double { Double.log(survival(x) / target) }
    var (low, high) = (0.0, 4.0)
    var atLow = -Double.log(target)
    var atHigh = excess(high)
    while atHigh > 0 {
      (low, atLow) = (high, atHigh)
      high *= 2
      guard high.isFinite else { return .infinity }
      atHigh = excess(high)
    }
    for _ in 0..<Self.largestStepCount where high - low > Self.quantileTolerance * high {
      let width = high - low
      var middle = low + width * atLow / (atLow - atHigh)
      // An infinite or extreme value on one side tells only that the root is within.
      if !(middle > low && middle < high) { middle = low + width / 2 }
      let value = excess(middle)
      if value == 0 { return middle }
      // Illinois: an end that stays loses half its weight.
      if value > 0 {
        (low, atLow) = (middle, value)
        atHigh /= 2
      } else {
        (high, atHigh) = (middle, value)
        atLow /= 2
      }
      let isSettled = abs(value) < Self.logarithmTolerance
      if isSettled { return middle }
    }
    return low + (high - low) / 2
  }

  private static let largestStepCount = 200
  private static let quantileTolerance = 1e-12
  /// The error of the logarithm of the tail at which a quantile is as good as the tail.
  private static let logarithmTolerance = 1e-12
}

// MARK: - The integrals

extension StudentizedRange {
  /// The step of the inner sum, in standard deviations of the variables.
  private static let normalStep = 0.25
  /// How far the inner sum goes to each side: the rest is below 1e-18 of it.
  private static let normalReach = 9.0

  /// `H(w)`.
  private func rangeSurvival(_ w: Double) -> Double {
    let power = Double(count - 1)
    var sum = 0.0
    var z = w / 2 - Self.normalReach
    let end = w / 2 + Self.normalReach
    while z <= end {
      let below = Normal().cumulative(z)
      if below > 0 {
        let share = min(1, Normal().cumulative(z - w) / below)
        let lost = -Double.expMinusOne(power * Double.log(onePlus: -share))
        sum += Double.exp(-z * z / 2 + power * Double.log(below)) * lost
      }
      z += Self.normalStep
    }
    return min(1, Double(count) * Self.normalStep * sum / (2 * Double.pi).squareRoot())
  }

  /// `E H(x s)`, over u = log s, whose density is proportional to `exp(ν (u - exp(2u)/2))`.
  private func studentizedSurvival(_ x: Double) -> Double {
    let nu = degreesOfFreedom
    let step = min(Self.logarithmicStep, 0.5 / (2 * nu).squareRoot())
    // Where the tail decides, H falls as exp(-x² s²/4): there lies the mode of the integrand.
    let mode = -0.5 * Double.log(onePlus: x * x / (2 * nu))
    var total = 0.0
    var tail = 0.0
    /// Adds the node and tells whether it matters.
    func add(_ node: Int) -> Bool {
      let u = Double(node) * step
      let weight = Double.exp(-nu / 2 * (Double.expMinusOne(2 * u) - 2 * u))
      let term = weight * rangeSurvival(x * Double.exp(u))
      total += weight
      tail += term
      return weight > Self.negligible * total || term > Self.negligible * tail
    }
    _ = add(0)
    var node = 1
    while add(node) { node += 1 }
    node = -1
    while add(node) || Double(node) * step > mode { node -= 1 }
    return min(1, tail / total)
  }

  /// The step of the outer sum where the density is wide, which few degrees of freedom make it: the
  /// integrand is analytic for imaginary parts of u up to π/4.
  private static let logarithmicStep = 0.1
  private static let negligible = 1e-17
}
