// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import Testing

@testable import ModelFormulas

/// A small seeded generator (SplitMix64), so that every run sees the same formulas.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  mutating func choice<Element>(_ options: [Element]) -> Element {
    options[Int.random(in: 0..<options.count, using: &self)]
  }

  /// A random sum of one to three random interactions.
  mutating func terms() -> String {
    let factors = ["a", "b", "c", "d", "log(x)", "I(x ^ 2)", "`odd name`"]
    return (0...Int.random(in: 0..<3, using: &self)).map { _ in
      (0...Int.random(in: 0..<3, using: &self)).map { _ in choice(factors) }
        .joined(separator: " & ")
    }.joined(separator: " + ")
  }

  /// Random nested terms, using every operator.
  mutating func expression(depth: Int) -> String {
    if depth == 0 { return terms() }
    let left = expression(depth: depth - 1)
    let right = expression(depth: depth - 1)
    return switch Int.random(in: 0..<6, using: &self) {
    case 0: "(\(left)) * (\(right))"
    case 1: "(\(left)) & (\(right))"
    case 2: "((\(left)) / (\(right)))"
    case 3: "(\(left))^2"
    case 4: "\(left) + \(right)"
    default: "(\(left) - z + z)"
    }
  }

  mutating func randomTerm() -> String {
    let effects = choice(["1", "1 + x", "x", "0 + x", "a * b", "a - 1"])
    let grouping = choice(["g", "g / h", "g & h", "h:g", "(g / h) / k"])
    return choice([
      "(\(effects) | \(grouping))", "(\(effects) || \(grouping))",
      "zerocorr(\(effects) | \(grouping))", "cs(\(effects) | \(grouping))",
    ])
  }
}

@Suite("Properties of formulas")
struct FormulaPropertyTests {
  @Test("Printing a formula and reading it again gives an equal formula, printed the same")
  func roundTrip() throws {
    var generator = SeededGenerator(state: 1)
    for _ in 0..<500 {
      var text = "y ~ " + generator.expression(depth: 2)
      for _ in 0..<Int.random(in: 0..<4, using: &generator) {
        text += " + " + generator.randomTerm()
      }
      let first = try formula(text)
      let second = try formula(first.description)
      #expect(first == second, "\(text)")
      #expect(first.description == second.description, "\(text)")
      #expect(first.hashValue == second.hashValue)
    }
  }

  @Test("Crossing is the operands and their interaction")
  func crossing() throws {
    var generator = SeededGenerator(state: 2)
    for _ in 0..<300 {
      let (a, b) = (generator.terms(), generator.terms())
      #expect(
        try formula("y ~ (\(a)) * (\(b))") == formula("y ~ (\(a)) + (\(b)) + (\(a)) & (\(b))"))
    }
  }

  @Test("Interaction distributes over sums")
  func distribution() throws {
    var generator = SeededGenerator(state: 3)
    for _ in 0..<300 {
      let (a, b, c) = (generator.terms(), generator.terms(), generator.terms())
      #expect(
        try Set(formula("y ~ (\(a)) & ((\(b)) + (\(c)))").fixedTerms)
          == Set(formula("y ~ (\(a)) & (\(b)) + (\(a)) & (\(c))").fixedTerms))
    }
  }

  @Test("Sums do not depend on order but for the order of terms; repetition changes nothing")
  func sums() throws {
    var generator = SeededGenerator(state: 4)
    for _ in 0..<300 {
      let (a, b) = (generator.terms(), generator.terms())
      let sum = try formula("y ~ \(a) + \(b)")
      #expect(try Set(sum.fixedTerms) == Set(formula("y ~ \(b) + \(a)").fixedTerms))
      #expect(try formula("y ~ \(a) + \(a)") == formula("y ~ \(a)"))
      #expect(try formula("y ~ \(a) + \(b) + \(a)") == sum)
      #expect(try formula("y ~ (\(a))^2 + (\(a))") == formula("y ~ (\(a)) * (\(a))"))
    }
  }

  @Test("Strings of formula characters are read or refused, and never trap")
  func arbitraryText() {
    var generator = SeededGenerator(state: 5)
    let pieces =
      Array("xyzg01279.`~+-*/&:^()|, \n").map(String.init)
      + [
        "log(", "I(", " ~ ", "zerocorr(", "fulldummy(", "offset(", "poly(", "(1 | ", "é", "👩‍👩‍👧",
        "\r\n",
      ]
    var readCount = 0
    for _ in 0..<10_000 {
      let length = Int.random(in: 0..<20, using: &generator)
      let text = (0..<length).map { _ in generator.choice(pieces) }.joined()
      let candidates = [text, "y ~ " + text]
      for candidate in candidates {
        do throws(MixedModelError) {
          let first = try formula(candidate)
          readCount += 1
          #expect(try formula(first.description).description == first.description, "\(candidate)")
        } catch {
          #expect(error.kind == .syntax)
          let isBlank = candidate.allSatisfy(\.isWhitespace)
          #expect(isBlank || error.problem.hasSuffix("^"), "\(candidate)")
          #expect(!error.remedy.isEmpty)
        }
      }
    }
    #expect(readCount > 100)
  }

  @Test("Nesting up to the limit is read, whatever is nested")
  func deepNesting() throws {
    func nested(_ opening: String, _ inner: String, _ closing: String, _ depth: Int) -> String {
      String(repeating: opening, count: depth) + inner + String(repeating: closing, count: depth)
    }
    for (opening, closing) in [
      ("(", ")"), ("(a + ", ")"), ("(a * ", ")"), ("(a & ", ")"), ("&(", ")"),
    ] {
      #expect(try formula("y ~ " + nested(opening, "x", closing, 45)).variables.contains("x"))
    }
    for opening in ["log(", "I(2 + ", "I(3 ^ "] {
      #expect(try formula("y ~ " + nested(opening, "x", ")", 30)).variables == ["y", "x"])
    }
    let chain = String(repeating: "x - ", count: 199) + "x"
    let long = try formula("y ~ I(\(chain))")
    #expect(try formula(long.description) == long)
    #expect(try formula("y ~ (1 | " + nested("(g / ", "h", ")", 40) + ")").randomTerms.count == 2)
    #expect(try formula("y ~ " + nested("(b - ", "b", ")", 40)).fixedTerms.count == 2)
  }

  @Test("Extreme nesting and length are refused without exhausting the stack")
  func extremes() {
    let many = 10_000
    for text in [
      "y ~ " + String(repeating: "(", count: many),
      "y ~ " + String(repeating: "(", count: many) + "x" + String(repeating: ")", count: many),
      "y ~ " + String(repeating: "-", count: many) + "x",
      "y ~ " + String(repeating: "x^", count: many) + "2",
      "y ~ I(" + String(repeating: "x + ", count: many) + "x)",
      "y ~ " + String(repeating: "log(", count: many),
      String(repeating: "(", count: many) + " ~ x",
    ] {
      #expect(throws: MixedModelError.self) { try formula(text) }
    }
  }
}
