// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelFitting
import StatisticalFunctions

/// What a model loses without each of its fixed-effects terms.
public struct SingleTermDeletions: Sendable {
  /// The model without one term.
  public struct Row: Sendable {
    public let term: String
    /// Those of the model without the term.
    public let criteria: InformationCriteria
    /// Twice the log-likelihood that the term is worth.
    public let statistic: Double
    /// The parameters of the term.
    public let degreesOfFreedom: Int
    /// The probability of a chi-squared variable of this size or more; `nil` if other terms determine
    /// the term.
    public let pValue: Double?
  }

  /// The criteria of the whole model, fitted by maximum likelihood.
  public let criteria: InformationCriteria
  public let rows: [Row]
  /// What was done, and what limits the tests, each a sentence.
  public let notes: [String]

  /// The row of a term, named as the formula shows it; `nil` if there is none such.
  public subscript(term: String) -> Row? { rows.first { $0.term == term } }
}

extension MixedModel {
  /// The model without each fixed-effects term that no other term contains, fitted by maximum
  /// likelihood and compared with the whole.
  ///
  /// The model matrices are made from the rows of the model: the data are not read again. The intercept
  /// stays.
  ///
  /// R: `drop1(model, test = "Chisq")`.
  /// - Throws: ``MixedModelError`` if the model does not hold its rows, has no likelihood, or has no
  ///   term to delete.
  /// - Complexity: a fit per term.
  public func singleTermDeletions() throws(MixedModelError) -> SingleTermDeletions {
    let terms = formula.fixedTerms
    let deleted = terms.filter { term in
      !term.isIntercept && !terms.contains { $0.contains(term) }
    }
    guard !deleted.isEmpty else { throw .noTermToTest() }
    guard informationCriteria != nil else {
      throw .noLikelihood(family.name, criterion: criterionName)
    }
    let whole = try reducible().fittedByMaximumLikelihood()
    guard let criteria = whole.informationCriteria else {
      throw .noLikelihood(family.name, criterion: criterionName)
    }
    var notes: [String] = []
    if criterionName == Criterion.restrictedMaximumLikelihood.rawValue {
      notes.append(
        "The model was fitted by REML, and for the comparison again by maximum likelihood.")
    }
    var rows: [SingleTermDeletions.Row] = []
    for term in deleted {
      let rest = try whole.reduced(to: formula.removing(term))
      guard let own = rest.informationCriteria else {
        throw .noLikelihood(family.name, criterion: criterionName)
      }
      if !rest.hasConverged { notes.append("The fit without \(term) did not converge.") }
      let degrees = criteria.parameterCount - own.parameterCount
      let statistic = own.objective - criteria.objective
      let comparison = StochasticComparison(rest, whole)
      try comparison.check(statistic, of: "the model without \(term)", from: "the whole model")
      if let note = comparison.note(of: "\(term)") { notes.append(note) }
      rows.append(
        SingleTermDeletions.Row(
          term: term.description, criteria: own, statistic: statistic, degreesOfFreedom: degrees,
          pValue: degrees > 0
            ? ChiSquared(degreesOfFreedom: Double(degrees)).survival(max(0, statistic)) : nil))
    }
    return SingleTermDeletions(criteria: criteria, rows: rows, notes: notes)
  }
}

extension SingleTermDeletions: CustomStringConvertible {
  /// The deletions as a table of results, the whole model first.
  public var table: ResultTable {
    var table = ResultTable(
      "singleTermDeletions", title: "Single-term deletions",
      columns: [
        ResultTable.Column("term", "Term"), ResultTable.Column("df", "DF"),
        ResultTable.Column("aic", "AIC", .decimals(4)),
        ResultTable.Column("statistic", "LR", .decimals(4)),
        ResultTable.Column("pValue", "Pr(>Chisq)", .probability),
      ])
    table.append([.text("<none>"), .missing, .number(criteria.aic)])
    for row in rows {
      table.append([
        .text(row.term), .integer(row.degreesOfFreedom), .number(row.criteria.aic),
        .number(row.statistic), ResultTable.Value(row.pValue),
      ])
    }
    table.notes = notes
    return table
  }

  public var description: String { table.description }
}
