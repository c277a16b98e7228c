// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import Testing

@testable import ModelFormulas

/// Reads text at run time: a literal in the call itself would not throw.
func formula(_ text: String) throws(MixedModelError) -> Formula { try Formula(text) }

func lowered(_ text: String) throws(MixedModelError) -> String { try formula(text).description }

@Suite("Formula")
struct FormulaTests {
  @Test(
    "A formula prints expanded, as MixedModels.jl prints it",
    arguments: [
      ("reaction ~ 1 + days + (1 + days|subj)", "reaction ~ 1 + days + (1 + days | subj)"),
      ("yield~1+(1|batch)", "yield ~ 1 + (1 | batch)"),
      (
        "y ~ 1 + service * dept + (1|s) + (1|d)",
        "y ~ 1 + service + dept + service & dept + (1 | s) + (1 | d)"
      ),
      ("strength ~ 1 + (1|batch/cask)", "strength ~ 1 + (1 | batch) + (1 | batch & cask)"),
      (
        "reaction ~ 1 + days + (1|subj) + (days|subj)",
        "reaction ~ 1 + days + (1 | subj) + (days | subj)"
      ),
      (
        "reaction ~ 1 + days + (1|subj) + (0 + days|subj)",
        "reaction ~ 1 + days + (1 | subj) + (0 + days | subj)"
      ),
      (
        "reaction ~ 1 + days + zerocorr(1 + days|subj)",
        "reaction ~ 1 + days + zerocorr(1 + days | subj)"
      ),
      (
        "reaction ~ 1 + days + (1|subj) + zerocorr(days|subj)",
        "reaction ~ 1 + days + (1 | subj) + zerocorr(days | subj)"
      ),
      (
        "reaction ~ 1 + days + (1 + fulldummy(days)|subj)",
        "reaction ~ 1 + days + (1 + days | subj)"
      ),
      ("y ~ time + (time || subject)", "y ~ 1 + time + zerocorr(1 + time | subject)"),
      (
        "use ~ 1 + age + abs2(age) + livch + urban + (1|dist)",
        "use ~ 1 + age + abs2(age) + livch + urban + (1 | dist)"
      ),
      ("incidence / size ~ period + (1|herd)", "incidence / size ~ 1 + period + (1 | herd)"),
      ("cbind(s, f) ~ x", "cbind(s, f) ~ 1 + x"),
      ("log(y) ~ x", "log(y) ~ 1 + x"),
      ("y ~ 0 + x", "y ~ 0 + x"),
      ("y ~ (1 | g) + x", "y ~ 1 + x + (1 | g)"),
      ("y ~ x + offset(log(n)) + z", "y ~ 1 + x + z + offset(log(n))"),
      ("y ~ I(x^2) + poly(x,2)", "y ~ 1 + I(x ^ 2) + poly(x, 2)"),
      ("y ~ cs(1 + x | g)", "y ~ 1 + cs(1 + x | g)"),
      ("y ~ us(x | g)", "y ~ 1 + (1 + x | g)"),
      ("`my y` ~ `2nd` + a.b_c", "`my y` ~ 1 + `2nd` + a.b_c"),
      ("größe ~ 身長 + (1 | 地域)", "größe ~ 1 + 身長 + (1 | 地域)"),
    ])
  func printing(text: String, expected: String) throws {
    #expect(try lowered(text) == expected)
  }

  @Test("The source is kept as written beside the expanded terms")
  func source() throws {
    let text = "strength ~ 1 + (1|batch/cask)"
    #expect(try formula(text).source == text)
  }

  @Test("The parts of a formula are the response, the terms and the random terms")
  func parts() throws {
    let sleep = try formula("reaction ~ 1 + days + (1 + days | subj)")
    #expect(sleep.response == .variable("reaction"))
    #expect(sleep.fixedTerms == [.intercept, Term("days")])
    #expect(
      sleep.randomTerms
        == [RandomTerm(effects: [.intercept, Term("days")], grouping: ["subj"], structure: "us")])
    #expect(sleep.offsets.isEmpty)
    #expect(sleep.notes.isEmpty)
    #expect(sleep.hasIntercept)
  }

  @Test("The response is a call for ratios, pairs and transformations")
  func responses() throws {
    #expect(
      try formula("incidence / size ~ 1").response
        == .call("/", [.variable("incidence"), .variable("size")]))
    #expect(
      try formula("cbind(s, f) ~ 1").response == .call("cbind", [.variable("s"), .variable("f")]))
    #expect(try formula("s / 20 ~ 1").response == .call("/", [.variable("s"), .number(20)]))
    #expect(try formula("log(y) ~ 1").response == .call("log", [.variable("y")]))
  }

  @Test("The variables are those of every part, each once, in order")
  func variables() throws {
    let text = "log(y) ~ a * I(b^2) + offset(o) + (0 + c + a | g/h) + (1 | k & g)"
    #expect(try formula(text).variables == ["y", "a", "b", "o", "c", "g", "h", "k"])
    #expect(try formula(text).groupingVariables == ["g", "h", "k"])
  }

  @Test("Formulas are equal if they stand for the same model")
  func equality() throws {
    #expect(try formula("y ~ a * b") == formula("y ~ 1 + a + b + b & a"))
    #expect(try formula("y ~ (x || g)") == formula("y ~ 1 + zerocorr(1 + x | g)"))
    #expect(
      try formula("y ~ (1 | g) + (x | g)") == formula("y ~ (1 | g) + (0 + x | g)"))
    #expect(try formula("y ~ a + b") != formula("y ~ b + a"))
    #expect(try Set([formula("y ~ a + a"), formula("y ~ a")]).count == 1)
  }

  @Test("A literal gives the same formula as text read at run time")
  func literal() throws {
    let literal: Formula = "reaction ~ 1 + days + (1 + days | subj)"
    #expect(try literal == formula("reaction ~ 1 + days + (1 + days | subj)"))
  }

  @Test("A malformed literal traps")
  func malformedLiteral() async {
    await #expect(processExitsWith: .failure) {
      let literal: Formula = "y ~ x +"
      print(literal)
    }
  }

  @Test("The formula of MATLAB's documentation is read")
  func matlab() throws {
    let text = "defects ~ 1 + newprocess + time_dev + temp_dev + supplier + (1|factory)"
    #expect(
      try lowered(text)
        == "defects ~ 1 + newprocess + time_dev + temp_dev + supplier + (1 | factory)")
  }
}
