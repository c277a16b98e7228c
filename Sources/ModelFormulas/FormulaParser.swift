// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// Reads a formula's text into a syntax tree, by operator strength.
///
/// From tightest to loosest: calls, `^` (from the right), minus sign, `&` or `:`, `*` and `/`,
/// `+` and `-`, `|`, `||`, `~`.
struct FormulaParser {
  private let tokens: [FormulaToken]
  private var index = 0
  private var depth = 0

  /// A bound on nesting, far above what anyone writes, so that recursion cannot exhaust
  /// even the small stack of a secondary thread (512 KB on Apple systems).
  private static let greatestDepth = 100

  /// The two sides of a formula.
  static func sides(
    of text: String
  ) throws(FormulaFault) -> (response: FormulaSyntax, predictors: FormulaSyntax) {
    let tokens = try FormulaScanner.tokens(of: text)
    guard tokens.count > 1, let end = tokens.last else { throw .emptyFormula }
    let tildes = tokens.indices.filter { tokens[$0].isSymbol("~") }
    guard let tilde = tildes.first else { throw .missingTilde(at: end.position) }
    if tildes.count > 1 { throw .secondTilde(at: tokens[tildes[1]].position) }
    let outside = tokens[..<tilde].reduce(0, countParentheses)
    if outside > 0, tokens.reduce(0, countParentheses) == 0 {
      throw .tildeInsideParentheses(at: tokens[tilde].position)
    }
    if tilde == 0 { throw .missingResponse(at: tokens[tilde].position) }
    let middle = FormulaToken(kind: .end, text: "~", position: tokens[tilde].position)
    var left = FormulaParser(tokens: tokens[..<tilde] + [middle])
    let response = try left.side()
    if tilde + 2 == tokens.count { throw .missingPredictors(at: end.position) }
    var right = FormulaParser(tokens: Array(tokens[(tilde + 1)...]))
    return (response, try right.side())
  }

  private static func countParentheses(_ open: Int, _ token: FormulaToken) -> Int {
    token.isSymbol("(") ? open + 1 : token.isSymbol(")") ? open - 1 : open
  }

  private init(tokens: some Sequence<FormulaToken>) { self.tokens = Array(tokens) }

  private mutating func side() throws(FormulaFault) -> FormulaSyntax {
    let syntax = try expression(from: .doubleBar)
    guard current.kind == .end else { throw unexpectedToken() }
    return syntax
  }

  // MARK: Operators

  private enum Strength: Int {
    case doubleBar, bar, sum, product, interaction, power
  }

  private var infixStrength: Strength? {
    guard case .symbol(let symbol) = current.kind else { return nil }
    return switch symbol {
    case "||": .doubleBar
    case "|": .bar
    case "+", "-": .sum
    case "*", "/": .product
    case "&": .interaction
    case "^": .power
    default: nil
    }
  }

  /// Reads operands and operators that bind at least as tightly as `weakest`.
  private mutating func expression(from weakest: Strength) throws(FormulaFault) -> FormulaSyntax {
    depth += 1
    defer { depth -= 1 }
    if depth > Self.greatestDepth { throw .nestedTooDeeply(at: current.position) }
    var left = try prefixed()
    while let strength = infixStrength, strength.rawValue >= weakest.rawValue {
      left = try continuation(of: left, strength)
    }
    return left
  }

  private mutating func continuation(
    of left: FormulaSyntax, _ strength: Strength
  ) throws(FormulaFault) -> FormulaSyntax {
    let position = current.position
    switch strength {
    case .bar, .doubleBar:
      advance()
      let grouping = try expression(from: strength == .bar ? .sum : .bar)
      if let strength = infixStrength, strength == .bar || strength == .doubleBar {
        throw .secondBar(at: current.position)
      }
      let isDouble = strength == .doubleBar
      return FormulaSyntax(
        kind: .bar(left, grouping: grouping, isDouble: isDouble), position: position)
    case .power:
      advance()
      let exponent = try expression(from: .power)
      return FormulaSyntax(kind: .power(left, exponent), position: position)
    case .sum, .product, .interaction:
      let next = Strength(rawValue: strength.rawValue + 1) ?? .power
      var steps: [FormulaSyntax.Step] = []
      while infixStrength == strength, case .symbol(let symbol) = current.kind {
        let place = current.position
        advance()
        let operand = try expression(from: next)
        steps.append(.init(symbol: symbol, position: place, operand: operand))
      }
      return FormulaSyntax(kind: .chain(left, steps), position: position)
    }
  }

  private mutating func prefixed() throws(FormulaFault) -> FormulaSyntax {
    let position = current.position
    guard current.isSymbol("-") else { return try operand() }
    advance()
    return FormulaSyntax(kind: .negation(try expression(from: .power)), position: position)
  }

  // MARK: Operands

  private mutating func operand() throws(FormulaFault) -> FormulaSyntax {
    let token = current
    switch token.kind {
    case .number(let value):
      advance()
      return FormulaSyntax(kind: .number(value), position: token.position)
    case .name(let name):
      advance()
      guard current.isSymbol("(") else {
        return FormulaSyntax(kind: .name(name), position: token.position)
      }
      return FormulaSyntax(kind: .call(name, try arguments()), position: token.position)
    case .symbol("&") where tokens[index + 1].isSymbol("("):
      advance()
      return FormulaSyntax(kind: .call("&", try arguments()), position: token.position)
    case .symbol("("):
      advance()
      let inner = try expression(from: .doubleBar)
      try close(token)
      return FormulaSyntax(kind: .parentheses(inner), position: token.position)
    case .symbol, .end:
      throw missingOperand()
    }
  }

  private mutating func arguments() throws(FormulaFault) -> [FormulaSyntax] {
    let opening = current
    advance()
    var arguments: [FormulaSyntax] = []
    if !current.isSymbol(")") {
      arguments.append(try expression(from: .doubleBar))
      while current.isSymbol(",") {
        advance()
        arguments.append(try expression(from: .doubleBar))
      }
    }
    try close(opening)
    return arguments
  }

  private mutating func close(_ opening: FormulaToken) throws(FormulaFault) {
    if current.kind == .end { throw .unclosedParenthesis(at: opening.position) }
    guard current.isSymbol(")") else { throw unexpectedToken() }
    advance()
  }

  // MARK: Faults

  private func missingOperand() -> FormulaFault {
    let found = current
    let previous = index > 0 ? tokens[index - 1] : nil
    guard let previous, !previous.isSymbol("("), !previous.isSymbol(",") else {
      if found.kind == .end, let previous { return .unclosedParenthesis(at: previous.position) }
      if found.isSymbol(")") {
        return previous == nil
          ? .unopenedParenthesis(at: found.position) : .emptyParentheses(at: found.position)
      }
      return .missingTerm(before: found.text, at: found.position)
    }
    return .missingTerm(after: previous.text, at: found.position)
  }

  private func unexpectedToken() -> FormulaFault {
    switch current.kind {
    case .symbol(")"): .unopenedParenthesis(at: current.position)
    case .symbol(","): .strayComma(at: current.position)
    default: .missingOperator(before: current.text, at: current.position)
    }
  }

  // MARK: Tokens

  private var current: FormulaToken { tokens[index] }

  /// Moves on, but never past the `end` token.
  private mutating func advance() { if index + 1 < tokens.count { index += 1 } }
}
