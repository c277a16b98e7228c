// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// Comma-separated text (RFC 4180, lines end with LF), as `DataTable` reads it.
package struct CSVText: Sendable {
  package private(set) var text = ""

  /// Text that begins with a line of column names.
  package init(header: [String]) { append(header) }

  /// Adds a line; a field is quoted where it needs to be.
  package mutating func append(_ fields: [String]) {
    text += fields.map(Self.quoted).joined(separator: ",") + "\n"
  }

  /// A number as the shortest text that reads back to it, whole ones without a point; empty where
  /// there is none.
  package static func field(_ number: Double?) -> String {
    guard let number, !number.isNaN else { return "" }
    let text = number.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  private static func quoted(_ field: String) -> String {
    // Scalars, because CR LF is one character.
    let needsQuotes = field.unicodeScalars.contains { ",\"\n\r".unicodeScalars.contains($0) }
    guard needsQuotes else { return field }
    return "\""
      + field.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }
}

extension CSVText {
  /// All rows of a table.
  package init(_ table: DataTable) {
    self.init(header: table.columnNames)
    let columns = table.columnNames.compactMap { table[$0] }
    for row in 0..<table.rowCount { append(columns.map { Self.field($0, row: row) }) }
  }

  private static func field(_ column: Column, row: Int) -> String {
    switch column {
    case .numeric(let column): field(column.values[row])
    case .categorical(let column):
      column.codes[row] < 0 ? "" : column.levels[Int(column.codes[row])]
    }
  }
}
