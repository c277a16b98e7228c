// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelFitting
import ModelFormulas
import StatisticalFunctions

/// Likelihood-ratio tests of random effects.
///
/// A variance is tested at the end of its range. Without one effect that has a variance and d - 1
/// covariances, the statistic is a mixture of chi-squared variables with d - 1 and d degrees of freedom,
/// half each, as the groups become many. Where a deletion takes several effects at once there is no such
/// simple mixture; the chi-squared distribution with d degrees of freedom then gives a p-value that is
/// too large.
///
/// Source: Self & Liang (1987); Stram & Lee, "Variance components testing in the longitudinal mixed
/// effects model", Biometrics 50 (1994), 1171-1177.
public struct RandomEffectsTests: Sendable {
  /// The model without one random effect.
  public struct Row: Sendable {
    /// What is left out, such as `days in (1 + days | subj)`.
    public let term: String
    /// Minus twice the log-likelihood, or the REML criterion, without it.
    public let objective: Double
    /// The parameters without it.
    public let parameterCount: Int
    /// By how much the objective grows.
    public let statistic: Double
    /// The variances and covariances left out.
    public let degreesOfFreedom: Int
    /// From the mixture, or from the chi-squared distribution where there is none.
    public let pValue: Double
    /// Whether the reference distribution is the mixture of two, which holds as the groups become many.
    public let usesMixture: Bool
  }

  /// The objective of the whole model, by the criterion of its fit.
  public let objective: Double
  public let parameterCount: Int
  public let rows: [Row]
  /// What limits the tests, each a sentence.
  public let notes: [String]
}

extension MixedModel {
  /// Tests each random effect that can be left out: of several effects in a term those that no other
  /// one contains, without the intercept; else the term.
  ///
  /// The fits are by the model's own criterion, REML too, since the fixed effects stay.
  ///
  /// R: `lmerTest::ranova`, which refers to chi-squared variables with d degrees of freedom throughout.
  /// - Throws: ``MixedModelError`` if the model does not hold its rows or has no likelihood, or if a
  ///   smaller model cannot be fitted.
  /// - Complexity: a fit per effect.
  public func randomEffectsTests() throws(MixedModelError) -> RandomEffectsTests {
    let whole = try reducible()
    guard informationCriteria != nil else {
      throw .noLikelihood(family.name, criterion: criterionName)
    }
    var notes = ["The p-values hold for many groups; with few they are too large."]
    var rows: [RandomEffectsTests.Row] = []
    for deletion in formula.randomEffectDeletions {
      let objective: Double
      var thetaCount = 0
      let effectCount: Int
      let comparison: StochasticComparison
      if deletion.randomTerms.isEmpty {
        objective = try whole.objectiveWithoutRandomEffects()
        effectCount = design.randomEffects.reduce(0) { $0 + $1.dimension }
        // Without random effects there is no determinant.
        comparison = StochasticComparison(self, nil)
      } else {
        let rest = try whole.reduced(to: formula.replacing(randomTerms: deletion.randomTerms))
        if !rest.hasConverged { notes.append("The fit without \(deletion.name) did not converge.") }
        objective = rest.objective
        comparison = StochasticComparison(rest, self)
        thetaCount = rest.theta.count
        effectCount =
          design.randomEffects.reduce(0) { $0 + $1.dimension }
          - rest.design.randomEffects.reduce(0) { $0 + $1.dimension }
      }
      let degrees = theta.count - thetaCount
      let statistic = objective - self.objective
      try comparison.check(
        statistic, of: "the model without \(deletion.name)", from: "the whole model")
      if let note = comparison.note(of: deletion.name) { notes.append(note) }
      let usesMixture = effectCount == 1
      rows.append(
        RandomEffectsTests.Row(
          term: deletion.name, objective: objective, parameterCount: parameterCount - degrees,
          statistic: statistic, degreesOfFreedom: degrees,
          pValue: boundaryTail(max(0, statistic), degrees, usesMixture: usesMixture),
          usesMixture: usesMixture))
    }
    return RandomEffectsTests(
      objective: objective, parameterCount: parameterCount, rows: rows, notes: notes)
  }
}

/// The probability of a statistic of this size or more if the variance is zero.
private func boundaryTail(_ statistic: Double, _ degrees: Int, usesMixture: Bool) -> Double {
  func tail(_ degrees: Int) -> Double {
    // Without degrees of freedom the variable is zero.
    degrees == 0
      ? (statistic > 0 ? 0 : 1) : ChiSquared(degreesOfFreedom: Double(degrees)).survival(statistic)
  }
  return usesMixture ? (tail(degrees - 1) + tail(degrees)) / 2 : tail(degrees)
}

extension Formula {
  /// The random effects that can be left out, with the terms that remain.
  fileprivate var randomEffectDeletions: [(name: String, randomTerms: [RandomTerm])] {
    randomTerms.indices.flatMap { place -> [(name: String, randomTerms: [RandomTerm])] in
      let term = randomTerms[place]
      let candidates = term.effects.filter { effect in
        !effect.isIntercept && !term.effects.contains { $0.contains(effect) }
      }
      var others = randomTerms
      guard term.effects.count > 1, !candidates.isEmpty else {
        others.remove(at: place)
        return [("\(term)", others)]
      }
      return candidates.compactMap { effect in
        guard let rest = term.removing(effect) else { return nil }
        others[place] = rest
        return ("\(effect) in \(term)", others)
      }
    }
  }
}

extension RandomEffectsTests: CustomStringConvertible {
  /// The tests as a table of results, the whole model first.
  public var table: ResultTable {
    var table = ResultTable(
      "randomEffectsTests", title: "Likelihood-ratio tests of random effects",
      columns: [
        ResultTable.Column("term", "Term"), ResultTable.Column("dof", "DF"),
        ResultTable.Column("objective", "Objective", .decimals(4)),
        ResultTable.Column("statistic", "LR", .decimals(4)),
        ResultTable.Column("deltaDof", "Delta DF"), ResultTable.Column("reference", "Reference"),
        ResultTable.Column("pValue", "Pr(>LR)", .probability),
      ])
    table.append([.text("<none>"), .integer(parameterCount), .number(objective)])
    for row in rows {
      let degrees = row.degreesOfFreedom
      table.append([
        .text(row.term), .integer(row.parameterCount), .number(row.objective),
        .number(row.statistic), .integer(degrees),
        .text(
          row.usesMixture
            ? "chi2(\(degrees - 1)) / 2 + chi2(\(degrees)) / 2" : "chi2(\(degrees)), conservative"),
        .number(row.pValue),
      ])
    }
    table.notes = notes
    return table
  }

  public var description: String { table.description }
}
