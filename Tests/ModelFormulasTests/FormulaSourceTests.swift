// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ModelFormulas

/// Lines are those of `deparse` in R 4.2.2.
@Suite("A formula as written")
struct FormulaSourceTests {
  @Test(
    "Blanks are set as R sets them",
    arguments: [
      ("reaction~1+days+(1+days|subj)", "reaction ~ 1 + days + (1 + days | subj)"),
      ("incidence / size ~ period+(1|herd)", "incidence/size ~ period + (1 | herd)"),
      ("cbind(a,b) ~  a*b - a:b + (x||g / h)", "cbind(a, b) ~ a * b - a:b + (x || g/h)"),
      ("y ~ -1 + I(-x^2 + 1.5) + (0 + x | g)", "y ~ -1 + I(-x^2 + 1.5) + (0 + x | g)"),
      ("`a b` ~ x & z + poly(x, 2) + (1 | g)", "`a b` ~ x & z + poly(x, 2) + (1 | g)"),
      ("y ~ (a + b)^2 + log(x) + (1 | g)", "y ~ (a + b)^2 + log(x) + (1 | g)"),
    ])
  func blanks(_ source: String, _ shown: String) throws {
    #expect(try Formula(source).sourceLines() == [shown])
  }

  @Test("A line ends after the first operator or comma beyond 60 characters")
  func lines() throws {
    let source =
      "ticks ~ 1 + year + center(height) + (1 | index) + (1 | brood) + (1 | location)"
    #expect(
      try Formula(source).sourceLines() == [
        "ticks ~ 1 + year + center(height) + (1 | index) + (1 | brood) + ", "    (1 | location)",
      ])
    let long =
      "a_long_response_name ~ some_variable * another_variable + poly(yet_another_variable, 2) + "
      + "log(one_more) + (1 + some_variable + another_variable | grouping_factor) + (1 | second)"
    #expect(
      try Formula(long).sourceLines() == [
        "a_long_response_name ~ some_variable * another_variable + poly(yet_another_variable, ",
        "    2) + log(one_more) + (1 + some_variable + another_variable | ",
        "    grouping_factor) + (1 | second)",
      ])
  }

  @Test("A formula built from terms is shown as its text")
  func operators() {
    let formula = Term("y") ~ 1 + Term("x") + (1 | Term("g"))
    #expect(formula.sourceLines() == ["y ~ 1 + x + (1 | g)"])
  }
}
