// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import RealModule
import StatisticalFunctions

/// The gamma distribution, V(mu) = mu², with shape w/φ.
public struct Gamma: Family {
  public let name = "gamma"
  public let dispersion = DispersionKind.likelihood
  public let meanRange = 0...Double.infinity

  public init() {}

  public var defaultLink: any Link { InverseLink() }

  public func variance(_ mean: Double, parameter: Double) -> VarianceValue {
    VarianceValue(mean * mean, 2 * mean, 2)
  }

  public func unitDeviance(_ y: Double, mean: Double, parameter: Double) -> Double {
    gammaUnitDeviance(y, mean: mean)
  }

  // With a = w/φ: a log a - a - log Γ(a) - log y, by Stirling's formula without cancellation.
  public func saturatedLogDensity(
    _ y: Double, weight: Double, parameter: Double
  ) -> SaturatedLogDensity {
    let shape = weight / parameter
    return SaturatedLogDensity(
      0.5 * Double.log(shape) - SpecialFunctions.halfLogTwoPi
        - SpecialFunctions.stirlingRemainder(shape) - Double.log(y),
      slope: shape * SpecialFunctions.stirlingRemainderSlope(shape) - 0.5)
  }

  public func problem(with y: Double, weight: Double) -> ResponseProblem? {
    positiveResponseProblem(y, family: name)
  }

  public func startingMean(_ y: Double, weight: Double) -> Double { y }

  public func draw(
    mean: Double, parameter: Double, weight: Double,
    using generator: inout some RandomNumberGenerator
  ) -> Double {
    let shape = weight / parameter
    // Small shapes can underflow to zero, which is no response.
    return max(mean * (generator.gamma(shape: shape) / shape), .leastNonzeroMagnitude)
  }
}

/// The problem of a response that must be positive and finite.
func positiveResponseProblem(_ y: Double, family: String) -> ResponseProblem? {
  guard !(y > 0 && y.isFinite) else { return nil }
  return ResponseProblem(
    fault: !y.isFinite ? "not finite" : y == 0 ? "not positive" : "negative",
    requirement: "The \(family) family needs positive numbers.")
}
