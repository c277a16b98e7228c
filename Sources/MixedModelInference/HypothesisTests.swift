// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import MixedModelFitting

/// Wald tests of equations on the coefficients: of each alone, and of all together.
public struct HypothesisTests: Sendable {
  public struct Row: Sendable, Hashable {
    /// The equation as it was written.
    public let equation: String
    /// The estimate of its combination of coefficients, all on the left side.
    public let estimate: Double
    public let standardError: Double
    /// The value that the combination has by hypothesis.
    public let value: Double
    public let test: LinearHypothesisTest
  }

  /// One row per equation.
  public let rows: [Row]
  /// The test of all equations together; with one equation it is that of the row.
  public let joint: LinearHypothesisTest
  /// How the degrees of freedom were found, in the words of a title.
  let testDescription: String?
}

extension MixedModel {
  /// Tests equations on the coefficients, each alone and all together.
  ///
  ///     try model.hypothesisTests(["days = 10", "2 * age - size = 0"], degreesOfFreedom: .satterthwaite)
  ///
  /// R: `car::linearHypothesis`. MATLAB: `coefTest`.
  /// - Parameter equations: as ``LinearHypothesis/init(equations:of:)`` reads them.
  /// - Throws: ``MixedModelError`` if an equation cannot be read, names no coefficient or contradicts
  ///   others, or if the rule does not apply.
  public func hypothesisTests(
    _ equations: [String], degreesOfFreedom: some DegreesOfFreedomMethod = .infinite
  ) throws(MixedModelError) -> HypothesisTests {
    let inference = try inference(degreesOfFreedom: degreesOfFreedom)
    let all = try LinearHypothesis(equations: equations, of: fixedEffects)
    var rows: [HypothesisTests.Row] = []
    for equation in equations {
      let hypothesis = try LinearHypothesis(equations: [equation], of: fixedEffects)
      let variance = hypothesis.fixedEffects.congruence(inference.covariance)[0, 0]
      rows.append(
        HypothesisTests.Row(
          equation: equation,
          estimate: hypothesis.discrepancies(self)[0] + hypothesis.values[0],
          standardError: max(0, variance).squareRoot(), value: hypothesis.values[0],
          test: try inference.test(hypothesis)))
    }
    return HypothesisTests(
      rows: rows, joint: try inference.test(all), testDescription: inference.testDescription)
  }
}

extension HypothesisTests: CustomStringConvertible {
  /// The tests as a table of results; its last row is that of all equations, if there are several.
  public var table: ResultTable {
    let isF = !joint.isChiSquared
    var table = ResultTable(
      "hypothesisTests",
      title: "Wald tests of linear hypotheses" + (testDescription.map { " (\($0))" } ?? ""),
      columns: [
        ResultTable.Column("hypothesis", "Hypothesis"), ResultTable.Column("estimate", "Estimate"),
        ResultTable.Column("standardError", "Std. Error"), ResultTable.Column("value", "Value"),
      ] + LinearHypothesisTest.columns(isF: isF))
    for row in rows {
      table.append(
        [
          .text(row.equation), .number(row.estimate), .number(row.standardError),
          .number(row.value),
        ] + row.test.cells(isF: isF))
    }
    if rows.count > 1 {
      table.append(
        [.text("all together"), .missing, .missing, .missing] + joint.cells(isF: isF))
    }
    return table
  }

  public var description: String { table.description }
}

extension LinearHypothesisTest {
  /// The columns of tests in a table.
  static func columns(isF: Bool) -> [ResultTable.Column] {
    isF
      ? [
        ResultTable.Column("numeratorDF", "NumDF"), ResultTable.Column("denominatorDF", "DenDF"),
        ResultTable.Column("statistic", "F"), ResultTable.Column("pValue", "Pr(>F)", .probability),
      ]
      : [
        ResultTable.Column("statistic", "Chisq"), ResultTable.Column("df", "DF"),
        ResultTable.Column("pValue", "Pr(>Chisq)", .probability),
      ]
  }

  /// The test in these columns.
  func cells(isF: Bool) -> [ResultTable.Value] {
    let numerator = ResultTable.Value.integer(numeratorDegreesOfFreedom)
    let statistic = ResultTable.Value.number(statistic)
    return
      (isF
      ? [numerator, ResultTable.Value(denominatorDegreesOfFreedom), statistic]
      : [statistic, numerator]) + [.number(pValue)]
  }
}
