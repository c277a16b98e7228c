// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

/// What is wrong with a formula and where: the fact, before the text is at hand to show the place.
struct FormulaFault: Error, Sendable {
  let problem: String
  let remedy: String
  /// The number of characters before the place.
  let position: Int

  private init(_ problem: String, at position: Int, remedy: String) {
    self.problem = problem
    self.position = position
    self.remedy = remedy
  }
}

// MARK: - Characters and names

extension FormulaFault {
  static func strayCharacter(_ character: Character, at position: Int) -> Self {
    guard character != "=" else {
      return Self(
        "The character \"=\" has no meaning in a formula.", at: position,
        remedy: "Write \"~\" between the response and the terms, as in y ~ 1 + x.")
    }
    return Self(
      "The character \"\(character)\" has no meaning in a formula.", at: position,
      remedy: "Put a column name with such a character in backquotes, as in `\(character)`.")
  }

  static func unterminatedName(at position: Int) -> Self {
    Self(
      "A name in backquotes is not finished.", at: position,
      remedy: "Close it with a second backquote.")
  }

  static func emptyName(at position: Int) -> Self {
    Self(
      "There is no name between the backquotes.", at: position,
      remedy: "Write the name of a column.")
  }

  static func nameStartingWithDigit(at position: Int) -> Self {
    Self(
      "A number runs into a name.", at: position,
      remedy: "Put a column name that starts with a digit in backquotes.")
  }

  static func unreadableNumber(_ text: String, at position: Int) -> Self {
    Self("The number \(text) is too large.", at: position, remedy: "Write a smaller number.")
  }

  /// - Parameter argument: the column that it is called with, if it is one.
  static func unknownFunction(_ name: String, of argument: String?, at position: Int) -> Self {
    if ["factor", "as.factor", "ordered", "categorical", "C"].contains(name) {
      let column = argument ?? "x"
      return Self(
        "There is no function \"\(name)\" in formulas.", at: position,
        remedy: "Write \(column) alone and name the column as categorical: "
          + "--categorical \(column), in Swift DesignOptions(categorical: [\"\(column)\"]).")
    }
    let names = FormulaFunction.allCases.map(\.rawValue)
    let nearest = suggestion(for: name, in: names + FormulaFunction.covarianceStructures)
    return Self(
      "There is no function \"\(name)\" in formulas.", at: position,
      remedy: (nearest.isEmpty ? "" : nearest + " ")
        + "Functions: \(names.joined(separator: ", ")).")
  }
}

// MARK: - Structure of the text

extension FormulaFault {
  static var emptyFormula: Self {
    Self("The formula is empty.", at: 0, remedy: "Write one such as y ~ 1 + x + (1 | g).")
  }

  static func missingTilde(at position: Int) -> Self {
    Self(
      "The formula has no \"~\".", at: position,
      remedy: "Write the response and \"~\" before the terms, as in y ~ 1 + x.")
  }

  static func secondTilde(at position: Int) -> Self {
    Self(
      "The formula has a second \"~\".", at: position,
      remedy: "One \"~\" stands between the response and the terms.")
  }

  static func tildeInsideParentheses(at position: Int) -> Self {
    Self(
      "The \"~\" stands inside parentheses.", at: position,
      remedy: "Leave out the parentheses around the whole formula.")
  }

  static func missingResponse(at position: Int) -> Self {
    Self(
      "There is no response before \"~\".", at: position,
      remedy: "Write the response column there, as in y ~ 1 + x.")
  }

  static func missingPredictors(at position: Int) -> Self {
    Self(
      "There is nothing after \"~\".", at: position,
      remedy: "Write at least 1, for an intercept.")
  }

  static func missingTerm(after previous: String, at position: Int) -> Self {
    let expected =
      previous == "|" || previous == "||"
      ? "Write a grouping factor here, as in (1 | g)."
      : "Write a term here, such as x, log(x) or (1 | g)."
    return Self("A term is missing after \"\(previous)\".", at: position, remedy: expected)
  }

  static func missingTerm(before next: String, at position: Int) -> Self {
    let expected =
      next == "|" || next == "||"
      ? "Write the random effects before it, as in (1 | g)."
      : "Write a term before it, such as x or log(x)."
    return Self("A term is missing before \"\(next)\".", at: position, remedy: expected)
  }

