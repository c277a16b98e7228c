// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelFitting

/// A rule for the denominator degrees of freedom of tests of single coefficients.
///
/// To add a rule, conform a type to this protocol.
public protocol DegreesOfFreedomMethod: Sendable {
  /// One number per estimable coefficient of the model, positive; infinite for a normal reference
  /// distribution.
  func degreesOfFreedom(ofCoefficientsOf model: some MixedModel) -> [Double]

  /// What tests with these degrees of freedom use, in the words of a title: `Satterthwaite's method`;
  /// `nil` where a title need not say it.
  var testDescription: String? { get }
}

extension DegreesOfFreedomMethod {
  public var testDescription: String? { nil }
}

/// Infinitely many: coefficients over their standard errors are referred to the normal
/// distribution, as MixedModels.jl does, and statistics are named z.
public struct InfiniteDegreesOfFreedom: DegreesOfFreedomMethod {
  public init() {}

  public func degreesOfFreedom(ofCoefficientsOf model: some MixedModel) -> [Double] {
    model.fixedEffects.map { _ in .infinity }
  }
}

/// The rows less the estimable fixed effects, the same for every coefficient (`DFMethod` 'residual'
/// in MATLAB).
public struct ResidualDegreesOfFreedom: DegreesOfFreedomMethod {
  public init() {}

  public func degreesOfFreedom(ofCoefficientsOf model: some MixedModel) -> [Double] {
    model.fixedEffects.map { _ in Double(model.residualDegreesOfFreedom) }
  }

  public var testDescription: String? { "residual degrees of freedom" }
}

extension DegreesOfFreedomMethod where Self == InfiniteDegreesOfFreedom {
  /// A normal reference distribution.
  public static var infinite: InfiniteDegreesOfFreedom { InfiniteDegreesOfFreedom() }
}

extension DegreesOfFreedomMethod where Self == ResidualDegreesOfFreedom {
  /// The rows less the estimable fixed effects.
  public static var residual: ResidualDegreesOfFreedom { ResidualDegreesOfFreedom() }
}
