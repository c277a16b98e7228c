// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelDatasets
import MixedModelErrors
import MixedModelFitting
import MixedModelInference
import ModelFormulas
import Testing

@Suite("Hypotheses written as equations")
struct HypothesisTestsTests {
  private static let cake = Result {
    try LinearMixedModel.fit(
      "angle ~ 1 + recipe + temp + (1 | recipe & replicate)", data: Dataset.cake.table,
      criterion: .restrictedMaximumLikelihood)
  }

  private func equation(_ text: String) throws -> (factors: [Double], value: Double) {
    let hypothesis = try LinearHypothesis(equations: [text], of: Self.cake.get().fixedEffects)
    return (hypothesis.fixedEffects.values, hypothesis.values[0])
  }

  // The coefficients are (Intercept), recipe: B, recipe: C and temp.
  private static let readable: [(String, [Double], Double)] = [
    ("temp = 0", [0, 0, 0, 1], 0), ("temp", [0, 0, 0, 1], 0), ("-temp = 2", [0, 0, 0, -1], 2),
    ("recipe: B - recipe: C = 1", [0, 1, -1, 0], 1), ("recipe:B=recipe:C", [0, 1, -1, 0], 0),
    ("2*temp - recipe: B/4 + 1 = 3", [0, -0.25, 0, 2], 2),
    ("temp * 2 * 3 = 1.5e-1", [0, 0, 0, 6], 0.15), ("1/4 * temp = .5", [0, 0, 0, 0.25], 0.5),
    ("(Intercept) + 200 * temp = 30 - temp", [1, 0, 0, 201], 30),
    ("0 = 2 - temp", [0, 0, 0, 1], 2), ("`recipe: C` + temp - temp = 0", [0, 0, 1, 0], 0),
    ("1e2*temp=1E+2", [0, 0, 0, 100], 100),
  ]

  @Test("Equations are read as they are written", arguments: readable)
  func equations(_ text: String, _ factors: [Double], _ value: Double) throws {
    let read = try equation(text)
    #expect(zip(read.factors, factors).allSatisfy { abs($0 - $1) < 1e-15 })
    #expect(abs(read.value - value) < 1e-15)
  }

  @Test("The name of a coefficient may contain operators and numbers")
  func names() throws {
    let model = try LinearMixedModel.fit(
      "reaction ~ 1 + I(days + 1) + poly(days, 2) + (1 | subj)",
      data: Dataset.sleepstudy.table)
    let names = model.fixedEffects.names
    for (place, name) in names.enumerated() {
      let hypothesis = try LinearHypothesis(
        equations: ["3 * \(name) = 1", "`\(name)` - 2 = 0"], of: model.fixedEffects)
      for column in names.indices {
        #expect(hypothesis.fixedEffects[0, column] == (column == place ? 3 : 0))
        #expect(hypothesis.fixedEffects[1, column] == (column == place ? 1 : 0))
      }
      #expect(hypothesis.values == [1, 2])
    }
  }

  @Test(
    "What is no equation is refused, with the reason",
    arguments: [
      ("temp = ", "a coefficient or a number is missing at its end"),
      ("temp = 1 = 2", "\"= 2\" is out of place"), ("", "a coefficient or a number is missing"),
      ("2 * * temp", "\"* temp\" is out of place"),
      ("temp * recipe: B", "\"recipe: B\" is out of place"),
      ("1 / temp = 2", "\"temp = 2\" is out of place"),
      ("1 = 1", "says nothing of any coefficient"),
      ("temp - temp = 1", "says nothing of any coefficient"),
      ("`temp = 1", "\"temp = 1\" is out of place"),
    ])
  func unreadable(_ text: String, _ message: String) throws {
    let error = #expect(throws: MixedModelError.self) { try equation(text) }
    #expect(error?.description.contains("The hypothesis \"\(text)\"") == true)
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test("An unknown coefficient is named, with the nearest one")
  func unknown() throws {
    for (text, name) in [("temp + recipe: D = 0", "recipe: D"), ("`recipe:D`", "recipe:D")] {
      let error = #expect(throws: MixedModelError.self) { try equation(text) }
      #expect(
        error?.description
          == "There is no coefficient \"\(name)\". Did you mean \"recipe: B\"? Coefficients: "
          + "(Intercept), recipe: B, recipe: C, temp.")
      #expect(error?.kind == .unknownName)
    }
  }

  @Test("An equation that contradicts another is refused")
  func contradiction() throws {
    let error = #expect(throws: MixedModelError.self) {
      try Self.cake.get().hypothesisTests(["temp = 1", "2 * temp = 1"])
    }
    #expect(error?.description.contains("Equation 2 of the hypothesis contradicts") == true)
  }

  private func expect(_ value: Double?, _ expected: Double) {
    #expect(abs((value ?? .nan) - expected) < 2e-6 * abs(expected))
  }

  // car 3.1-1, linearHypothesis(m, h, test = "Chisq"), m of lme4 1.1-31 by REML.
  @Test("Chi-squared statistics are those of car")
  func chiSquared() throws {
    let model = try Self.cake.get()
    let one = try model.hypothesisTests(["temp = 0.1"])
    expect(one.rows[0].test.statistic, 12.807250142)
    expect(one.rows[0].test.pValue, 3.4527869157e-4)
    expect(one.rows[0].estimate, 0.158031746)
    expect(one.rows[0].standardError, 0.01621577432)
    #expect(one.rows[0].value == 0.1 && one.joint == one.rows[0].test)
    expect(
      try model.hypothesisTests(["recipe: B = recipe: C"]).joint.statistic, 0.00032740751583)
    let three = try model.hypothesisTests(
      ["recipe: B = 0", "2 * recipe: C - temp = 1", "recipe: B - recipe: C = 0"])
    expect(three.joint.statistic, 5100.4432189)
    #expect(three.joint.numeratorDegreesOfFreedom == 3)
  }

  // lmerTest 3.1-3, contest(m, L).
  @Test("F statistics have the degrees of freedom of lmerTest")
  func satterthwaite() throws {
    let tests = try Self.cake.get().hypothesisTests(
      ["recipe: B = 0", "recipe: C = 0"], degreesOfFreedom: .satterthwaite)
    expect(tests.joint.statistic, 0.2487887861)
    expect(tests.joint.denominatorDegreesOfFreedom, 41.99999973)
    expect(tests.joint.pValue, 0.7808856052)
    expect(tests.rows[0].test.pValue, 0.5506484363)
    #expect(tests.table.rows.count == 3)
    #expect(tests.table.rows[2].first == .text("all together"))
    #expect(tests.description.hasPrefix("Wald tests of linear hypotheses (Satterthwaite"))
  }
}
