// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelFitting
import RealModule
import StatisticalFunctions

/// Whether responses vary more than their family has it, given the random effects.
///
/// R: `performance::check_overdispersion`. Source: Bolker et al., Trends in Ecology & Evolution 24
/// (2009); the reference distribution is a rough one for small counts.
public struct OverdispersionTest: Sendable, Hashable {
  /// The sum of the squared Pearson residuals at the conditional modes.
  public let chiSquared: Double
  /// The rows less the estimated parameters.
  public let degreesOfFreedom: Int
  /// Well above one: more variation than the family has.
  public var ratio: Double { chiSquared / Double(degreesOfFreedom) }
  /// The probability of a sum of this size or more if the family is right.
  public let pValue: Double
}

/// How many responses are zero, and how many the fit expects.
///
/// R: `performance::check_zeroinflation`.
public struct ZeroCount: Sendable, Hashable {
  public let observed: Int
  /// The sum of the probabilities of a zero at the fitted means.
  public let expected: Double
  /// Well above one: more zeros than the family has.
  public var ratio: Double { Double(observed) / expected }
}

extension MixedModel {
  /// Whether responses vary more than their family has it, given the random effects.
  /// - Throws: ``MixedModelError`` unless the responses are counts or proportions of a family without
  ///   dispersion, with more rows than parameters, and the model holds its rows.
  /// - Complexity: O(n).
  public func overdispersionTest() throws(MixedModelError) -> OverdispersionTest {
    guard ["binomial", "poisson", "negativebinomial"].contains(family.name) else {
      throw .checkOfOtherFamily(
        "overdispersion", family.name, accepted: "binomial, poisson and negativebinomial models")
    }
    guard let residuals = pearsonResiduals else { throw .rowsNeeded(for: "overdispersion") }
    let degrees = observationCount - parameterCount
    guard degrees > 0 else {
      throw .noResidualDegreesOfFreedom(rows: observationCount, parameters: parameterCount)
    }
    let frequencies = heldRows?.frequencies
    var sum = 0.0
    for (row, residual) in residuals.enumerated() {
      sum += (frequencies?[row] ?? 1) * residual * residual
    }
    return OverdispersionTest(
      chiSquared: sum, degreesOfFreedom: degrees,
      pValue: ChiSquared(degreesOfFreedom: Double(degrees)).survival(sum))
  }

  /// How many responses are zero, and how many the fit expects.
  /// - Throws: ``MixedModelError`` unless the responses are counts and the model holds its rows.
  /// - Complexity: O(n).
  public func zeroCount() throws(MixedModelError) -> ZeroCount {
    guard ["poisson", "negativebinomial"].contains(family.name) else {
      throw .checkOfOtherFamily(
        "zero inflation", family.name, accepted: "poisson and negativebinomial models")
    }
    guard let model = self as? GeneralizedLinearMixedModel else {
      throw .rowsNeeded(for: "zero inflation")
    }
    let weights = model.problem.weights
    let frequencies = heldRows?.frequencies
    var observed = 0
    var expected = 0.0
    for (row, (response, mean)) in zip(model.response, model.fittedValues()).enumerated() {
      let frequency = frequencies?[row] ?? 1
      if response == 0 { observed += Int(frequency) }
      expected +=
        frequency
        * Double.exp(
          family.logDensity(
            0, mean: mean, weight: weights?[row] ?? 1, parameter: sizeParameter ?? 1))
    }
    return ZeroCount(observed: observed, expected: expected)
  }
}
