// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import RealModule
import StatisticalFunctions

/// eta = log(mu / (1 - mu)), the log-odds.
public struct LogitLink: Link {
  public let name = "logit"
  public let meanRange = 0.0...1

  public init() {}

  public func linearPredictor(_ mean: Double) -> Double {
    Double.log(mean) - Double.log(onePlus: -mean)
  }

  public func mean(_ linearPredictor: Double) -> SmoothValue {
    let logistic = Logistic(linearPredictor)
    let first = logistic.success * logistic.failure
    return SmoothValue(
      logistic.success, first, first * (logistic.failure - logistic.success),
      first * (1 - 6 * first))
  }

  public func logProbabilities(_ linearPredictor: Double) -> LogProbabilities {
    let logistic = Logistic(linearPredictor)
    let variance = logistic.success * logistic.failure
    let third = -variance * (logistic.failure - logistic.success)
    // log mu is eta less log(1 + exp eta), which in the upper tail would cancel.
    return LogProbabilities(
      success: SmoothValue(
        -Logistic(-linearPredictor).softplus, logistic.failure, -variance, third),
      failure: SmoothValue(-logistic.softplus, -logistic.success, -variance, third))
  }
}

/// eta = Φ⁻¹(mu), the normal quantile.
public struct ProbitLink: Link {
  public let name = "probit"
  public let meanRange = 0.0...1

  public init() {}

  public func linearPredictor(_ mean: Double) -> Double { Normal().quantile(mean) }

  public func mean(_ linearPredictor: Double) -> SmoothValue {
    let x = linearPredictor
    let density = Normal().density(x)
    // Far out the density is zero, and x² times it would be NaN.
    return SmoothValue(
      Normal().cumulative(x), density, density == 0 ? 0 : -x * density,
      density == 0 ? 0 : (x * x - 1) * density)
  }

  public func logProbabilities(_ linearPredictor: Double) -> LogProbabilities {
    let success = Normal().logCumulativeDerivatives(linearPredictor)
    let failure = Normal().logCumulativeDerivatives(-linearPredictor)
    return LogProbabilities(
      success: SmoothValue(success.value, success.first, success.second, success.third),
      failure: SmoothValue(failure.value, -failure.first, failure.second, -failure.third))
  }
}

/// eta = log(-log(1 - mu)), the complementary log-log.
public struct ComplementaryLogLogLink: Link {
  public let name = "cloglog"
  public let meanRange = 0.0...1

  public init() {}

  public func linearPredictor(_ mean: Double) -> Double {
    Double.log(-Double.log(onePlus: -mean))
  }

  public func mean(_ linearPredictor: Double) -> SmoothValue {
    let hazard = Double.exp(linearPredictor)
    let first = hazard < Self.negligibleSurvival ? hazard * Double.exp(-hazard) : 0
    guard first > 0 else { return SmoothValue(-Double.expMinusOne(-hazard), 0, 0, 0) }
    return SmoothValue(
      -Double.expMinusOne(-hazard), first, first * (1 - hazard),
      first * (1 - hazard * (3 - hazard)))
  }

  public func logProbabilities(_ linearPredictor: Double) -> LogProbabilities {
    let hazard = Double.exp(linearPredictor)
    let failure = SmoothValue(-hazard, -hazard, -hazard, -hazard)
    guard hazard < Self.negligibleSurvival else {
      return LogProbabilities(success: SmoothValue(0, 0, 0, 0), failure: failure)
    }
    // q = z/(exp z - 1) tends to one as the hazard z vanishes, and u = 1 - z - q to zero.
    let ratio = hazard == 0 ? 1 : hazard / Double.expMinusOne(hazard)
    let excess = hazard < 0.5 ? Self.bernoulliSeries(hazard) : 1 - hazard - ratio
    // As z vanishes log(1 - exp(-z)) is log z, which stays finite where z underflows.
    let value =
      hazard < Double.ulpOfOne ? linearPredictor : logOneMinusExp(-hazard)
    return LogProbabilities(
      success: SmoothValue(
        value, ratio, ratio * excess, ratio * (excess * excess - hazard - ratio * excess)),
      failure: failure)
  }

