// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// What can stand for one column in a formula: a variable, a number, or a call.
///
/// Arithmetic inside `I(...)` and on the response side is a call named by its operator:
/// `I(x^2)` is `call("I", [call("^", [variable("x"), number(2)])])`, and a minus sign in front of
/// one operand is a call of `-` with one argument.
public indirect enum Expression: Sendable, Hashable {
  case variable(String)
  case number(Double)
  case call(String, [Expression])
}

extension Expression {
  /// The variables that occur, each once, in order of appearance.
  package var variables: [String] {
    var names: [String] = []
    collectVariables(into: &names)
    return names
  }

  package func collectVariables(into names: inout [String]) {
    switch self {
    case .variable(let name): if !names.contains(name) { names.append(name) }
    case .number: break
    case .call(_, let arguments):
      for argument in arguments { argument.collectVariables(into: &names) }
    }
  }
}

// MARK: - Literals

extension Expression: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral
{
  /// A variable, by its name.
  public init(stringLiteral name: String) { self = .variable(name) }

  /// A whole number, such as the degree in `poly(x, 2)`.
  public init(integerLiteral value: Int) { self = .number(Double(value)) }

  /// A number.
  public init(floatLiteral value: Double) { self = .number(value) }
}

// MARK: - Printing

extension Expression: CustomStringConvertible {
  /// The expression as formulas and coefficient names show it: `days`, `log(x)`, `I(days ^ 2)`.
  ///
  /// Reading it as part of a formula gives the same expression; names that need backquotes have
  /// them.
  public var description: String {
    switch self {
    case .variable(let name): return quotedName(name)
    case .number(let value):
      return value == value.rounded() && abs(value) < 1e15
        ? String(Int64(value)) : String(value)
    case .call("-", let operands) where operands.count == 1:
      return "-" + operands[0].text(above: .negation)
    case .call(let symbol, let operands):
      guard operands.count == 2, let strength = strength else {
        return quotedName(symbol) + "(" + operands.map(\.description).joined(separator: ", ") + ")"
      }
      // A power groups from the right, everything else from the left.
      let isPower = strength == .power
      let left = operands[0].text(from: strength, excluding: isPower)
      let right = operands[1].text(from: strength, excluding: !isPower)
      return "\(left) \(symbol) \(right)"
    }
  }

  /// How tightly an operator binds, weakest first.
  private enum Strength: Int, Comparable {
    case sum, product, negation, power, operand

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  private var strength: Strength? {
    guard case .call(let symbol, let operands) = self else { return nil }
    return switch (symbol, operands.count) {
    case ("+", 2), ("-", 2): .sum
    case ("*", 2), ("/", 2): .product
    case ("-", 1): .negation
    case ("^", 2): .power
    default: nil
    }
  }

  private func text(above limit: Strength) -> String { text(from: limit, excluding: true) }

  private func text(from limit: Strength, excluding isExclusive: Bool) -> String {
    let own = strength ?? .operand
    return own > limit || (own == limit && !isExclusive) ? description : "(\(description))"
  }
}

/// A column's name as a formula writes it: in backquotes if it is not a plain name.
package func quotedName(_ name: String) -> String {
  if let first = name.first, first.startsFormulaName, name.allSatisfy(\.continuesFormulaName),
    !(first == "." && name.dropFirst().first?.isNumber == true)
  {
    return name
  }
  return "`" + name.split(separator: "`", omittingEmptySubsequences: false).joined(separator: "``")
    + "`"
}

extension Character {
  var startsFormulaName: Bool {
    // What nearly all names are made of is told apart without the tables of Unicode.
    if let byte = asciiValue { return byte.startsFormulaName }
    return isLetter
  }

  var continuesFormulaName: Bool {
    if let byte = asciiValue { return byte.startsFormulaName || byte.isDigit }
    return isLetter || isNumber
  }
}

extension UInt8 {
  fileprivate var startsFormulaName: Bool {
    // The bit that is set makes a capital letter small, and leaves other characters no letters.
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
      || self == UInt8(ascii: "_") || self == UInt8(ascii: ".")
  }

  var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
