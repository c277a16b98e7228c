// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import RealModule
import StatisticalFunctions

/// The negative binomial distribution, V(mu) = mu + mu²/size (NB2); w y is the count, whose size
/// is w times that of weight one.
///
/// As the size grows it tends to the Poisson distribution.
///
/// Source: Venables & Ripley, *Modern Applied Statistics with S* (4th ed., 2002), section 7.4,
/// whose `theta` the size is.
public struct NegativeBinomial: Family {
  /// The size, or `nil` if it is estimated.
  public let size: Double?
  public let name = "negativebinomial"
  public let meanRange = 0...Double.infinity

  /// The family with its size estimated.
  public init() { size = nil }

  /// The family of a known size.
  /// - Throws: ``MixedModelError`` if the size is not positive and finite.
  public init(size: Double) throws(MixedModelError) {
    guard size > 0, size.isFinite else { throw .sizeNotPositive(size) }
    self.size = size
  }

  public var dispersion: DispersionKind { size == nil ? .size : .one }

  public var defaultLink: any Link { LogLink() }

  public func variance(_ mean: Double, parameter: Double) -> VarianceValue {
    let size = size ?? parameter
    let excess = mean / size
    return VarianceValue(
      mean + mean * excess, 1 + 2 * excess, 2 / size, sizeSlope: -mean * excess,
      mixedSlope: -2 * excess)
  }

  public func unitDeviance(_ y: Double, mean: Double, parameter: Double) -> Double {
    negativeBinomialUnitDeviance(y, mean: mean, size: size ?? parameter)
  }

  public func unitDevianceSlope(_ y: Double, mean: Double, parameter: Double) -> Double {
    let size = size ?? parameter
    return -2 * size * logRatioExcess(y + size, over: mean + size)
  }

  // The log-probability of count c = w y at mean c and size A = w a, by Stirling's formula.
  public func saturatedLogDensity(
    _ y: Double, weight: Double, parameter: Double
  ) -> SaturatedLogDensity {
    let size = weight * (size ?? parameter)
    let count = wholeCount(y, weight: weight)
    guard count > 0 else { return SaturatedLogDensity(0) }
    let value =
      -SpecialFunctions.halfLogTwoPi
      - 0.5 * (Double.log(count) + Double.log(onePlus: count / size))
      + (SpecialFunctions.stirlingRemainder(size + count)
        - SpecialFunctions.stirlingRemainder(size))
      - SpecialFunctions.stirlingRemainder(count)
    let slope =
      0.5 * count / (size + count)
      + size
      * (SpecialFunctions.stirlingRemainderSlope(size + count)
        - SpecialFunctions.stirlingRemainderSlope(size))
    return SaturatedLogDensity(value, slope: slope)
  }

  public func problem(with y: Double, weight: Double) -> ResponseProblem? {
    countProblem(y, weight: weight, family: name)
  }

  public func startingMean(_ y: Double, weight: Double) -> Double { y > 0 ? y : 1.0 / 6 }

  public func draw(
    mean: Double, parameter: Double, weight: Double,
    using generator: inout some RandomNumberGenerator
  ) -> Double {
    generator.negativeBinomial(mean: weight * mean, size: weight * (size ?? parameter)) / weight
  }
}