  /// A hazard from which on exp(-hazard) is zero.
  private static let negligibleSurvival = 746.0

  /// 1 - z - z/(exp z - 1) for 0 ≤ z < 1/2: -z/2 less the sum of B₂ₖ z²ᵏ / (2k)!, of which eight
  /// terms reach a relative 1e-18.
  private static func bernoulliSeries(_ z: Double) -> Double {
    let square = z * z
    var sum = 0.0
    for coefficient in bernoulliCoefficients { sum = sum * square + coefficient }
    return -z / 2 - sum * square
  }

  /// B₂ₖ / (2k)!, k = 8 to 1.
  private static let bernoulliCoefficients: [Double] = [
    -3.389680296322583e-13, 1.0 / 74_724_249_600, -691.0 / 1_307_674_368_000, 1.0 / 47_900_160,
    -1.0 / 1_209_600, 1.0 / 30_240, -1.0 / 720, 1.0 / 12,
  ]
}

/// eta = tan(π (mu - 1/2)), the Cauchy quantile.
public struct CauchitLink: Link {
  public let name = "cauchit"
  public let meanRange = 0.0...1

  public init() {}

  public func linearPredictor(_ mean: Double) -> Double {
    // tan π(mu - 1/2) = -1 / tan π mu, taken at the smaller of mu and its complement.
    mean < 0.5 ? -1 / Double.tan(.pi * mean) : 1 / Double.tan(.pi * (1 - mean))
  }

  public func mean(_ linearPredictor: Double) -> SmoothValue {
    let x = linearPredictor
    let shrink = 1 / (1 + x * x)
    let density = shrink / .pi
    return SmoothValue(
      Double.atan2(y: 1, x: -x) / .pi, density, -2 * x * shrink * density,
      (6 * x * x - 2) * shrink * shrink * density)
  }

  public func logProbabilities(_ linearPredictor: Double) -> LogProbabilities {
    let success = mean(linearPredictor)
    let failure = SmoothValue(
      Double.atan2(y: 1, x: linearPredictor) / .pi, -success.first, -success.second,
      -success.third)
    return LogProbabilities(success: success.logarithm, failure: failure.logarithm)
  }
}

// MARK: - The logistic function

/// The logistic function of one argument, its complement, and log(1 + exp(x)), from a single
/// exponential; all accurate in both tails.
struct Logistic {
  /// 1/(1 + exp(-x)).
  let success: Double
  /// 1/(1 + exp(x)).
  let failure: Double
  /// log(1 + exp(x)).
  let softplus: Double

  @inline(__always)
  init(_ x: Double) {
    let small = Double.exp(-abs(x))
    let shares = LogisticShares(x, small: small)
    success = shares.success
    failure = shares.failure
    // log(1 + small): the logarithm of the rounded sum, with what rounding left out.
    let sum = 1 + small
    softplus = 0.5 * (x + abs(x)) + (Double.log(sum) + (small - (sum - 1)) / sum)
  }
}

/// The logistic function and its complement.
struct LogisticShares {
  /// 1/(1 + exp(-x)).
  let success: Double
  /// 1/(1 + exp(x)).
  let failure: Double

  /// - Parameter small: exp(-|x|).
  @inline(__always)
  init(_ x: Double, small: Double) {
    let larger = 1 / (1 + small)
    let smaller = small * larger
    // Exchanges the two where x is negative. The sign of x is as good as random from row to row,
    // and a branch on it would take longer than the exponential.
    let signs = UInt64(bitPattern: Int64(bitPattern: x.bitPattern) >> 63)
    let exchange = (larger.bitPattern ^ smaller.bitPattern) & signs
    success = Double(bitPattern: larger.bitPattern ^ exchange)
    failure = Double(bitPattern: smaller.bitPattern ^ exchange)
  }
}