  static func missingOperator(before next: String, at position: Int) -> Self {
    Self(
      "An operator is missing before \"\(next)\".", at: position,
      remedy: "Join terms with +, *, & or /; put a column name with spaces in backquotes.")
  }

  static func emptyParentheses(at position: Int) -> Self {
    Self(
      "There is nothing between the parentheses.", at: position,
      remedy: "Write a term there, or leave them out.")
  }

  static func unclosedParenthesis(at position: Int) -> Self {
    Self(
      "This parenthesis is not closed.", at: position,
      remedy: "Add the closing parenthesis.")
  }

  static func unopenedParenthesis(at position: Int) -> Self {
    Self(
      "This closing parenthesis has no opening one.", at: position,
      remedy: "Leave it out, or add the opening one.")
  }

  static func strayComma(at position: Int) -> Self {
    Self(
      "A comma has no place here.", at: position,
      remedy: "Commas separate the arguments of a function, as in poly(x, 2).")
  }

  static func nestedTooDeeply(at position: Int) -> Self {
    Self("The formula is nested too deeply.", at: position, remedy: "Use fewer parentheses.")
  }
}

// MARK: - Terms

extension FormulaFault {
  static func numberAsTerm(_ value: Double, at position: Int) -> Self {
    Self(
      "The number \(Expression.number(value)) is not a term.", at: position,
      remedy: "The only numbers that are terms are 1 and 0, for an intercept or none; "
        + "arithmetic goes inside I(...), as in I(2 * x).")
  }

  static func noInterceptInsideInteraction(at position: Int) -> Self {
    Self(
      "Nothing can be combined with an omitted intercept.", at: position,
      remedy: "Write 0 + or - 1 once, beside the terms.")
  }

  static func minusInsideInteraction(at position: Int) -> Self {
    Self(
      "A minus sign has no meaning here.", at: position,
      remedy: "A minus sign removes a term, as in a * b - a & b; "
        + "arithmetic goes inside I(...), as in I(-x).")
  }

  static func nothingToCombine(at position: Int) -> Self {
    Self(
      "The terms here remove each other, so that nothing is left to combine.", at: position,
      remedy: "Write at least one term.")
  }

  static func badExponent(at position: Int) -> Self {
    Self(
      "The exponent of a group of terms must be a whole number from 1.", at: position,
      remedy: "(a + b + c)^2 gives all interactions up to order 2; "
        + "the power of a column is I(x^2).")
  }

  static func tooManyTerms(at position: Int) -> Self {
    Self(
      "This expands to too many terms.", at: position,
      remedy: "A formula may generate up to \(TermList.generatedTermLimit) terms, of up to "
        + "\(TermList.greatestOrder) factors; lower the order of the interactions.")
  }

  static func wrongArgumentCount(_ function: FormulaFunction, at position: Int) -> Self {
    let count = function.argumentCount == 1 ? "one argument" : "two arguments"
    return Self(
      "The function \"\(function.rawValue)\" takes \(count).", at: position,
      remedy: "Write it as in \(function.example).")
  }

  static func badDegree(at position: Int) -> Self {
    Self(
      "The degree of a polynomial must be a whole number from 1.", at: position,
      remedy: "Write it as in poly(x, 2).")
  }

  static func fullDummyNeedsColumn(at position: Int) -> Self {
    Self(
      "The argument of \"fulldummy\" must be one categorical column.", at: position,
      remedy: "Write it as in fulldummy(f).")
  }

  static func offsetInsideInteraction(at position: Int) -> Self {
    Self(
      "An offset cannot be part of an interaction.", at: position,
      remedy: "Add it to the other terms, as in y ~ x + offset(z).")
  }

  static func cbindAmongPredictors(at position: Int) -> Self {
    Self(
      "The function \"cbind\" stands for a response.", at: position,
      remedy: "Write it before \"~\", as in cbind(successes, failures) ~ x.")
  }
}

// MARK: - Arithmetic and the response

extension FormulaFault {
  static func notArithmetic(_ symbol: String, at position: Int) -> Self {
    Self(
      "The operator \"\(symbol)\" has no meaning in arithmetic.", at: position,
      remedy: "Here +, -, *, / and ^ compute with columns of numbers.")
  }

