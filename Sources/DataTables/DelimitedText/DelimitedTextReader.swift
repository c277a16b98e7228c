// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

/// Reads delimited text into columns in one pass, and in a second one those rows of text columns
/// that had passed for numbers.
struct DelimitedTextReader {
  private let text: UnsafeBufferPointer<UInt8>
  private let source: String
  private let delimiter: FieldDelimiter?

  /// A reader of `text`, which messages call `source`.
  /// - Parameter delimiter: `nil` for a tab if the first line has one and no comma, else a comma.
  init(_ text: UnsafeBufferPointer<UInt8>, source: String, delimiter: FieldDelimiter?) {
    // The byte order mark that some programs put before UTF-8 is no text.
    let hasMark = text.count >= 3 && text[0] == 0xEF && text[1] == 0xBB && text[2] == 0xBF
    self.text = hasMark ? UnsafeBufferPointer(rebasing: text.dropFirst(3)) : text
    self.source = source
    self.delimiter = delimiter
  }

  /// The table; columns named in `categorical` are text whatever they look like.
  func table(categorical: Set<String>) throws(MixedModelError) -> DataTable {
    let lineEndCount = try checkedLineEndCount()
    let delimiter = (delimiter ?? guessedDelimiter()).rawValue
    guard var tokenizer = Tokenizer(text, delimiter: delimiter, offset: 0) else {
      throw .emptyText(source)
    }
    let names = try header(&tokenizer)
    for name in categorical.sorted() where !names.contains(name) {
      throw .unknownColumn(name, available: names)
    }

    // Fields and line ends take bytes, which bounds the rows where quoted fields have many lines.
    let capacity = min(lineEndCount, text.count / names.count) + 1
    var builders = names.map { name in
      ColumnBuilder(isText: categorical.contains(name), capacity: capacity)
    }
    let firstRow = tokenizer.offset
    let rowCount = try scan(&tokenizer, columnCount: names.count, rowLimit: .max) {
      (row, column, field) in builders[column].append(field)
    }
    guard rowCount > 0 else { throw .noRows(source) }
    for column in builders.indices { builders[column].endRows() }

    let unreadRowCount = builders.map(\.unreadRowCount).max() ?? 0
    if unreadRowCount > 0,
      var again = Tokenizer(text, delimiter: delimiter, offset: firstRow)
    {
      _ = try scan(&again, columnCount: names.count, rowLimit: unreadRowCount) {
        (row, column, field) in builders[column].reread(field, row: row)
      }
    }
    return try DataTable(zip(names, builders).map { ($0, $1.column()) })
  }

  /// Hands every field of the rows from the tokenizer on to `visit` and counts the rows.
  ///
  /// A blank line is a row only where there is one column, whose value it lacks.
  @inline(__always)
  private func scan(
    _ tokenizer: inout Tokenizer, columnCount: Int, rowLimit: Int,
    visit: (_ row: Int, _ column: Int, _ field: Field) -> Void
  ) throws(MixedModelError) -> Int {
    var row = 0
    while row < rowLimit, !tokenizer.isAtEnd {
      let rowOffset = tokenizer.offset
      var field = try next(&tokenizer)
      if columnCount > 1, field.isBlankLine { continue }
      var column = 0
      while true {
        if column < columnCount { visit(row, column, field) }
        column += 1
        if field.end != .field { break }
        field = try next(&tokenizer)
      }
      guard column == columnCount else {
        throw .raggedRow(place(rowOffset), fieldCount: column, columnCount: columnCount)
      }
      row += 1
    }
    return row
  }
}

// MARK: - Header and faults

extension DelimitedTextReader {
  private func header(_ tokenizer: inout Tokenizer) throws(MixedModelError) -> [String] {
    var names: [String] = []
    var positions: [String: Int] = [:]
    var end = Field.End.field
    while end == .field {
      let offset = tokenizer.offset
      let field = try next(&tokenizer)
      end = field.end
      let position = names.count + 1
      // A blank first line is reported as a missing header rather than as a column without name.
      if position == 1, end != .field, field.count == 0 { break }
      let (start, count) = field.trimmed
      let name =
        field.isQuoted
        ? String(decoding: field.content, as: UTF8.self)
        : String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
      if name.isEmpty { throw .emptyColumnName(place(offset), column: position) }
      if let other = positions.updateValue(position, forKey: name) {
        throw .duplicateColumnName(place(offset), name: name, columns: (other, position))
      }
      names.append(name)
    }
    guard !names.isEmpty else {
      throw tokenizer.isAtEnd ? .emptyText(source) : .emptyColumnName(place(0), column: 1)
    }
    return names
  }

  private func guessedDelimiter() -> FieldDelimiter {
    let line = text.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    let hasTab = line.contains(FieldDelimiter.tab.rawValue)
    return hasTab && !line.contains(FieldDelimiter.comma.rawValue) ? .tab : .comma
  }

  private func checkedLineEndCount() throws(MixedModelError) -> Int {
    let count: Int
    do {
      count = try TextCheck(text).lineEndCount
    } catch {
      switch error {
      case .nul(let offset): throw .nulByte(place(offset))
      case .invalidUTF8(let offset): throw .invalidUTF8(place(offset))
      }
    }
    // Codes of levels have 32 bits, and there are at most as many levels as lines.
    guard count < Int32.max else { throw .tooManyRows(source) }
    return count
  }

  @inline(__always)
  private func next(_ tokenizer: inout Tokenizer) throws(MixedModelError) -> Field {
    do {
      return try tokenizer.next()
    } catch {
      switch error {
      case .unterminatedQuote(let offset): throw .unterminatedQuote(place(offset))
      case .textAfterQuote(let offset): throw .textAfterQuote(place(offset))
      }
    }
  }

  private func place(_ offset: Int) -> TextPlace {
    TextPlace(source: source, line: TextCheck.line(of: offset, in: text))
  }
}
