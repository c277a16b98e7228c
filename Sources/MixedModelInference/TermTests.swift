// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import MixedModelFitting

/// What the test of a fixed-effects term is adjusted for.
public enum TermTestType: Int, Sendable, CaseIterable {
  /// The terms before it.
  case typeI = 1
  /// All terms that do not contain it.
  case typeII = 2
  /// All other terms, those that contain it averaged over their levels alike.
  case typeIII = 3
}

/// Wald tests of the terms of the fixed effects.
public struct TermTests: Sendable {
  public struct Row: Sendable, Hashable {
    public let term: String
    /// `nil` if other terms determine all columns of this one.
    public let test: LinearHypothesisTest?
  }

  /// One row per term, without the intercept.
  public let rows: [Row]
  public let type: TermTestType
  /// How the degrees of freedom were found, in the words of a title.
  let testDescription: String?
  /// What limits the tests, each a sentence.
  public let notes: [String]

  /// The test of a term, named as the formula shows it; `nil` if there is none such.
  public subscript(term: String) -> LinearHypothesisTest? { rows.first { $0.term == term }?.test }
}

extension MixedModel {
  /// Tests each term of the fixed effects.
  ///
  ///     try model.termTests(.typeIII, degreesOfFreedom: .satterthwaite)
  ///
  /// The statistics are chi-squared, or F with the degrees of freedom of the rule. The hypotheses:
  ///
  /// - type I: the rows of a term in the triangular factor of the model matrix, as lmerTest's; for
  ///   generalized models of the information on the fixed effects.
  /// - type II: no effect in the model without the terms that contain this one; that model's estimates
  ///   follow from the covariance matrix, as in `car::Anova`.
  /// - type III: no effect when cells of all other factors are averaged with equal weights, covariates
  ///   of interactions at zero. They do not depend on how factors are coded (lmerTest; type III of
  ///   SAS where no cell is empty).
  ///
  /// R: `anova(model, type = 3)` of lmerTest, `car::Anova`. MATLAB: `anova`.
  /// - Throws: ``MixedModelError`` if there is no term, or the rule does not apply; for types II and
  ///   III if an interaction has empty cells; for type I if a linear model does not hold its rows.
  public func termTests(
    _ type: TermTestType = .typeIII, degreesOfFreedom: some DegreesOfFreedomMethod = .infinite
  ) throws(MixedModelError) -> TermTests {
    try inference(degreesOfFreedom: degreesOfFreedom).termTests(type)
  }
}

extension FixedEffectsInference {
  /// Tests each term of the fixed effects.
  /// - Throws: ``MixedModelError`` as ``MixedModel/termTests(_:degreesOfFreedom:)``.
  public func termTests(_ type: TermTestType = .typeIII) throws(MixedModelError) -> TermTests {
    let hypotheses = try TermHypotheses(model, covariance: covariance)
    var rows: [TermTests.Row] = []
    for (index, term) in model.formula.fixedTerms.enumerated() where !term.isIntercept {
      let matrix =
        switch type {
        case .typeI: try hypotheses.sequential(index)
        case .typeII: try hypotheses.marginal(index)
        case .typeIII: try hypotheses.averaged(index)
        }
      rows.append(
        TermTests.Row(
          term: term.description,
          test: matrix.rowCount == 0 ? nil : try test(LinearHypothesis(matrix))))
    }
    guard !rows.isEmpty else { throw .noTermToTest() }
    let aliased = fixedEffects.aliasedNames
    return TermTests(
      rows: rows, type: type, testDescription: testDescription,
      notes: aliased.isEmpty
        ? []
        : ["Columns that others determine are left out: \(aliased.joined(separator: ", "))."])
  }
}

extension TermTests: CustomStringConvertible {
  /// The tests as a table of results.
  public var table: ResultTable {
    let isF = rows.contains { $0.test.map { !$0.isChiSquared } ?? false }
    let name = ["I", "II", "III"][type.rawValue - 1]
    var table = ResultTable(
      "termTests",
      title: "Wald tests of terms, type \(name)" + (testDescription.map { " (\($0))" } ?? ""),
      columns: [ResultTable.Column("term", "Term")] + LinearHypothesisTest.columns(isF: isF))
    for row in rows {
      table.append([.text(row.term)] + (row.test?.cells(isF: isF) ?? []))
    }
    table.notes = notes
    return table
  }

  public var description: String { table.description }
}
