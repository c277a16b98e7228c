// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ModelFormulas

@Suite("Expansion of random-effects terms")
struct RandomTermExpansionTests {
  private func random(_ terms: String) throws -> [RandomTerm] {
    try formula("y ~ 1 + \(terms)").randomTerms
  }

  @Test(
    "Grouping factors nest and interact, the outer factor first",
    arguments: [
      ("(1 | g)", [["g"]]),
      ("(1 | a / b)", [["a"], ["a", "b"]]),
      ("(1 | a / b / c)", [["a"], ["a", "b"], ["a", "b", "c"]]),
      ("(1 | a / (b / c))", [["a"], ["a", "b"], ["a", "b", "c"]]),
      ("(1 | a & b)", [["a", "b"]]),
      ("(1 | a:b)", [["a", "b"]]),
      ("(1 | (a:b))", [["a", "b"]]),
      ("(1 | a / b & c)", [["a"], ["a", "b", "c"]]),
      ("(1 | a & a)", [["a"]]),
    ])
  func grouping(text: String, expected: [[String]]) throws {
    #expect(try random(text).map(\.grouping) == expected)
  }

  @Test("A name of several grouping factors joins them with &")
  func groupingName() throws {
    #expect(try random("(1 | batch / cask)").map(\.groupingName) == ["batch", "batch & cask"])
  }

  @Test(
    "The structure is the name of the wrapper; ||, zerocorr and diag are one",
    arguments: [
      ("(x | g)", "us"), ("us(x | g)", "us"), ("(x || g)", "diag"), ("zerocorr(x | g)", "diag"),
      ("zerocorr((x | g))", "diag"), ("diag(x || g)", "diag"), ("cs(x | g)", "cs"),
      ("ar1(x | g)", "ar1"), ("homdiag(x | g)", "homdiag"), ("toep(x | g)", "toep"),
    ])
  func structure(text: String, expected: String) throws {
    let terms = try random(text)
    #expect(terms.map(\.structure) == [expected])
    #expect(terms.map(\.effects) == [[.intercept, Term("x")]])
  }

  @Test("A wrapper goes with each of the nested terms")
  func nestedStructure() throws {
    #expect(
      try lowered("y ~ 1 + zerocorr(1 + x | a / b)")
        == "y ~ 1 + zerocorr(1 + x | a) + zerocorr(1 + x | a & b)")
  }

  @Test("An intercept is implied unless an earlier term on the same grouping factor has one")
  func impliedIntercept() throws {
    #expect(try random("(1 | g) + (x | g)").map(\.hasIntercept) == [true, false])
    #expect(try random("(1 | g) + (x | h)").map(\.hasIntercept) == [true, true])
    #expect(try random("(0 + x | g) + (z | g)").map(\.hasIntercept) == [false, true])
    #expect(try random("(x | g) + (z | g)").map(\.hasIntercept) == [true, false])
    #expect(try random("(x - 1 | g)").map(\.hasIntercept) == [false])
    #expect(try random("(1 | g) + (1 + x | g)").map(\.hasIntercept) == [true, true])
    #expect(try random("(1 | a & b) + (x | b:a)").map(\.hasIntercept) == [true, false])
    #expect(
      try random("(1 | a) + (x | a / b)").map(\.description)
        == ["(1 | a)", "(x | a)", "(1 + x | a & b)"])
  }

  @Test("A note says how a term without an intercept of its own was read")
  func notes() throws {
    #expect(
      try formula("y ~ 1 + (1 | subj) + (days | subj)").notes == [
        "(days | subj) was read as (0 + days | subj), without an intercept of its own, because "
          + "(1 | subj) stands before it; write (1 + days | subj) for correlated effects."
      ])
    #expect(
      try formula("y ~ 1 + (1 | subj) + zerocorr(days | subj)").notes == [
        "zerocorr(days | subj) was read as zerocorr(0 + days | subj), without an intercept of its "
          + "own, because (1 | subj) stands before it; write zerocorr(1 + days | subj) for one of "
          + "its own."
      ])
    #expect(try formula("y ~ 1 + (1 | subj) + (0 + days | subj)").notes.isEmpty)
  }

  @Test("Effects are sorted by order, expanded, and repeated terms count once")
  func effects() throws {
    #expect(
      try random("(a * b + a | g)").map(\.description) == ["(1 + a + b + a & b | g)"])
    #expect(try random("(1 | g) + (1 | g)").count == 1)
    #expect(try random("(1 | a / b) + (1 | a)").map(\.groupingName) == ["a", "a & b"])
  }

  @Test("fulldummy stays in the effects though it is not printed")
  func fullDummy() throws {
    let terms = try random("(1 + fulldummy(days) | subj)")
    #expect(
      terms.first?.effects.last?.factors == [.call("fulldummy", [.variable("days")])])
    #expect(terms.map(\.description) == ["(1 + days | subj)"])
  }
}
