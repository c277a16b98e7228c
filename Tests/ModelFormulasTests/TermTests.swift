// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ModelFormulas

@Suite("Term")
struct TermTests {
  @Test("Terms are equal if they hold the same factors in any order")
  func equality() {
    let ab = Term(factors: ["a", "b"])
    let ba = Term(factors: ["b", "a"])
    #expect(ab == ba)
    #expect(ab.hashValue == ba.hashValue)
    #expect(ab != Term("a"))
    #expect(ab.description == "a & b")
    #expect(ba.description == "b & a")
  }

  @Test("A repeated factor counts once")
  func repeatedFactor() {
    #expect(Term(factors: ["a", "a"]) == Term("a"))
  }

  @Test("The intercept is the term without factors")
  func intercept() {
    #expect(Term.intercept.isIntercept)
    #expect(Term.intercept.order == 0)
    #expect(Term.intercept.description == "1")
    #expect(Term.intercept.interacting(with: Term("a")) == Term("a"))
  }

  @Test("Each function of the table can be used where it belongs")
  func functions() throws {
    for function in FormulaFunction.allCases {
      switch function.use {
      case .response: _ = try formula("\(function.example) ~ 1")
      default: _ = try formula("y ~ \(function.example)")
      }
    }
  }
}