  static func interactionInArithmetic(at position: Int) -> Self {
    Self(
      "An interaction has no meaning in arithmetic.", at: position,
      remedy: "Here +, -, *, / and ^ compute with columns of numbers.")
  }

  static func notOneColumn(_ function: FormulaFunction, at position: Int) -> Self {
    Self(
      "The function \"\(function.rawValue)\" cannot be used here.", at: position,
      remedy: "Arithmetic and responses are made of functions that give one column, "
        + "such as log(x).")
  }

  static func arithmeticTooLong(at position: Int) -> Self {
    Self(
      "This calculation is too long.", at: position,
      remedy: "Compute it before, and give the result as a column.")
  }

  static func responseWithoutColumn(at position: Int) -> Self {
    Self(
      "The response holds no column.", at: position,
      remedy: "Write the response column before \"~\", as in y ~ 1 + x.")
  }
}

// MARK: - Random-effects terms

extension FormulaFault {
  static func barOutsideParentheses(at position: Int) -> Self {
    Self(
      "A random-effects term stands without parentheses.", at: position,
      remedy: "Write it as in (1 + x | g).")
  }

  static func secondBar(at position: Int) -> Self {
    Self(
      "A random-effects term has a second \"|\".", at: position,
      remedy: "Write one term for each grouping factor, as in (1 | g) + (1 | h).")
  }

  static func nestedRandomTerm(at position: Int) -> Self {
    Self(
      "A random-effects term stands inside another.", at: position,
      remedy: "Write one term for each grouping factor, as in (1 | g) + (1 | h).")
  }

  static func randomTermInsideInteraction(at position: Int) -> Self {
    Self(
      "A random-effects term can only be added to the other terms.", at: position,
      remedy: "Join it with +, as in y ~ x + (1 | g).")
  }

  static func badGrouping(at position: Int) -> Self {
    Self(
      "This is not a grouping factor.", at: position,
      remedy: "Right of \"|\" stands a column, or several joined by / (nested) or &, "
        + "as in (1 | batch / cask).")
  }

  static func noRandomEffects(at position: Int) -> Self {
    Self(
      "This random-effects term has no effects.", at: position,
      remedy: "Write 1 or a column before \"|\", as in (1 | g).")
  }

  static func offsetAmongRandomEffects(at position: Int) -> Self {
    Self(
      "An offset cannot be a random effect.", at: position,
      remedy: "Add it to the fixed effects, as in y ~ x + offset(z) + (1 | g).")
  }

  static func structureWithDoubleBar(_ name: String, at position: Int) -> Self {
    Self(
      "The operator \"||\" contradicts the covariance structure \"\(name)\".", at: position,
      remedy: "Write \(name)(1 + x | g), or (1 + x || g) for no correlations.")
  }

  static func structureArguments(_ name: String, at position: Int) -> Self {
    Self(
      "The covariance structure \"\(name)\" takes one random-effects term.", at: position,
      remedy: "Write it as in \(name)(1 + x | g).")
  }
}

// MARK: - The error that users see

extension MixedModelError {
  /// A fault shown under the formula's text, with a caret at the place.
  init(_ fault: FormulaFault, in text: String) {
    guard text.contains(where: { !$0.isWhitespace }) else {
      self.init(
        .syntax, .formula(position: 0), problem: fault.problem, remedy: fault.remedy)
      return
    }
    // Line breaks, tabs and the like become spaces, one for one, so that the caret stays aligned.
    var line = text.map { $0.isWhitespace || $0.isNewline || $0.isControl ? " " : $0 }
    var column = min(fault.position, line.count)
    let reach = 60
    if line.count > column + reach { line = line[..<(column + reach)] + Array("...") }
    if column > reach {
      line = Array("...") + line[(column - reach)...]
      column = reach + 3
    }
    let caret = String(repeating: " ", count: column) + "^"
    self.init(
      .syntax, .formula(position: fault.position),
      problem: "\(fault.problem)\n  \(String(line))\n  \(caret)", remedy: fault.remedy)
  }
}

extension Character {
  fileprivate var isControl: Bool {
    unicodeScalars.contains { $0.properties.generalCategory == .control }
  }
}
