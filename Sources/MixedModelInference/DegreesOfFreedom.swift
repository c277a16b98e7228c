// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import MixedModelFitting

/// A rule for the reference distributions of tests of fixed effects: their covariance matrix and
/// the denominator degrees of freedom.
///
///     try model.coefficientTable(degreesOfFreedom: .kenwardRoger)
///
/// To add a rule, conform a type to this protocol.
public protocol DegreesOfFreedomMethod: Sendable {
  /// What the rule makes of a model: computed once, used for any number of tests.
  /// - Throws: ``MixedModelError`` if the rule does not apply to this model.
  func reference(for model: some MixedModel) throws(MixedModelError) -> any TestReference

  /// What tests with these degrees of freedom use, in the words of a title: `Satterthwaite's method`;
  /// `nil`, the default, where a title need not say it.
  var testDescription: String? { get }
}

extension DegreesOfFreedomMethod {
  public var testDescription: String? { nil }

  /// ``testDescription`` as a sentence below a table.
  package var note: String? { testDescription.map(degreesOfFreedomNote) }
}

/// The description of a rule as a sentence of its own: "Degrees of freedom: residual."
func degreesOfFreedomNote(_ description: String) -> String {
  let kind = " degrees of freedom"
  let rule = description.hasSuffix(kind) ? String(description.dropLast(kind.count)) : description
  return "Degrees of freedom: \(rule)."
}

/// What a rule makes of one model.
public protocol TestReference: Sendable {
  /// The covariance matrix of the estimable fixed effects on which tests rest, rank × rank.
  var covariance: Matrix { get }

  /// The degrees of freedom if they are the same for every hypothesis, infinite for the normal
  /// distribution; `nil`, the default, if they are not.
  var constantDegreesOfFreedom: Double? { get }

  /// The degrees of freedom of the t test of one combination of the estimable fixed effects, which
  /// has `rank` entries, not all zero; positive, infinite for the normal distribution.
  func degreesOfFreedom(of combination: [Double]) -> Double

  /// The reference distribution of the Wald statistic of several combinations.
  /// - Parameter combinations: r × rank with independent rows.
  func denominator(of combinations: Matrix) -> FDenominator
}

/// How the Wald statistic `(Hβ̂ - c)'(H V H')⁻¹(Hβ̂ - c) / r` becomes an F statistic.
public struct FDenominator: Sendable, Hashable {
  /// Positive; infinite for a chi-squared variable over r.
  public let degreesOfFreedom: Double
  /// The factor by which the Wald statistic is multiplied.
  public let scale: Double

  public init(degreesOfFreedom: Double, scale: Double = 1) {
    self.degreesOfFreedom = degreesOfFreedom
    self.scale = scale
  }
}

extension TestReference {
  public var constantDegreesOfFreedom: Double? { nil }
}

/// The same degrees of freedom for every hypothesis, with the covariance matrix of the model.
public struct ConstantReference: TestReference {
  public let covariance: Matrix
  private let value: Double

  /// - Parameter degreesOfFreedom: positive; infinite for the normal distribution.
  public init(covariance: Matrix, degreesOfFreedom: Double) {
    self.covariance = covariance
    value = degreesOfFreedom
  }

  public var constantDegreesOfFreedom: Double? { value }

  public func degreesOfFreedom(of combination: [Double]) -> Double { value }

  public func denominator(of combinations: Matrix) -> FDenominator {
    FDenominator(degreesOfFreedom: value)
  }
}

/// Infinitely many: coefficients over their standard errors are referred to the normal
/// distribution, as MixedModels.jl does, and statistics are named z; those of several combinations
/// are chi-squared.
public struct InfiniteDegreesOfFreedom: DegreesOfFreedomMethod {
  public init() {}

  public func reference(
    for model: some MixedModel
  ) throws(MixedModelError) -> any TestReference {
    ConstantReference(covariance: model.fixedEffectsCovariance, degreesOfFreedom: .infinity)
  }
}

/// The rows less the estimable fixed effects, the same for every coefficient (`DFMethod` 'residual'
/// in MATLAB).
public struct ResidualDegreesOfFreedom: DegreesOfFreedomMethod {
  public init() {}

  public func reference(
    for model: some MixedModel
  ) throws(MixedModelError) -> any TestReference {
    ConstantReference(
      covariance: model.fixedEffectsCovariance,
      degreesOfFreedom: Double(model.residualDegreesOfFreedom))
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
