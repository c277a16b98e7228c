// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import RealModule
import StatisticalFunctions

/// The normal distribution, V(mu) = 1; with a link that is not the identity, too.
public struct Gaussian: Family {
  public let name = "gaussian"
  public let dispersion = DispersionKind.likelihood
  public let meanRange = -Double.infinity...Double.infinity

  public init() {}

  public var defaultLink: any Link { IdentityLink() }

  public func variance(_ mean: Double, parameter: Double) -> VarianceValue {
    VarianceValue(1, 0, 0)
  }

  public func unitDeviance(_ y: Double, mean: Double, parameter: Double) -> Double {
    (y - mean) * (y - mean)
  }

  public func saturatedLogDensity(
    _ y: Double, weight: Double, parameter: Double
  ) -> SaturatedLogDensity {
    SaturatedLogDensity(
      -SpecialFunctions.halfLogTwoPi - 0.5 * Double.log(parameter / weight), slope: -0.5)
  }

  public func problem(with y: Double, weight: Double) -> ResponseProblem? {
    guard !y.isFinite else { return nil }
    return ResponseProblem(
      fault: "not finite", requirement: "The gaussian family needs finite numbers.")
  }

  public func startingMean(_ y: Double, weight: Double) -> Double { y }

  public func draw(
    mean: Double, parameter: Double, weight: Double,
    using generator: inout some RandomNumberGenerator
  ) -> Double {
    mean + (parameter / weight).squareRoot() * generator.normal()
  }
}
