// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelFitting
import StatisticalFunctions

/// Likelihood-ratio tests of nested models, each against the one before it.
///
///     print(try likelihoodRatioTest(small, large))
public struct LikelihoodRatioTest: Sendable {
  /// One model, and its test against the model of the row before.
  public struct Row: Sendable {
    /// The formula, or the name that was given.
    public let name: String
    /// Those of the fit by maximum likelihood.
    public let criteria: InformationCriteria
    /// Twice the difference of the log-likelihoods; `nil` in the first row.
    public let statistic: Double?
    /// The difference of the numbers of parameters.
    public let degreesOfFreedom: Int?
    /// The probability of a chi-squared variable of this size or more; `nil` without degrees of
    /// freedom, too.
    public let pValue: Double?
  }

  /// In order of the number of parameters.
  public let rows: [Row]
  /// Whether each model was shown to be a special case of the next.
  public let isNestingChecked: Bool
  /// What was done, and what limits the tests, each a sentence.
  public let notes: [String]
}

/// Tests nested models against each other, in order of their numbers of parameters.
///
/// The models must be of the same rows and response, and their likelihoods of the same kind. Models
/// fitted by REML are fitted again by maximum likelihood, and the notes say so. A model is nested in
/// another if its fixed effects are combinations of the other's, its random effects too by the same
/// grouping factors, and no covariance is free that the other fixes. Where that cannot be told, as for
/// `(1 | a & b)` beside `(0 + b | a)`, the test is made and a note says so.
///
/// R: `anova(m0, m1)`. MixedModels.jl: `likelihoodratiotest`. MATLAB: `compare`.
/// - Throws: ``MixedModelError`` if there are fewer than two models, their likelihoods do not compare,
///   one is shown not to be nested in the next, or stochastic log-determinants leave the difference
///   open.
public func likelihoodRatioTest(
  _ models: any MixedModel...
) throws(MixedModelError) -> LikelihoodRatioTest {
  try likelihoodRatioTest(of: models)
}

/// Tests nested models against each other, in order of their numbers of parameters.
/// - Parameter names: what the models are called in the result; their formulas by default.
/// - Throws: ``MixedModelError`` if there are fewer than two models, their likelihoods do not compare,
///   or one is shown not to be nested in the next.
public func likelihoodRatioTest(
  of models: [any MixedModel], names: [String] = []
) throws(MixedModelError) -> LikelihoodRatioTest {
  let compared = try ComparedModels(models, names: names)
  let entries = compared.entries.enumerated().sorted { left, right in
    let (first, second) =
      (left.element.criteria.parameterCount, right.element.criteria.parameterCount)
    return first == second ? left.offset < right.offset : first < second
  }.map(\.element)
  var notes = compared.notes
  var rows = [
    LikelihoodRatioTest.Row(
      name: entries[0].name, criteria: entries[0].criteria, statistic: nil, degreesOfFreedom: nil,
      pValue: nil)
  ]
  var isNestingChecked = true
  var testsVariances = false
  for (smaller, larger) in zip(entries, entries.dropFirst()) {
    switch Nesting(smaller.model, in: larger.model) {
    case .nested: break
    case .notNested(let reason): throw .modelsNotNested(smaller.name, larger.name, reason)
    case .unknown(let question):
      isNestingChecked = false
      notes.append(
        "It could not be checked that \(smaller.name) is nested in \(larger.name): \(question).")
    }
    if smaller.model.theta.count != larger.model.theta.count { testsVariances = true }
    let degrees = larger.criteria.parameterCount - smaller.criteria.parameterCount
    let difference = smaller.criteria.objective - larger.criteria.objective
    let comparison = StochasticComparison(smaller.model, larger.model)
    try comparison.check(difference, of: smaller.name, from: larger.name)
    if let note = comparison.note(of: larger.name) { notes.append(note) }
    if difference < -negligibleRatio * max(1, abs(smaller.criteria.objective)) {
      notes.append(
        "\(larger.name) has the lower likelihood, which a larger model cannot have at its optimum.")
    }
    rows.append(
      LikelihoodRatioTest.Row(
        name: larger.name, criteria: larger.criteria, statistic: difference,
        degreesOfFreedom: degrees,
        pValue: degrees > 0
          ? ChiSquared(degreesOfFreedom: Double(degrees)).survival(max(0, difference)) : nil))
  }
  if testsVariances {
    notes.append(
      "A variance is tested at the end of its range, where the p-value is too large: see the tests "
        + "of random effects.")
  }
  return LikelihoodRatioTest(rows: rows, isNestingChecked: isNestingChecked, notes: notes)
}

/// The share of the objective by which optima of the same likelihood may differ.
private let negligibleRatio = 1e-8

extension LikelihoodRatioTest: CustomStringConvertible {
  /// The tests as a table of results.
  public var table: ResultTable {
    var table = ResultTable(
      "likelihoodRatioTest", title: "Likelihood-ratio tests",
      columns: [
        ResultTable.Column("model", "Model"), ResultTable.Column("dof", "DF"),
        ResultTable.Column("aic", "AIC", .decimals(4)),
        ResultTable.Column("bic", "BIC", .decimals(4)),
        ResultTable.Column("logLik", "logLik", .decimals(4)),
        ResultTable.Column("objective", "-2 logLik", .decimals(4)),
        ResultTable.Column("statistic", "LR", .decimals(4)),
        ResultTable.Column("deltaDof", "Delta DF"),
        ResultTable.Column("pValue", "Pr(>Chisq)", .probability),
      ])
    for row in rows {
      table.append([
        .text(row.name), .integer(row.criteria.parameterCount), .number(row.criteria.aic),
        .number(row.criteria.bic), .number(row.criteria.logLikelihood),
        .number(row.criteria.objective), ResultTable.Value(row.statistic),
        row.degreesOfFreedom.map { .integer($0) } ?? .missing, ResultTable.Value(row.pValue),
      ])
    }
    table.notes = notes
    return table
  }

  public var description: String { table.description }
}
