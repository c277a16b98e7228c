// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import RealModule
import StatisticalFunctions

/// The binomial distribution of a proportion, V(mu) = mu (1 - mu); the weights are the numbers of
/// trials. As the Bernoulli distribution it takes responses of 0 and 1 only.
public struct Binomial: Family {
  /// Whether responses are 0 or 1.
  public let isBernoulli: Bool
  public let dispersion = DispersionKind.one
  public let meanRange = 0.0...1

  /// - Parameter isBernoulli: whether responses must be 0 or 1.
  public init(isBernoulli: Bool = false) { self.isBernoulli = isBernoulli }

  public var name: String { isBernoulli ? "bernoulli" : "binomial" }

  public var defaultLink: any Link { LogitLink() }

  public func variance(_ mean: Double, parameter: Double) -> VarianceValue {
    VarianceValue(mean * (1 - mean), 1 - 2 * mean, -2)
  }

  public func unitDeviance(_ y: Double, mean: Double, parameter: Double) -> Double {
    binomialUnitDeviance(y, mean: mean)
  }

  // With k successes in n trials, by Stirling's formula without cancellation (Loader 2000,
  // equation 6).
  public func saturatedLogDensity(
    _ y: Double, weight: Double, parameter: Double
  ) -> SaturatedLogDensity {
    let successes = wholeCount(y, weight: weight)
    let failures = weight - successes
    guard successes > 0, failures > 0 else { return SaturatedLogDensity(0) }
    return SaturatedLogDensity(
      -SpecialFunctions.halfLogTwoPi - 0.5 * Double.log(successes * (failures / weight))
        + SpecialFunctions.stirlingRemainder(weight)
        - SpecialFunctions.stirlingRemainder(successes)
        - SpecialFunctions.stirlingRemainder(failures))
  }

  public func problem(with y: Double, weight: Double) -> ResponseProblem? {
    guard !isBernoulli else {
      guard y != 0, y != 1 else { return nil }
      return ResponseProblem(
        fault: "neither 0 nor 1",
        requirement: "The bernoulli family needs 0 or 1; for proportions choose the binomial "
          + "family, with the numbers of trials as weights.")
    }
    let requirement =
      "The binomial family needs proportions from 0 to 1, with the numbers of trials as weights."
    guard y >= 0, y <= 1 else {
      return ResponseProblem(
        fault: y < 0 ? "negative" : y > 1 ? "above 1" : "not finite", requirement: requirement)
    }
    guard weight == weight.rounded() else {
      return ResponseProblem(
        fault: "a proportion of \(numberText(weight)) trials, not a whole number",
        requirement: requirement)
    }
    let successes = wholeCount(y, weight: weight)
    guard successes != successes.rounded() else { return nil }
    return ResponseProblem(
      fault: "\(numberText(successes)) successes in \(counted(Int(weight), "trial")), "
        + "not a whole number",
      requirement: requirement)
  }

  public func startingMean(_ y: Double, weight: Double) -> Double {
    (weight * y + 0.5) / (weight + 1)
  }

  public func draw(
    mean: Double, parameter: Double, weight: Double,
    using generator: inout some RandomNumberGenerator
  ) -> Double {
    generator.binomial(trials: weight.rounded(), probability: mean) / weight
  }
}
