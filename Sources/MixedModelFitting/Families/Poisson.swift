// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import RealModule
import StatisticalFunctions

/// The Poisson distribution, V(mu) = mu; w y is the count.
public struct Poisson: Family {
  public let name = "poisson"
  public let dispersion = DispersionKind.one
  public let meanRange = 0...Double.infinity

  public init() {}

  public var defaultLink: any Link { LogLink() }

  public func variance(_ mean: Double, parameter: Double) -> VarianceValue {
    VarianceValue(mean, 1, 0)
  }

  public func unitDeviance(_ y: Double, mean: Double, parameter: Double) -> Double {
    poissonUnitDeviance(y, mean: mean)
  }

  // c log c - c - log c! with c = w y, by Stirling's formula without cancellation.
  public func saturatedLogDensity(
    _ y: Double, weight: Double, parameter: Double
  ) -> SaturatedLogDensity {
    let count = wholeCount(y, weight: weight)
    guard count > 0 else { return SaturatedLogDensity(0) }
    return SaturatedLogDensity(
      -SpecialFunctions.halfLogTwoPi - 0.5 * Double.log(count)
        - SpecialFunctions.stirlingRemainder(count))
  }

  public func problem(with y: Double, weight: Double) -> ResponseProblem? {
    countProblem(y, weight: weight, family: name)
  }

  public func startingMean(_ y: Double, weight: Double) -> Double { y + 0.1 }

  public func draw(
    mean: Double, parameter: Double, weight: Double,
    using generator: inout some RandomNumberGenerator
  ) -> Double {
    generator.poisson(mean: weight * mean) / weight
  }
}

/// The count that a rate stands for: w y, which rounding may have moved off a whole number.
func wholeCount(_ y: Double, weight: Double) -> Double {
  let count = weight * y
  let whole = count.rounded()
  return abs(count - whole) <= wholeNumberTolerance * max(1, count) ? whole : count
}

/// A quotient of whole numbers multiplied back misses the whole number by a few roundings; data
/// written with nine digits or more count as whole.
private let wholeNumberTolerance = 1e-8

/// The problem of a response that must be a count or, with a weight, a count over its weight.
func countProblem(_ y: Double, weight: Double, family: String) -> ResponseProblem? {
  let requirement =
    weight == 1
    ? "The \(family) family needs whole counts."
    : "The \(family) family needs whole counts divided by the weights."
  guard y.isFinite else { return ResponseProblem(fault: "not finite", requirement: requirement) }
  guard y >= 0 else { return ResponseProblem(fault: "negative", requirement: requirement) }
  let count = wholeCount(y, weight: weight)
  guard count != count.rounded() else { return nil }
  return ResponseProblem(
    fault: weight == 1
      ? "not whole" : "a count of \(numberText(count)) at its weight of \(numberText(weight))",
    requirement: requirement)
}
