// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

/// The first line of delimited text.
struct DelimitedTextHeader {
  /// The names of the columns.
  let names: [String]
  /// The offset of the first row.
  let firstRow: Int
  let delimiter: FieldDelimiter

  /// The bytes that are read at first.
  private static let firstPart = 1 << 16

  /// - Parameters:
  ///   - delimiter: `nil` for that of the extension; without it a tab if the first line has one and
  ///     no comma, else a comma.
  ///   - path: the name of the file, if there is one.
  ///   - longest: a line with many more bytes is not read.
  /// - Throws: ``MixedModelError`` if the text has no proper header.
  init(
    _ source: some TextSource, delimiter: FieldDelimiter?, extensionOf path: String,
    longest: Int
  ) throws(MixedModelError) {
    var count = min(Self.firstPart, source.count)
    while true {
      let part = try source.bytes(0..<count)
      let isWhole = count == source.count
      if let header = try Self.read(
        part.buffer, isWhole: isWhole, of: source, delimiter: delimiter, extensionOf: path)
      {
        self = header
        return
      }
      guard count < longest else {
        throw try .fault(TextFault(.rowTooLong(limit: longest), at: 0), in: source)
      }
      count = min(2 * count, source.count)
    }
  }

  private init(_ names: [String], firstRow: Int, delimiter: FieldDelimiter) {
    self.names = names
    self.firstRow = firstRow
    self.delimiter = delimiter
  }

  /// - Parameter text: the beginning of the text, or all of it.
  /// - Returns: `nil` if more of the text is needed.
  private static func read(
    _ text: UnsafeBufferPointer<UInt8>, isWhole: Bool, of source: some TextSource,
    delimiter: FieldDelimiter?, extensionOf path: String
  ) throws(MixedModelError) -> DelimitedTextHeader? {
    let line = text.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    guard isWhole || line.count < text.count else { return nil }
    // The byte order mark that some programs put before UTF-8 is no text.
    let hasMark = text.starts(with: [0xEF, 0xBB, 0xBF])
    let used =
      delimiter ?? FieldDelimiter(extensionOf: path) ?? FieldDelimiter(guessedFrom: line)
    guard
      var tokenizer = Tokenizer(text, delimiter: used.rawValue, offset: hasMark ? 3 : 0)
    else { throw .emptyText(source.name) }
    let names: [String]
    do {
      names = try Self.names(&tokenizer, in: source)
    } catch {
      guard isWhole || !tokenizer.isAtEnd else { return nil }
      // That it is no text at all says more.
      try check(text, isWhole: isWhole, of: source)
      throw error
    }
    guard isWhole || !tokenizer.isAtEnd else { return nil }
    try check(UnsafeBufferPointer(rebasing: text[..<tokenizer.offset]), isWhole: true, of: source)
    let header = DelimitedTextHeader(names, firstRow: tokenizer.offset, delimiter: used)
    if delimiter == nil { try header.checkDelimiter(text[..<tokenizer.offset], source.name) }
    return header
  }

  /// Checks that the beginning of a text is UTF-8 without NUL.
  /// - Parameter isWhole: whether its end may not stand within a character.
  private static func check(
    _ text: UnsafeBufferPointer<UInt8>, isWhole: Bool, of source: some TextSource
  ) throws(MixedModelError) {
    let longestCharacter = 4
    do {
      _ = try TextCheck(text)
    } catch {
      guard isWhole || error.offset + longestCharacter <= text.count else { return }
      throw try .fault(error, in: source)
    }
  }

  /// Refuses a first line that is one field and has another delimiter outside quotes, if nobody said
  /// what to cut it at.
  private func checkDelimiter(
    _ line: Slice<UnsafeBufferPointer<UInt8>>, _ source: String
  ) throws(MixedModelError) {
    guard names.count == 1, !line.contains(UInt8(ascii: "\"")),
      let found = FieldDelimiter.allCases.first(where: { line.contains($0.rawValue) })
    else { return }
    throw .otherDelimiter(
      TextPlace(source: source, line: 1), found: found, expected: delimiter)
  }

  private static func names(
    _ tokenizer: inout Tokenizer, in source: some TextSource
  ) throws(MixedModelError) -> [String] {
    var names: [String] = []
    var positions: [String: Int] = [:]
    var end = Field.End.field
    while end == .field {
      let offset = tokenizer.offset
      let field: Field
      do {
        field = try tokenizer.next()
      } catch {
        throw try .fault(error, in: source)
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
      if name.isEmpty { throw .emptyColumnName(try source.place(of: offset), column: position) }
      if let other = positions.updateValue(position, forKey: name) {
        throw .duplicateColumnName(
          try source.place(of: offset), name: name, columns: (other, position))
      }
      names.append(name)
    }
    guard !names.isEmpty else {
      throw tokenizer.isAtEnd
        ? .emptyText(source.name)
        : .emptyColumnName(TextPlace(source: source.name, line: 1), column: 1)
    }
    return names
  }
}

extension FieldDelimiter {
  /// A tab if the first line has one and no comma, else a comma.
  init(guessedFrom line: Slice<UnsafeBufferPointer<UInt8>>) {
    let hasTab = line.contains(FieldDelimiter.tab.rawValue)
    self = hasTab && !line.contains(FieldDelimiter.comma.rawValue) ? .tab : .comma
  }
}
