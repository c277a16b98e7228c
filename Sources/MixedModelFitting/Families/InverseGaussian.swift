// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import RealModule
import StatisticalFunctions

/// The inverse Gaussian distribution, V(mu) = mu³.
public struct InverseGaussian: Family {
  public let name = "inversegaussian"
  public let dispersion = DispersionKind.likelihood
  public let meanRange = 0...Double.infinity

  public init() {}

  public var defaultLink: any Link { InverseSquareLink() }

  public func variance(_ mean: Double, parameter: Double) -> VarianceValue {
    VarianceValue(mean * mean * mean, 3 * mean * mean, 6 * mean)
  }

  public func unitDeviance(_ y: Double, mean: Double, parameter: Double) -> Double {
    let ratio = y / mean - 1
    return ratio * ratio / y
  }

  // -log(2π φ y³ / w) / 2.
  public func saturatedLogDensity(
    _ y: Double, weight: Double, parameter: Double
  ) -> SaturatedLogDensity {
    SaturatedLogDensity(
      -SpecialFunctions.halfLogTwoPi - 0.5 * Double.log(parameter / weight) - 1.5 * Double.log(y),
      slope: -0.5)
  }

  public func problem(with y: Double, weight: Double) -> ResponseProblem? {
    positiveResponseProblem(y, family: name)
  }

  public func startingMean(_ y: Double, weight: Double) -> Double { y }

  public func draw(
    mean: Double, parameter: Double, weight: Double,
    using generator: inout some RandomNumberGenerator
  ) -> Double {
    max(generator.inverseGaussian(mean: mean, shape: weight / parameter), .leastNonzeroMagnitude)
  }
}
