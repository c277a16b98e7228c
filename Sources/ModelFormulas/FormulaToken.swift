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
  /// The code of each ASCII character, and ``other`` for every other character.
  private let codes: [UInt8]
  /// The characters, if some are not ASCII.
  private let characters: [Character]
  private var index = 0

  private static let other: UInt8 = 0xFF
  private static let symbols = Array("+-*/&:^()|~,".utf8)

  init(_ text: String) {
    let bytes = Array(text.utf8)
    // A carriage return and a line feed are one character of two bytes.
    if bytes.allSatisfy({ $0 < 0x80 && $0 != UInt8(ascii: "\r") }) {
      codes = bytes
      characters = []
    } else {
      characters = Array(text)
      codes = characters.map { $0.asciiValue ?? Self.other }
    }
  }

  static func tokens(of text: String) throws(FormulaFault) -> [FormulaToken] {
    var scanner = FormulaScanner(text)
    var tokens: [FormulaToken] = []
    while let token = try scanner.next() { tokens.append(token) }
    tokens.append(FormulaToken(kind: .end, text: "", position: scanner.codes.count))
    return tokens
  }

  private mutating func next() throws(FormulaFault) -> FormulaToken? {
    while isWhitespace { index += 1 }
    guard let code = current else { return nil }
    let start = index
    if code == UInt8(ascii: "`") { return try backquotedName() }
    if code.isDigit || (code == UInt8(ascii: ".") && peek?.isDigit == true) {
      return try number()
    }
    if startsName {
      while continuesName { index += 1 }
      let name = text(from: start)
      return FormulaToken(kind: .name(name), text: name, position: start)
    }
    return try symbol(code)
  }

  private mutating func symbol(_ code: UInt8) throws(FormulaFault) -> FormulaToken {
    let start = index
    index += 1
    let text = text(from: start)
    guard Self.symbols.contains(code) else { throw .strayCharacter(Character(text), at: start) }
    if code == UInt8(ascii: "|"), current == code {
      index += 1
      return FormulaToken(kind: .symbol("||"), text: "||", position: start)
    }
    // R writes an interaction with a colon; from here on both are one operator.
    return FormulaToken(kind: .symbol(text == ":" ? "&" : text), text: text, position: start)
  }

  private mutating func backquotedName() throws(FormulaFault) -> FormulaToken {
    let start = index
    index += 1
    var name = ""
    while let code = current {
      index += 1
      if code == UInt8(ascii: "`") {
        // Two backquotes stand for one inside the name.
        guard current == code else {
          if name.isEmpty { throw .emptyName(at: start) }
          return FormulaToken(kind: .name(name), text: text(from: start), position: start)
        }
        index += 1
      }
      name += code == UInt8(ascii: "`") ? "`" : text(from: index - 1)
    }
    throw .unterminatedName(at: start)
  }

  private mutating func number() throws(FormulaFault) -> FormulaToken {
    let start = index
    skipDigits()
    if current == UInt8(ascii: ".") {
      index += 1
      skipDigits()
    }
    if let code = current, code | 0x20 == UInt8(ascii: "e") {
      let beforeExponent = index
      index += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { index += 1 }
      if current?.isDigit == true { skipDigits() } else { index = beforeExponent }
    }
    if continuesName { throw .nameStartingWithDigit(at: start) }
    let text = text(from: start)
    guard let value = Double(text), value.isFinite else { throw .unreadableNumber(text, at: start) }
    return FormulaToken(kind: .number(value), text: text, position: start)
  }

  private mutating func skipDigits() { while current?.isDigit == true { index += 1 } }

  // MARK: Characters

  private var current: UInt8? { index < codes.count ? codes[index] : nil }

  private var peek: UInt8? { index + 1 < codes.count ? codes[index + 1] : nil }

  private var isWhitespace: Bool {
    guard let code = current else { return false }
    return code == Self.other
      ? characters[index].isWhitespace : code == 0x20 || (0x09...0x0D).contains(code)
  }

  private var startsName: Bool {
    guard let code = current else { return false }
    return code == Self.other ? characters[index].startsFormulaName : code.startsFormulaName
  }

  private var continuesName: Bool {
    guard let code = current else { return false }
    return code == Self.other
      ? characters[index].continuesFormulaName : code.startsFormulaName || code.isDigit
  }

  private func text(from start: Int) -> String {
    characters.isEmpty
      ? String(decoding: codes[start..<index], as: UTF8.self) : String(characters[start..<index])
  }
}
