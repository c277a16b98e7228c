// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import MixedModelErrors
import MixedModelFitting
import MixedModelInference
import Testing

@Suite("Wald tests and intervals")
struct WaldInferenceTests {
  private static func sleepstudy() throws -> LinearMixedModel {
    try .fit("reaction ~ 1 + days + (1 + days | subj)", data: Dataset.sleepstudy.table)
  }

  private static func agree(_ value: Double?, _ expected: Double, _ tolerance: Double) -> Bool {
    value.map { abs($0 - expected) <= tolerance * abs(expected) } ?? false
  }

  @Test("The default is a z test with a 95% interval (A9.8, A11.1)")
  func normal() throws {
    let table = try Self.sleepstudy().coefficientTable()
    #expect(table.level == 0.95)
    #expect(table.map(\.name) == ["(Intercept)", "days"])
    let days = try #require(table["days"])
    // reference/sleepstudy_ml.json, lme4 1.1-31; its theta is right to about 1e-6.
    #expect(Self.agree(days.estimate, 10.4672859595959, 1e-9))
    #expect(Self.agree(days.standardError, 1.50223678089277, 1e-6))
    #expect(Self.agree(days.statistic, 10.4672859595959 / 1.50223678089277, 1e-6))
    #expect(days.degreesOfFreedom == nil)
    #expect(Self.agree(days.lower, 7.52295597279465, 1e-6))
    #expect(Self.agree(days.upper, 13.4116159463971, 1e-6))
    let intercept = try #require(table["(Intercept)"])
    #expect(Self.agree(intercept.lower, 238.406081184019, 1e-6))
    #expect(Self.agree(intercept.upper, 264.404128512956, 1e-6))
    #expect(table["week"] == nil)
  }

  @Test("P-values keep their digits in the far tail")
  func tail() throws {
    let table = try Self.sleepstudy().coefficientTable()
    // SciPy 2 * norm.sf(10.4672859595959 / 1.50223678089277); the statistic is right to 1e-6.
    let days = try #require(table["days"])
    #expect(Self.agree(days.pValue, 3.2193465079835923e-12, 1e-4))
    let intercept = try #require(table["(Intercept)"]?.pValue)
    #expect(intercept > 0 && intercept < 1e-300)
  }

  @Test("Residual degrees of freedom are the rows less the rank")
  func residual() throws {
    let table = try Self.sleepstudy().coefficientTable(level: 0.9, degreesOfFreedom: .residual)
    let days = try #require(table["days"])
    #expect(days.degreesOfFreedom == 178)
    let z = try Self.sleepstudy().coefficientTable()
    let normal = try #require(z["days"]?.pValue)
    let student = try #require(days.pValue)
    #expect(student > normal)
    // SciPy: 2 * t.sf(10.4672859595959 / 1.50223678089277, 178) and t.ppf(0.95, 178).
    #expect(Self.agree(student, 6.024263894359093e-11, 1e-4))
    let halfWidth = try #require(days.upper) - 10.4672859595959
    #expect(Self.agree(halfWidth, 1.653459126 * 1.50223678089277, 1e-6))
  }

  @Test("A generalized model has Wald tests, with residual degrees of freedom, too (A11.2)")
  func generalized() throws {
    let model = try GeneralizedLinearMixedModel.fit(
      "incidence / size ~ 1 + period + (1 | herd)", data: Dataset.cbpp.table, family: .binomial)
    let row = try #require(try model.coefficientTable()["(Intercept)"])
    let coefficient = try #require(model.fixedEffects["(Intercept)"])
    #expect(row.statistic == coefficient.estimate / coefficient.standardError)
    let student = try model.coefficientTable(degreesOfFreedom: .residual)
    #expect(student["period: 2"]?.degreesOfFreedom == 52)
    #expect(
      (student["period: 2"]?.pValue ?? 0) > (try model.coefficientTable()["period: 2"]?.pValue ?? 1)
    )
  }

  @Test("An aliased column has its name and nothing else")
  func aliased() throws {
    let sleepstudy = Dataset.sleepstudy.table
    let model = try LinearMixedModel.fit(
      "reaction ~ 1 + days + I(2 * days - 1) + (1 | subj)", data: sleepstudy)
    let table = try model.coefficientTable()
    #expect(table.count == 3)
    let row = table[2]
    #expect(row.name == model.fixedEffects.aliasedNames[0])
    #expect(row.estimate == nil && row.standardError == nil && row.statistic == nil)
    #expect(row.pValue == nil && row.lower == nil && row.upper == nil)
    #expect(row.degreesOfFreedom == nil)
    #expect(table[1].estimate != nil)
  }

  @Test("A level outside zero to one is refused", arguments: [0, 1, -0.5, 95, .nan])
  func level(_ level: Double) throws {
    let model = try Self.sleepstudy()
    #expect {
      try model.coefficientTable(level: level)
    } throws: { error in
      (error as? MixedModelError)?.description
        == "The option level cannot be \(level). It accepts a number between 0 and 1."
    }
  }
}
