// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import MixedModelFitting
import ModelOptimization
import StatisticalFunctions

/// The fixed effects of a model under one rule for degrees of freedom: what every test of them rests
/// on, computed once.
///
///     let inference = try model.inference(degreesOfFreedom: .satterthwaite)
///     try inference.coefficientTable()
///     try inference.estimate(of: [1, 5])
///     try inference.test(LinearHypothesis(zero: ["days"], of: model.fixedEffects))
public struct FixedEffectsInference: Sendable {
  public let fixedEffects: FixedEffects
  let reference: any TestReference
  let model: any MixedModel
  /// What the tests use, in the words of a title, where it has to be said.
  let testDescription: String?

  /// The covariance matrix of the estimable fixed effects on which the tests rest, rank × rank: that
  /// of the model, except that Kenward and Roger adjust it.
  public var covariance: Matrix { reference.covariance }

  /// The square roots of the diagonal of ``covariance``.
  public var standardErrors: [Double] {
    fixedEffects.estimates.indices.map { max(0, covariance[$0, $0]).squareRoot() }
  }

  /// The degrees of freedom of the test of each estimable coefficient; infinite for the normal
  /// distribution.
  public var degreesOfFreedom: [Double] {
    let rank = fixedEffects.count
    return (0..<rank).map { place in
      reference.degreesOfFreedom(of: (0..<rank).map { $0 == place ? 1 : 0 })
    }
  }
}

extension FixedEffectsInference {
  /// What `print(model)` shows, with these tests and the standard errors that belong to them.
  public func summary() -> ModelSummary {
    model.summary(degreesOfFreedom: degreesOfFreedom).replacing(standardErrors: standardErrors)
  }
}

/// A linear combination of the fixed effects with its t or z test and confidence interval.
public struct EstimatedCombination: Sendable, Hashable {
  public let estimate: Double
  public let standardError: Double
  /// The estimate over its standard error.
  public let statistic: Double
  /// Infinite for the normal distribution.
  public let degreesOfFreedom: Double
  /// The probability of a statistic of this magnitude or more if the combination is zero.
  public let pValue: Double
  /// The confidence limits.
  public let lower: Double
  public let upper: Double
}

extension MixedModel {
  /// The fixed effects under a rule for degrees of freedom.
  /// - Throws: ``MixedModelError`` if the rule does not apply to this model.
  public func inference(
    degreesOfFreedom: some DegreesOfFreedomMethod = .infinite
  ) throws(MixedModelError) -> FixedEffectsInference {
    FixedEffectsInference(
      fixedEffects: fixedEffects, reference: try degreesOfFreedom.reference(for: self), model: self,
      testDescription: degreesOfFreedom.testDescription)
  }
}

extension FixedEffectsInference {
  /// The estimate of `l'β` with its test and confidence interval.
  ///
  /// R: `lmerTest::contest1D`.
  /// - Parameters:
  ///   - combination: l, one entry per estimable coefficient.
  ///   - level: the coverage probability of the interval.
  /// - Throws: ``MixedModelError`` if the combination has another number of entries or one that is
  ///   not finite, or if `level` is not between zero and one.
  public func estimate(
    of combination: [Double], level: Double = 0.95
  ) throws(MixedModelError) -> EstimatedCombination {
    try checkLevel(level)
    guard combination.count == fixedEffects.count else {
      throw .combinationOfWrongLength(combination.count, coefficients: fixedEffects.names)
    }
    guard combination.allSatisfy(\.isFinite) else { throw .combinationNotFinite() }
    return unchecked(combination, level: level)
  }

  private func unchecked(_ combination: [Double], level: Double) -> EstimatedCombination {
    let estimate = zip(combination, fixedEffects.estimates).reduce(0) { $0 + $1.0 * $1.1 }
    let covariance = covariance
    var variance = 0.0
    for (j, right) in combination.enumerated() where right != 0 {
      for (i, left) in combination.enumerated() { variance += left * covariance[i, j] * right }
    }
    let error = max(0, variance).squareRoot()
    let degrees =
      error > 0 ? reference.degreesOfFreedom(of: combination) : Double.infinity
    let distribution = StudentT(degreesOfFreedom: degrees)
    let statistic = estimate / error
    // The lower tail keeps its digits where the level is close to one.
    let halfWidth = -distribution.quantile((1 - level) / 2) * error
    return EstimatedCombination(
      estimate: estimate, standardError: error, statistic: statistic, degreesOfFreedom: degrees,
      pValue: distribution.twoSidedTail(statistic), lower: estimate - halfWidth,
      upper: estimate + halfWidth)
  }

  /// The fixed effects with Wald tests and confidence intervals, one row per column of the model
  /// matrix.
  /// - Throws: ``MixedModelError`` if `level` is not between zero and one.
  public func coefficientTable(level: Double = 0.95) throws(MixedModelError) -> CoefficientTable {
    try checkLevel(level)
    var rows = fixedEffects.allNames.map(CoefficientTable.Row.init(aliased:))
    let rank = fixedEffects.count
    for (place, column) in fixedEffects.estimable.enumerated() {
      rows[column] = CoefficientTable.Row(
        name: fixedEffects.allNames[column],
        unchecked((0..<rank).map { $0 == place ? 1 : 0 }, level: level))
    }
    return CoefficientTable(rows: rows, level: level)
  }
}

/// Refuses what is no coverage probability.
func checkLevel(_ level: Double) throws(MixedModelError) {
  guard level > 0, level < 1 else {
    throw .optionNotAccepted("level", "\(level)", accepted: "a number between 0 and 1")
  }
}
