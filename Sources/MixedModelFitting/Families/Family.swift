// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

/// The distribution of a response given its mean.
///
/// The package's own families are exponential dispersion models: with prior weight w the
/// variance is φ V(mu) / w, and the log-density that of the saturated model less half the scaled
/// unit deviance,
///
///     log f(y; mu) = log f(y; y) - w d(y, mu) / (2φ).
///
/// So a family is stated by its variance function, its unit deviance and its saturated
/// log-density, and everything else follows, with any link. A weight is a number of trials
/// (binomial), an exposure or number of averaged observations (the others): w y is the count of
/// a Poisson or negative binomial response.
///
/// A family is one type that conforms to this protocol; the `FamilyChecks` of
/// `MixedModelTesting` check it.
///
/// Source: McCullagh & Nelder, *Generalized Linear Models* (2nd ed., 1989), section 2.2;
/// Jørgensen, *The Theory of Dispersion Models* (1997).
public protocol Family: Sendable {
  /// The name in messages, tables and options, such as `poisson`.
  var name: String { get }

  /// The link used when none is named.
  var defaultLink: any Link { get }

  /// Whether the likelihood has a parameter beside the mean.
  var dispersion: DispersionKind { get }

  /// The closure of the means a response can have; the means themselves lie in the interior.
  var meanRange: ClosedRange<Double> { get }

  /// The variance function V at a mean in the interior of the range, with its derivatives.
  /// - Parameter parameter: the size, for a family with an estimated one; otherwise unused.
  func variance(_ mean: Double, parameter: Double) -> VarianceValue

  /// The unit deviance d(y, mu), which is not negative and zero at mu = y.
  func unitDeviance(_ y: Double, mean: Double, parameter: Double) -> Double

  /// The derivative of the unit deviance with respect to the logarithm of an estimated size.
  func unitDevianceSlope(_ y: Double, mean: Double, parameter: Double) -> Double

  /// log f(y; y), the log-density at the mean that fits best, with all constants; and its
  /// derivative with respect to the logarithm of the parameter.
  /// - Parameter parameter: the dispersion φ or the size; one if the family has neither.
  func saturatedLogDensity(_ y: Double, weight: Double, parameter: Double) -> SaturatedLogDensity

  /// What is wrong with a response of the given weight, or `nil`.
  func problem(with y: Double, weight: Double) -> ResponseProblem?

  /// A mean near the response, in the interior of the range, at which iterations start.
  func startingMean(_ y: Double, weight: Double) -> Double

  /// A random response: of the mean given and, with prior weight w, the variance φ V(mu) / w.
  ///
  /// Simulations and the bootstrap need it; a family that does not state it is refused there.
  /// - Parameter parameter: the dispersion φ or the size; one if the family has neither.
  func draw(
    mean: Double, parameter: Double, weight: Double,
    using generator: inout some RandomNumberGenerator
  ) throws(MixedModelError) -> Double
}

/// The parameter that a family's likelihood has beside the mean.
public enum DispersionKind: Sendable, Hashable {
  /// None: φ is one.
  case one
  /// The dispersion φ, estimated by maximum likelihood.
  case likelihood
  /// A size parameter of the variance function, estimated by maximum likelihood; φ is one.
  case size
  /// The dispersion φ, estimated by the Pearson statistic over its degrees of freedom; there is
  /// no likelihood, only a quasi-likelihood.
  case pearson

  /// Whether the likelihood has a parameter to maximize over.
  package var hasLikelihoodParameter: Bool { self == .likelihood || self == .size }
}

/// A variance function at one mean.
public struct VarianceValue: Sendable, Hashable {
  /// V, positive.
  public var value: Double
  /// dV/dmu.
  public var first: Double
  /// d²V/dmu².
  public var second: Double
  /// ∂V/∂t with t the logarithm of an estimated size.
  public var sizeSlope: Double
  /// ∂²V/∂mu∂t.
  public var mixedSlope: Double

  public init(
    _ value: Double, _ first: Double, _ second: Double, sizeSlope: Double = 0,
    mixedSlope: Double = 0
  ) {
    self.value = value
    self.first = first
    self.second = second
    self.sizeSlope = sizeSlope
    self.mixedSlope = mixedSlope
  }
}

/// A log-density at its greatest over all means.
public struct SaturatedLogDensity: Sendable, Hashable {
  public var value: Double
  /// The derivative with respect to the logarithm of the dispersion or size.
  public var slope: Double

  public init(_ value: Double, slope: Double = 0) {
    self.value = value
    self.slope = slope
  }
}

/// What is wrong with a response value.
public struct ResponseProblem: Sendable, Hashable {
  /// What the value is, after "The response is -1 in row 3, which is …".
  public let fault: String
  /// What the family accepts, as a full sentence.
  public let requirement: String

  public init(fault: String, requirement: String) {
    self.fault = fault
    self.requirement = requirement
  }
}

extension Family {
  public func unitDevianceSlope(_ y: Double, mean: Double, parameter: Double) -> Double { 0 }

  public func draw(
    mean: Double, parameter: Double, weight: Double,
    using generator: inout some RandomNumberGenerator
  ) throws(MixedModelError) -> Double {
    throw .noDraws(from: name, isQuasi: dispersion == .pearson)
  }

  /// log f(y; mu), with all constants.
  /// - Parameters:
  ///   - weight: the prior weight, positive.
  ///   - parameter: the dispersion φ or the size; one if the family has neither.
  public func logDensity(
    _ y: Double, mean: Double, weight: Double = 1, parameter: Double = 1
  ) -> Double {
    let dispersion = dispersion == .likelihood ? parameter : 1
    return saturatedLogDensity(y, weight: weight, parameter: parameter).value
      - 0.5 * (weight / dispersion) * unitDeviance(y, mean: mean, parameter: parameter)
  }
}
