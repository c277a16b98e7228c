// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

/// Reads the first line of delimited text, and checks what holds for all of it.
enum DelimitedTextHeader {
  /// The names of the columns, and the offset of the first row.
  static func read(
    _ text: UnsafeBufferPointer<UInt8>, source: String, delimiter: UInt8
  ) throws(MixedModelError) -> (names: [String], firstRow: Int) {
    guard var tokenizer = Tokenizer(text, delimiter: delimiter, offset: 0) else {
      throw .emptyText(source)
    }
    let names: [String]
    do {
      names = try Self.names(&tokenizer, text, source: source)
    } catch {
      // That it is no text at all says more.
      _ = try checkedLineEndCount(text, text.indices, source: source)
      throw error
    }
    _ = try checkedLineEndCount(text, 0..<tokenizer.offset, source: source)
    return (names, tokenizer.offset)
  }

  /// The number of LF and CR bytes in a range of the text.
  /// - Throws: ``MixedModelError`` if the bytes are not UTF-8 without NUL.
  static func checkedLineEndCount(
    _ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, source: String
  ) throws(MixedModelError) -> Int {
    do {
      return try TextCheck(UnsafeBufferPointer(rebasing: text[range])).lineEndCount
    } catch {
      switch error {
      case .nul(let offset):
        throw .nulByte(TextPlace(source: source, offset: range.lowerBound + offset, in: text))
      case .invalidUTF8(let offset):
        throw .invalidUTF8(TextPlace(source: source, offset: range.lowerBound + offset, in: text))
      }
    }
  }

  /// Refuses a first line that is one field and has another delimiter outside quotes.
  /// - Parameter delimiter: what it was cut at, because nobody said otherwise.
  static func check(
    _ line: Slice<UnsafeBufferPointer<UInt8>>, _ names: [String], cutAt delimiter: FieldDelimiter,
    source: String
  ) throws(MixedModelError) {
    guard names.count == 1, !line.contains(UInt8(ascii: "\"")),
      let found = FieldDelimiter.allCases.first(where: { line.contains($0.rawValue) })
    else { return }
    throw .otherDelimiter(TextPlace(source: source, line: 1), found: found, expected: delimiter)
  }

  private static func names(
    _ tokenizer: inout Tokenizer, _ text: UnsafeBufferPointer<UInt8>, source: String
  ) throws(MixedModelError) -> [String] {
    var names: [String] = []
    var positions: [String: Int] = [:]
    var end = Field.End.field
    while end == .field {
      let place = TextPlace(source: source, offset: tokenizer.offset, in: text)
      let field: Field
      do {
        field = try tokenizer.next()
      } catch {
        throw MixedModelError(error, source: source, in: text)
      }
      end = field.end
      let position = names.count + 1
      // A blank first line is reported as a missing header rather than as a column without name.
      if position == 1, end != .field, field.count == 0 { break }
      let (start, count) = field.trimmed
      let name =
        field.isQuoted
        ? String(decoding: field.content, as: UTF8.self)
        : String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
      if name.isEmpty { throw .emptyColumnName(place, column: position) }
      if let other = positions.updateValue(position, forKey: name) {
        throw .duplicateColumnName(place, name: name, columns: (other, position))
      }
      names.append(name)
    }
    guard !names.isEmpty else {
      throw tokenizer.isAtEnd
        ? .emptyText(source)
        : .emptyColumnName(TextPlace(source: source, offset: 0, in: text), column: 1)
    }
    return names
  }
}

extension FieldDelimiter {
  /// A tab if the first line has one and no comma, else a comma.
  init(guessedFrom text: UnsafeBufferPointer<UInt8>) {
    let line = text.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    let hasTab = line.contains(FieldDelimiter.tab.rawValue)
    self = hasTab && !line.contains(FieldDelimiter.comma.rawValue) ? .tab : .comma
  }
}

extension TextPlace {
  /// The place of the byte at `offset`.
  init(source: String, offset: Int, in text: UnsafeBufferPointer<UInt8>) {
    self.init(source: source, line: TextCheck.line(of: offset, in: text))
  }
}

extension MixedModelError {
  /// The error for text that the tokenizer cannot cut into fields.
  init(_ fault: SyntaxFault, source: String, in text: UnsafeBufferPointer<UInt8>) {
    switch fault {
    case .unterminatedQuote(let offset):
      self = .unterminatedQuote(TextPlace(source: source, offset: offset, in: text))
    case .textAfterQuote(let offset):
      self = .textAfterQuote(TextPlace(source: source, offset: offset, in: text))
    }
  }
}
