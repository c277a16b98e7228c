// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import RealModule

/// The function g that relates the mean of a response to its linear predictor, eta = g(mu).
///
/// A link is one type that conforms to this protocol; a family needs no code for it. The
/// `LinkChecks` of `MixedModelTesting` check a conformance.
public protocol Link: Sendable {
  /// The name in messages, tables and options, such as `logit` or `power:0.5`.
  var name: String { get }

  /// The closure of the means that the link maps to linear predictors.
  var meanRange: ClosedRange<Double> { get }

  /// The linear predictor of a mean; infinite or NaN where there is none.
  func linearPredictor(_ mean: Double) -> Double

  /// The mean at a linear predictor, with its first three derivatives; all NaN where no mean
  /// corresponds.
  func mean(_ linearPredictor: Double) -> SmoothValue

  /// log mu and log(1 - mu) at a linear predictor, each with its first three derivatives, for
  /// means that are probabilities.
  ///
  /// By default they are computed from the mean. A link whose means come close to 0 or 1 provides
  /// its own, so that neither logarithm loses digits in the tails.
  func logProbabilities(_ linearPredictor: Double) -> LogProbabilities
}

/// A smooth function of one variable at one point: its value and first three derivatives.
public struct SmoothValue: Sendable, Hashable {
  public var value: Double
  public var first: Double
  public var second: Double
  public var third: Double

  public init(_ value: Double, _ first: Double, _ second: Double, _ third: Double) {
    self.value = value
    self.first = first
    self.second = second
    self.third = third
  }

  /// No value.
  public static let undefined = SmoothValue(.nan, .nan, .nan, .nan)

  /// The logarithm of a positive function.
  public var logarithm: SmoothValue {
    let ratio = first / value
    let curvature = second / value
    return SmoothValue(
      Double.log(value), ratio, curvature - ratio * ratio,
      third / value - ratio * (3 * curvature - 2 * ratio * ratio))
  }
}

/// The logarithms of a probability and of its complement, as functions of the linear predictor.
public struct LogProbabilities: Sendable, Hashable {
  /// log mu.
  public var success: SmoothValue
  /// log(1 - mu).
  public var failure: SmoothValue

  public init(success: SmoothValue, failure: SmoothValue) {
    self.success = success
    self.failure = failure
  }
}

extension Link {
  public func logProbabilities(_ linearPredictor: Double) -> LogProbabilities {
    let mean = mean(linearPredictor)
    let complement = SmoothValue(1 - mean.value, -mean.first, -mean.second, -mean.third)
    return LogProbabilities(success: mean.logarithm, failure: complement.logarithm)
  }
}
