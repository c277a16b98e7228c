// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

infix operator ~ : FormulaPrecedence

/// `~` binds less than every operator of terms, and more than assignment.
precedencegroup FormulaPrecedence {
  higherThan: AssignmentPrecedence
  lowerThan: TernaryPrecedence
}

/// Terms joined by operators: one side of a formula, or part of it.
///
/// The operators are those of formula text, with Swift's precedence: `&`, `*` and `/` are equally
/// strong and group from the left, `+`, `-` and `|` are weaker, `~` is weakest. A
/// random-effects term is `(1 + Term("days") | Term("subj"))`. The literals 1 and 0 stand for an
/// intercept and for none.
public struct FormulaTerms: Sendable {
  /// How tightly the loosest operator of the text binds.
  enum Strength: Int, Sendable { case sum, product, interaction, operand }

  /// The terms as formula text; reading this text is what gives a built formula its meaning, so
  /// that it equals the one written out.
  let text: String
  let strength: Strength

  init(text: String, strength: Strength) {
    self.text = text
    self.strength = strength
  }

  /// Two parts joined by an operator, in parentheses where the text would be read otherwise.
  init(_ left: FormulaTerms, _ symbol: String, _ right: FormulaTerms, _ strength: Strength) {
    let leftText = left.strength.rawValue >= strength.rawValue ? left.text : "(\(left.text))"
    let rightText = right.strength.rawValue > strength.rawValue ? right.text : "(\(right.text))"
    self.init(text: "\(leftText) \(symbol) \(rightText)", strength: strength)
  }
}

extension FormulaTerms: ExpressibleByIntegerLiteral {
  /// The intercept (1) or its absence (0, and -1 as a term to add).
  public init(integerLiteral value: Int) {
    self.init(text: String(value), strength: value < 0 ? .sum : .operand)
  }
}

/// What the operators of formulas join: `Term` and `FormulaTerms`. Other types have no reason to
/// conform.
public protocol FormulaOperand: Sendable {
  /// The operand as formula text.
  var formulaTerms: FormulaTerms { get }
}

extension FormulaTerms: FormulaOperand {
  public var formulaTerms: FormulaTerms { self }
}

extension Term: FormulaOperand {
  public var formulaTerms: FormulaTerms {
    FormulaTerms(text: description, strength: order <= 1 ? .operand : .interaction)
  }
}

extension Formula {
  /// The formula of a response and terms built at run time.
  ///
  /// - Throws: `MixedModelError`, as for text, if the terms make no formula, for example because
  ///   one is a function that does not exist.
  public init(
    response: some FormulaOperand, terms: some FormulaOperand
  ) throws(MixedModelError) {
    let text = "\(response.formulaTerms.text) ~ \(terms.formulaTerms.text)"
    try self.init(text)
  }
}

extension Sequence where Element: FormulaOperand {
  /// The terms joined by `+`; an intercept if there are none.
  public func sum() -> FormulaTerms {
    let parts = map(\.formulaTerms)
    guard let first = parts.first else { return 1 }
    return parts.dropFirst().reduce(first) { FormulaTerms($0, "+", $1, .sum) }
  }
}

extension FormulaOperand {
  /// All interactions of these terms up to an order, as `(a + b + c)^2` in text.
  public func interactions(upTo order: Int) -> FormulaTerms {
    FormulaTerms(text: "(\(formulaTerms.text))^\(order)", strength: .operand)
  }

  /// A random-effects term with a covariance structure by its name in formulas, such as `zerocorr`.
  public func structured(as name: String) -> FormulaTerms {
    FormulaTerms(text: "\(quotedName(name))(\(formulaTerms.text))", strength: .operand)
  }
}

// MARK: - Formulas

/// The formula of a response and terms; traps, like a malformed literal, if they make none.
public func ~ (response: some FormulaOperand, terms: some FormulaOperand) -> Formula {
  formula(response.formulaTerms, terms.formulaTerms)
}

/// The formula of a response and nothing but an intercept, or none.
public func ~ (response: some FormulaOperand, intercept: FormulaTerms) -> Formula {
  formula(response.formulaTerms, intercept)
}

private func formula(_ response: FormulaTerms, _ terms: FormulaTerms) -> Formula {
  do throws(MixedModelError) {
    return try Formula(response: response, terms: terms)
  } catch {
    preconditionFailure(error.description)
  }
}

// MARK: - Operators
//
// Each operator that a literal 0 or 1 may stand beside has an overload with `FormulaTerms` on that
// side: the literal takes its type from there.

/// Terms of both operands.
public func + (left: some FormulaOperand, right: some FormulaOperand) -> FormulaTerms {
  FormulaTerms(left.formulaTerms, "+", right.formulaTerms, .sum)
}

/// Terms of both operands, the left one a literal 0 or 1.
public func + (left: FormulaTerms, right: some FormulaOperand) -> FormulaTerms {
  FormulaTerms(left, "+", right.formulaTerms, .sum)
}

/// Terms of both operands, the right one a literal 0 or 1.
public func + (left: some FormulaOperand, right: FormulaTerms) -> FormulaTerms {
  FormulaTerms(left.formulaTerms, "+", right, .sum)
}

/// Terms of both operands.
public func + (left: FormulaTerms, right: FormulaTerms) -> FormulaTerms {
  FormulaTerms(left, "+", right, .sum)
}

/// The terms of the left operand without those of the right.
public func - (left: some FormulaOperand, right: some FormulaOperand) -> FormulaTerms {
  FormulaTerms(left.formulaTerms, "-", right.formulaTerms, .sum)
}

/// The terms of the left operand without the intercept: `- 1`.
public func - (left: some FormulaOperand, right: FormulaTerms) -> FormulaTerms {
  FormulaTerms(left.formulaTerms, "-", right, .sum)
}

/// Both operands and their interactions.
public func * (left: some FormulaOperand, right: some FormulaOperand) -> FormulaTerms {
  FormulaTerms(left.formulaTerms, "*", right.formulaTerms, .product)
}

/// The left operand, and the right one within it; on the response side, a ratio.
public func / (left: some FormulaOperand, right: some FormulaOperand) -> FormulaTerms {
  FormulaTerms(left.formulaTerms, "/", right.formulaTerms, .product)
}

/// The interactions of the operands.
public func & (left: some FormulaOperand, right: some FormulaOperand) -> FormulaTerms {
  FormulaTerms(left.formulaTerms, "&", right.formulaTerms, .interaction)
}

/// A random-effects term: the effects left, the grouping factor right.
public func | (effects: some FormulaOperand, grouping: some FormulaOperand) -> FormulaTerms {
  FormulaTerms(
    text: "(\(effects.formulaTerms.text) | \(grouping.formulaTerms.text))", strength: .operand)
}

/// A random-effects term of an intercept: `1 | g`.
public func | (effects: FormulaTerms, grouping: some FormulaOperand) -> FormulaTerms {
  FormulaTerms(text: "(\(effects.text) | \(grouping.formulaTerms.text))", strength: .operand)
}
