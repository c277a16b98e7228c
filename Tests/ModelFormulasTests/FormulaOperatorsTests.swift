// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import Testing

@testable import ModelFormulas

@Suite("Formulas from operators")
struct FormulaOperatorsTests {
  @Test("A formula built from terms equals the one read from text")
  func equalsText() throws {
    let built =
      Term("reaction") ~ 1 + Term("days") + (1 + Term("days") | Term("subj"))
    #expect(built == "reaction ~ 1 + days + (1 + days | subj)")
    #expect(built.source == "reaction ~ 1 + days + (1 + days | subj)")
  }

  @Test("Every operator means what it means in text")
  func operators() {
    let (y, a, b, c, g) = (Term("y"), Term("a"), Term("b"), Term("c"), Term("g"))
    #expect((y ~ 1) == "y ~ 1")
    #expect((y ~ 0 + a) == "y ~ 0 + a")
    #expect((y ~ a - 1) == "y ~ a - 1")
    #expect((y ~ a) == "y ~ a")
    #expect((y ~ 1 + a + b + a & b) == "y ~ 1 + a + b + a & b")
    #expect((y ~ a * b * c) == "y ~ a * b * c")
    #expect((y ~ a * (b + c)) == "y ~ a * (b + c)")
    #expect((y ~ a * b - a & b) == "y ~ a + b")
    #expect((y ~ a - (b + c)) == "y ~ a")
    #expect((y ~ (a + b + c).interactions(upTo: 2)) == "y ~ (a + b + c)^2")
    #expect((y / Term("n") ~ a) == "y / n ~ a")
    #expect((y ~ a + (1 | b / g)) == "y ~ a + (1 | b / g)")
    #expect((y ~ a + (0 + a | b & g)) == "y ~ a + (0 + a | b & g)")
    #expect((y ~ a + (1 + a | g).structured(as: "zerocorr")) == "y ~ a + (a || g)")
    #expect(
      (Term.function("log", "y") ~ Term.function("poly", "a", 2)
        + Term.function("I", .call("^", ["b", 2])))
        == "log(y) ~ poly(a, 2) + I(b^2)")
  }

  @Test("Names taken from a list can hold any characters and be any number")
  func names() {
    let names = (0..<1000).map { "column \($0)` +" }
    let terms = names.map { Term($0) }.sum()
    let built = Term("y") ~ 1 + terms + (1 + terms | Term("g"))
    #expect(built.variables == ["y"] + names + ["g"])
    #expect((Term("y") ~ 1 + [Term]().sum()) == "y ~ 1")
  }

  @Test("Terms that make no formula throw the error of the text")
  func faults() {
    let error = #expect(throws: MixedModelError.self) {
      try Formula(response: Term("y"), terms: Term.function("lgo", "x"))
    }
    #expect(error?.problem == "There is no function \"lgo\" in formulas.\n  y ~ lgo(x)\n      ^")
  }
}
