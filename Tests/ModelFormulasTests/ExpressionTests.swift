// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ModelFormulas

@Suite("Expression")
struct ExpressionTests {
  @Test(
    "Arithmetic prints with the parentheses it needs and no others",
    arguments: [
      ("x^2", "x ^ 2"), ("(a + b) * c", "(a + b) * c"), ("a + b * c", "a + b * c"),
      ("a - (b - c)", "a - (b - c)"), ("(a - b) - c", "a - b - c"), ("a / (b * c)", "a / (b * c)"),
      ("2^3^x", "2 ^ 3 ^ x"), ("(2^3)^x", "(2 ^ 3) ^ x"), ("-x^2", "-x ^ 2"),
      ("(-x)^2", "(-x) ^ 2"), ("x^-2", "x ^ (-2)"), ("a * -b", "a * -b"), ("--x", "-(-x)"),
      ("1.5e3 * x", "1500 * x"), ("1e-9 * x", "1e-09 * x"), ("x / 1e20", "x / 1e+20"),
      ("log(x + 1) / `a b`", "log(x + 1) / `a b`"),
    ])
  func printing(text: String, expected: String) throws {
    let terms = try formula("y ~ I(\(text))").fixedTerms
    #expect(terms.last?.description == "I(\(expected))")
    #expect(try formula("y ~ I(\(expected))").fixedTerms == terms)
  }

  @Test("Arithmetic is calls named by their operators, the minus sign with one argument")
  func calls() throws {
    let x = Expression.variable("x")
    let term = try formula("y ~ I(-x^2 / 3)").fixedTerms.last
    #expect(
      term?.factors
        == [.call("I", [.call("/", [.call("-", [.call("^", [x, 2])]), .number(3)])])])
  }

  @Test("Literals make variables and numbers")
  func literals() {
    #expect(Expression.call("^", ["x", 2]) == .call("^", [.variable("x"), .number(2)]))
    #expect(Expression.call("*", ["x", 0.5]).description == "x * 0.5")
  }

  @Test(
    "Names are put in backquotes only if they need them",
    arguments: [
      ("x", "x"), ("a.b_1", "a.b_1"), (".x", ".x"), ("größe", "größe"), ("_x", "_x"),
      ("1x", "`1x`"), ("a b", "`a b`"), ("", "``"), ("a`b", "`a``b`"), (".5", "`.5`"),
      ("x+y", "`x+y`"),
    ])
  func quoting(name: String, expected: String) {
    #expect(quotedName(name) == expected)
  }

  @Test("Backquoted names hold any characters")
  func backquotes() throws {
    let names = ["a b", "a`b", "`", "x ~ (|", "1", "\u{1F600}"]
    for name in names {
      #expect(try formula("y ~ \(quotedName(name))").variables == ["y", name])
    }
  }
}
