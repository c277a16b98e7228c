// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// A piece of a formula's text: a name, a number or a symbol, and where it stands.
struct FormulaToken: Sendable {
  enum Kind: Sendable, Hashable {
    case name(String)
    case number(Double)
    case symbol(String)
    case end
  }

  let kind: Kind
  /// The piece as written.
  let text: String
  /// The number of characters before the piece.
  let position: Int

  func isSymbol(_ symbol: String) -> Bool { kind == .symbol(symbol) }
}

/// Cuts a formula's text into tokens; the last one is always `end`.
struct FormulaScanner {
  private let characters: [Character]
  private var index = 0

  private static let symbols = Array("+-*/&:^()|~,".utf8)

  init(_ text: String) { characters = Array(text) }

  static func tokens(of text: String) throws(FormulaFault) -> [FormulaToken] {
    var scanner = FormulaScanner(text)
    var tokens: [FormulaToken] = []
    while let token = try scanner.next() { tokens.append(token) }
    tokens.append(FormulaToken(kind: .end, text: "", position: scanner.characters.count))
    return tokens
  }

  private mutating func next() throws(FormulaFault) -> FormulaToken? {
    while let character = current, character == " " || character.isWhitespace { index += 1 }
    guard let character = current else { return nil }
    let start = index
    if character == "`" { return try backquotedName() }
    if isDigit(character) || (character == "." && isDigit(peek)) { return try number() }
    if character.startsFormulaName {
      while let next = current, next.continuesFormulaName { index += 1 }
      let name = String(characters[start..<index])
      return FormulaToken(kind: .name(name), text: name, position: start)
    }
    return try symbol()
  }

  private mutating func symbol() throws(FormulaFault) -> FormulaToken {
    let start = index
    let character = characters[index]
    guard let byte = character.asciiValue, Self.symbols.contains(byte) else {
      throw .strayCharacter(character, at: start)
    }
    index += 1
    if character == "|", current == "|" {
      index += 1
      return FormulaToken(kind: .symbol("||"), text: "||", position: start)
    }
    // R writes an interaction with a colon; from here on both are one operator.
    let symbol = character == ":" ? "&" : String(character)
    return FormulaToken(kind: .symbol(symbol), text: String(character), position: start)
  }

  private mutating func backquotedName() throws(FormulaFault) -> FormulaToken {
    let start = index
    index += 1
    var name = ""
    while let character = current {
      index += 1
      if character == "`" {
        // Two backquotes stand for one inside the name.
        guard current == "`" else {
          if name.isEmpty { throw .emptyName(at: start) }
          return FormulaToken(
            kind: .name(name), text: String(characters[start..<index]), position: start)
        }
        index += 1
      }
      name.append(character)
    }
    throw .unterminatedName(at: start)
  }

  private mutating func number() throws(FormulaFault) -> FormulaToken {
    let start = index
    skipDigits()
    if current == "." {
      index += 1
      skipDigits()
    }
    if current == "e" || current == "E" {
      let beforeExponent = index
      index += 1
      if current == "+" || current == "-" { index += 1 }
      if isDigit(current) { skipDigits() } else { index = beforeExponent }
    }
    if let next = current, next.continuesFormulaName {
      throw .nameStartingWithDigit(at: start)
    }
    let text = String(characters[start..<index])
    guard let value = Double(text), value.isFinite else { throw .unreadableNumber(text, at: start) }
    return FormulaToken(kind: .number(value), text: text, position: start)
  }

  private mutating func skipDigits() { while isDigit(current) { index += 1 } }

  private var current: Character? { index < characters.count ? characters[index] : nil }

  private var peek: Character? { index + 1 < characters.count ? characters[index + 1] : nil }

  private func isDigit(_ character: Character?) -> Bool {
    character?.asciiValue?.isDigit ?? false
  }
}
