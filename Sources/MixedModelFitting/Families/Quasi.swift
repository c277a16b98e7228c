// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import RealModule

/// A quasi-likelihood: a variance function alone, with a dispersion estimated by the Pearson
/// statistic over its degrees of freedom.
///
/// There is no log-density; in its place stands the quasi-likelihood at φ = 1, which is minus half
/// the unit deviance.
///
/// Source: Wedderburn, "Quasi-likelihood functions, generalized linear models, and the
/// Gauss-Newton method", Biometrika 61 (1974), 439-447; McCullagh & Nelder (1989), chapter 9.
public struct Quasi: Family {
  public let name: String
  public let defaultLink: any Link
  public let meanRange: ClosedRange<Double>
  public let dispersion = DispersionKind.pearson
  private let form: Form

  private enum Form: Sendable {
    case binomial
    case poisson
    case custom(@Sendable (Double) -> Double)
  }

  private init(
    name: String, link: any Link, meanRange: ClosedRange<Double>, form: Form
  ) {
    self.name = name
    self.defaultLink = link
    self.meanRange = meanRange
    self.form = form
  }

  /// V(mu) = mu (1 - mu), for proportions that need not come from whole numbers of trials.
  public static var binomial: Quasi {
    Quasi(name: "quasibinomial", link: LogitLink(), meanRange: 0...1, form: .binomial)
  }

  /// V(mu) = mu, for amounts that need not be whole.
  public static var poisson: Quasi {
    Quasi(name: "quasipoisson", link: LogLink(), meanRange: 0...Double.infinity, form: .poisson)
  }

  /// Whether the variance function is that of the binomial, or of the Poisson family.
  var isBinomial: Bool { if case .binomial = form { true } else { false } }
  var isPoisson: Bool { if case .poisson = form { true } else { false } }

  /// The quasi-likelihood of any variance function.
  /// - Parameters:
  ///   - link: the default link.
  ///   - meanRange: the closure of the means at which `variance` is positive and smooth; of
  ///     responses, too.
  ///   - variance: mu to V(mu). Its derivatives are taken by differences.
  public init(
    link: any Link, meanRange: ClosedRange<Double>,
    variance: @escaping @Sendable (_ mean: Double) -> Double
  ) {
    self.init(name: "quasi", link: link, meanRange: meanRange, form: .custom(variance))
  }

  public func variance(_ mean: Double, parameter: Double) -> VarianceValue {
    switch form {
    case .binomial: Binomial().variance(mean, parameter: parameter)
    case .poisson: Poisson().variance(mean, parameter: parameter)
    case .custom(let variance): differences(of: variance, at: mean)
    }
  }

  public func unitDeviance(_ y: Double, mean: Double, parameter: Double) -> Double {
    switch form {
    case .binomial: binomialUnitDeviance(y, mean: mean)
    case .poisson: poissonUnitDeviance(y, mean: mean)
    case .custom(let variance): integratedDeviance(y, mean: mean, variance: variance)
    }
  }

  public func saturatedLogDensity(
    _ y: Double, weight: Double, parameter: Double
  ) -> SaturatedLogDensity { SaturatedLogDensity(0) }

  public func problem(with y: Double, weight: Double) -> ResponseProblem? {
    let low = meanRange.lowerBound
    let high = meanRange.upperBound
    guard !(y.isFinite && meanRange.contains(y)) else { return nil }
    let accepted =
      switch (low.isFinite, high.isFinite) {
      case (true, true): "numbers from \(numberText(low)) to \(numberText(high))"
      case (true, false): "numbers from \(numberText(low)) on"
      case (false, true): "numbers up to \(numberText(high))"
      case (false, false): "finite numbers"
      }
    return ResponseProblem(
      fault: !y.isFinite
        ? "not finite"
        : y < low
          ? low == 0 ? "negative" : "below \(numberText(low))" : "above \(numberText(high))",
      requirement: "The \(name) family needs \(accepted).")
  }

  public func startingMean(_ y: Double, weight: Double) -> Double {
    switch form {
    case .binomial: return Binomial().startingMean(y, weight: weight)
    case .poisson: return Poisson().startingMean(y, weight: weight)
    case .custom: break
    }
    // A response on an end of the range is moved inside by a twentieth of the range, or of one.
    let width = meanRange.upperBound - meanRange.lowerBound
    let margin = (width.isFinite ? width : 1) / 20
    return min(max(y, meanRange.lowerBound + margin), meanRange.upperBound - margin)
  }

  /// A variance function with its derivatives by differences of sixth order, whose step stays
  /// within the range of the mean.
  private func differences(
    of variance: (Double) -> Double, at mean: Double
  ) -> VarianceValue {
    let room = min(mean - meanRange.lowerBound, meanRange.upperBound - mean)
    let scale = room.isFinite ? min(room, max(abs(mean), 1)) : max(abs(mean), 1)
    // A power of two: truncation (1/64)⁶ and rounding 64² ε balance for the second derivative.
    let step = Double(sign: .plus, exponent: scale.exponent - 6, significand: 1)
    let centre = variance(mean)
    var first = 0.0
    var second = 0.0
    for (k, weights) in differenceWeights.enumerated() {
      let above = variance(mean + Double(k + 1) * step)
      let below = variance(mean - Double(k + 1) * step)
      first += weights.first * (above - below)
      second += weights.second * ((above - centre) - (centre - below))
    }
    return VarianceValue(centre, first / step, second / step / step)
  }
}

/// The weights at one, two and three steps.
///
/// Source: Fornberg, "Generation of finite difference formulas on arbitrarily spaced grids",
/// Math. Comp. 51 (1988), 699-706, table 1.
private let differenceWeights: [(first: Double, second: Double)] = [
  (first: 3.0 / 4, second: 3.0 / 2), (-3.0 / 20, -3.0 / 20), (1.0 / 60, 1.0 / 90),
]

/// 2 ∫ (y - t)/V(t) dt from mu to y, by double-exponential quadrature, which copes with a variance
/// that vanishes at an end.
///
/// Source: Takahasi & Mori, "Double exponential formulas for numerical integration", Publ. RIMS 9
/// (1974), 721-741.
private func integratedDeviance(
  _ y: Double, mean: Double, variance: (Double) -> Double
) -> Double {
  let distance = y - mean
  guard distance != 0 else { return 0 }
  guard variance(mean) > 0 else { return .infinity }
  var sum = 0.0
  for node in doubleExponentialNodes {
    // The end that is nearer is the origin, so that the place is not rounded onto the other end.
    let place = node.fraction < 0.5 ? mean + distance * node.fraction : y - distance * node.rest
    let value = variance(place)
    // At an end of the range the weight is below rounding, and so is the integrand times it.
    guard value > 0 else { continue }
    sum += node.weight * node.rest / value
  }
  return 2 * distance * distance * sum
}

/// Places x in 0...1 with 1 - x and their weights, 1/32 apart on the transformed axis: a relative
/// 1e-13 even where the response is a million times the mean.
private let doubleExponentialNodes: [(fraction: Double, rest: Double, weight: Double)] =
  (-112...112).map { index in
    let step = 1.0 / 32
    let s = Double(index) * step
    let place = Logistic(.pi * Double.sinh(s))
    return (
      place.success, place.failure,
      step * .pi * Double.cosh(s) * place.success * place.failure
    )
  }
