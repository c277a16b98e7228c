// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ModelFormulas

@Suite("Expansion of fixed-effects terms")
struct TermExpansionTests {
  @Test(
    "0, - 1 and -1 remove the intercept, which is implied otherwise; the last word counts",
    arguments: [
      ("y ~ x", "y ~ 1 + x"), ("y ~ 1 + x", "y ~ 1 + x"), ("y ~ x + 1", "y ~ 1 + x"),
      ("y ~ 0 + x", "y ~ 0 + x"), ("y ~ x - 1", "y ~ 0 + x"), ("y ~ -1 + x", "y ~ 0 + x"),
      ("y ~ x + -1", "y ~ 0 + x"), ("y ~ x + 0", "y ~ 0 + x"), ("y ~ 0 + 1 + x", "y ~ 1 + x"),
      ("y ~ 1 + x + 0", "y ~ 0 + x"), ("y ~ 1", "y ~ 1"), ("y ~ 0", "y ~ 0"),
      ("y ~ (1 + x)", "y ~ 1 + x"), ("y ~ a + (0 + x)", "y ~ 0 + a + x"),
    ])
  func intercept(text: String, expected: String) throws {
    #expect(try lowered(text) == expected)
  }

  @Test(
    "Crossing, powers, nesting, distribution and removal expand as documented",
    arguments: [
      ("a:b", "a & b"),
      ("a*b", "a + b + a & b"),
      ("a*b*c", "a + b + c + a & b + a & c + b & c + a & b & c"),
      ("a*(b*c)", "a + b + c + a & b + a & c + b & c + a & b & c"),
      ("(a + b + c)^2", "a + b + c + a & b + a & c + b & c"),
      ("(a + b + c)^3", "a + b + c + a & b + a & c + b & c + a & b & c"),
      ("(a + b)^1000000", "a + b + a & b"),
      ("a^2", "a"),
      ("a / b", "a + fulldummy(a) & b"),
      ("a / b / c", "a + fulldummy(a) & b + fulldummy(a) & fulldummy(b) & c"),
      ("(a + b) / c", "a + b + fulldummy(a) & fulldummy(b) & c"),
      ("a / (b + c)", "a + fulldummy(a) & b + fulldummy(a) & c"),
      ("a & (b + c)", "a & b + a & c"),
      ("(a + b) & (c + d)", "a & c + a & d + b & c + b & d"),
      ("(a + (b + c))", "a + b + c"),
      ("&(x)", "x"),
      ("&(a, b)", "a & b"),
      ("a*b - a&b", "a + b"),
      ("a*b - b:a", "a + b"),
      ("a*b*c - a:b:c", "a + b + c + a & b + a & c + b & c"),
      ("a + b - (a + c)", "b"),
      ("a + b + -a", "b"),
      ("a - a", ""),
      ("a - a + a", "a"),
      ("a + a + b & a + a & b", "a + b & a"),
      ("a & b + c", "c + a & b"),
      ("a & a", "a"),
      ("log(x) * f", "log(x) + f + log(x) & f"),
      ("a + b * c & d", "a + b + c & d + b & c & d"),
    ])
  func algebra(terms: String, expected: String) throws {
    let expectedText = expected.isEmpty ? "y ~ 1" : "y ~ 1 + \(expected)"
    #expect(try lowered("y ~ \(terms)") == expectedText)
  }

  @Test("The factors of an interaction stand as first written")
  func factorOrder() throws {
    let terms = try formula("y ~ b & a + a & b").fixedTerms
    #expect(terms.count == 2)
    #expect(terms.last?.factors == [.variable("b"), .variable("a")])
  }

  @Test("Powers that would generate too many terms are refused at once")
  func cap() throws {
    let letters = (0..<26).map { "v\($0)" }.joined(separator: " + ")
    let error = #expect(throws: (any Error).self) { try formula("y ~ (\(letters))^20") }
    #expect("\(error, default: "")".contains("This expands to too many terms."))
    #expect(try formula("y ~ (\(letters))^2").fixedTerms.count == 1 + 26 + 26 * 25 / 2)
  }

  @Test("A long sum is not limited by the bound on nesting")
  func longSum() throws {
    let names = (0..<5000).map { "v\($0)" }.joined(separator: " + ")
    #expect(try formula("y ~ \(names)").fixedTerms.count == 5001)
  }
}
