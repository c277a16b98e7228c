// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import Testing

@testable import ModelFormulas

/// A malformed formula and the whole message that refuses it.
struct Refusal: Sendable, CustomTestStringConvertible {
  let text: String
  let position: Int
  let message: String

  init(of text: String, at position: Int, _ message: String) {
    self.text = text
    self.position = position
    self.message = message
  }

  var testDescription: String { text }

  func check() {
    let error = #expect(throws: MixedModelError.self) { try formula(text) }
    #expect(error?.kind == .syntax)
    #expect(error?.subject == .formula(position: position))
    #expect(error?.description == message)
  }
}

@Suite("Messages about malformed text")
struct FormulaFaultTests {
  @Test(
    "The text as a whole: the message shows the place and what is expected",
    arguments: [
      Refusal(
        of: "y = x + (1 | g)", at: 2,
        """
        The character "=" has no meaning in a formula.
          y = x + (1 | g)
            ^ Write "~" between the response and the terms, as in y ~ 1 + x.
        """),
      Refusal(
        of: "", at: 0,
        """
        The formula is empty. Write one such as y ~ 1 + x + (1 | g).
        """),
      Refusal(
        of: "y", at: 1,
        """
        The formula has no "~".
          y
           ^ Write the response and "~" before the terms, as in y ~ 1 + x.
        """),
      Refusal(
        of: "y ~", at: 3,
        """
        There is nothing after "~".
          y ~
             ^ Write at least 1, for an intercept.
        """),
      Refusal(
        of: "~ x", at: 0,
        """
        There is no response before "~".
          ~ x
          ^ Write the response column there, as in y ~ 1 + x.
        """),
      Refusal(
        of: "y ~ x ~ z", at: 6,
        """
        The formula has a second "~".
          y ~ x ~ z
                ^ One "~" stands between the response and the terms.
        """),
      Refusal(
        of: "(y ~ x)", at: 3,
        """
        The "~" stands inside parentheses.
          (y ~ x)
             ^ Leave out the parentheses around the whole formula.
        """),
    ])
  func wholeText(refusal: Refusal) {
    refusal.check()
  }

  @Test(
    "Missing terms and parentheses: the message shows the place and what is expected",
    arguments: [
      Refusal(
        of: "y ~ x +", at: 7,
        """
        A term is missing after "+".
          y ~ x +
                 ^ Write a term here, such as x, log(x) or (1 | g).
        """),
      Refusal(
        of: "y ~ +", at: 4,
        """
        A term is missing before "+".
          y ~ +
              ^ Write a term before it, such as x or log(x).
        """),
      Refusal(
        of: "y ~ x + + z", at: 8,
        """
        A term is missing after "+".
          y ~ x + + z
                  ^ Write a term here, such as x, log(x) or (1 | g).
        """),
      Refusal(
        of: "y + ~ x", at: 4,
        """
        A term is missing after "+".
          y + ~ x
              ^ Write a term here, such as x, log(x) or (1 | g).
        """),
      Refusal(
        of: "y ~ (x", at: 4,
        """
        This parenthesis is not closed.
          y ~ (x
              ^ Add the closing parenthesis.
        """),
      Refusal(
        of: "y ~ ((x) + z", at: 4,
        """
        This parenthesis is not closed.
          y ~ ((x) + z
              ^ Add the closing parenthesis.
        """),
      Refusal(
        of: "y ~ x)", at: 5,
        """
        This closing parenthesis has no opening one.
          y ~ x)
               ^ Leave it out, or add the opening one.
        """),
      Refusal(
        of: "y ~ ()", at: 5,
        """
        There is nothing between the parentheses.
          y ~ ()
               ^ Write a term there, or leave them out.
        """),
      Refusal(
        of: "y ~ a b", at: 6,
        """
        An operator is missing before "b".
          y ~ a b
                ^ Join terms with +, *, & or /; put a column name with spaces in backquotes.
        """),
      Refusal(
        of: "y ~ a, b", at: 5,
        """
        A comma has no place here.
          y ~ a, b
               ^ Commas separate the arguments of a function, as in poly(x, 2).
        """),
    ])
  func missingTerms(refusal: Refusal) {
    refusal.check()
  }

  @Test(
    "Characters, names and numbers: the message shows the place and what is expected",
    arguments: [
      Refusal(
        of: "y ~ a % b", at: 6,
        """
        The character "%" has no meaning in a formula.
          y ~ a % b
                ^ Put a column name with such a character in backquotes, as in `%`.
        """),
      Refusal(
        of: "y ~ 2nd", at: 4,
        """
        A number runs into a name.
          y ~ 2nd
              ^ Put a column name that starts with a digit in backquotes.
        """),
      Refusal(
        of: "y ~ `ab", at: 4,
        """
        A name in backquotes is not finished.
          y ~ `ab
              ^ Close it with a second backquote.
        """),
      Refusal(
        of: "y ~ ``", at: 4,
        """
        There is no name between the backquotes.
          y ~ ``
              ^ Write the name of a column.
        """),
      Refusal(
        of: "y ~ 1e999", at: 4,
        """
        The number 1e999 is too large.
          y ~ 1e999
              ^ Write a smaller number.
        """),
      Refusal(
        of: "größe ~ 身長 +\t\n* x", at: 14,
        """
        A term is missing after "+".
          größe ~ 身長 +  * x
                        ^ Write a term here, such as x, log(x) or (1 | g).
        """),
    ])
  func characters(refusal: Refusal) {
    refusal.check()
  }

  @Test("Long formulas are shown around the place at fault")
  func longFormula() {
    let names = (100..<200).map { "v\($0)" }.joined(separator: " + ")
    let error = #expect(throws: MixedModelError.self) { try formula("y ~ \(names) + + \(names)") }
    let lines = error?.problem.split(separator: "\n") ?? []
    #expect(lines.count == 3)
    #expect(lines.allSatisfy { $0.count <= 130 })
    if lines.count == 3 {
      #expect(lines[1].hasPrefix("  ...") && lines[1].hasSuffix("..."))
      #expect(Array(lines[1])[lines[2].count - 1] == "+")
    }
  }

  @Test("Long chains and deep nesting name the limit they meet")
  func limits() {
    let many = 10_000
    let nested = #expect(throws: MixedModelError.self) {
      try formula("y ~ " + String(repeating: "(", count: many) + "x")
    }
    #expect(nested?.problem.hasPrefix("The formula is nested too deeply.") == true)
    for symbol in ["/", "&"] {
      let chain = (0..<many).map { "v\($0)" }.joined(separator: symbol)
      let terms = #expect(throws: MixedModelError.self) { try formula("y ~ \(chain)") }
      #expect(terms?.problem.hasPrefix("This expands to too many terms.") == true)
      let grouping = #expect(throws: MixedModelError.self) { try formula("y ~ (1 | \(chain))") }
      #expect(grouping?.problem.hasPrefix("This expands to too many terms.") == true)
    }
    let sum = #expect(throws: MixedModelError.self) {
      try formula("y ~ I(" + String(repeating: "x + ", count: many) + "x)")
    }
    #expect(sum?.problem.hasPrefix("This calculation is too long.") == true)
  }
}
