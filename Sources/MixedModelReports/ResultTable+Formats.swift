// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModels

/// The forms in which tables of results are written.
public enum TableFormat: String, Sendable, CaseIterable {
  /// For people.
  case text
  /// Each table with a header line, an empty line between two.
  case csv
  /// One object with a member per table, an array of one object per row, and the notes.
  case json
  /// Each table below its title, the notes below the table, an empty line between them.
  case markdown

  /// The form of the given name.
  /// - Throws: an error that lists the names if there is none such.
  public static func named(_ name: String) throws(MixedModelError) -> TableFormat {
    guard let format = TableFormat(rawValue: name) else {
      throw .unknownFormat(name, available: allCases.map(\.rawValue))
    }
    return format
  }

  /// The tables as text that ends with a line end.
  public func text(of tables: [ResultTable]) -> String {
    switch self {
    case .text: tables.map { $0.description + "\n" }.joined(separator: "\n")
    case .csv: tables.map(\.csvText).joined(separator: "\n")
    case .json:
      JSONValue.object(
        tables.map { ($0.key, $0.jsonRows) }
          + [("notes", JSONValue(tables.flatMap(\.notes)))]
      ).text + "\n"
    case .markdown: tables.map { $0.shown.markdownText }.joined(separator: "\n\n") + "\n"
    }
  }
}

extension ResultTable {
  /// A header of keys and a line per row.
  fileprivate var csvText: String {
    var csv = CSVText(header: columns.map(\.key))
    for row in rows { csv.append(row.map(\.csvField)) }
    return csv.text
  }

  /// The title, the table with its headings, and the notes, each a paragraph.
  fileprivate var markdownText: String {
    let isText = columns.indices.map { column in
      rows.contains { if case .text = $0[column] { true } else { false } }
    }
    let table = MarkdownTable(
      header: columns.map(\.title), isText: isText,
      rows: rows.map { zip($0, columns).map { $0.text($1.style) } })
    return
      ([title.map { "**\(MarkdownTable.escaped($0))**" }].compactMap { $0 } + [table.text]
      + notes.map(MarkdownTable.escaped)).joined(separator: "\n\n")
  }

  fileprivate var jsonRows: JSONValue {
    .array(
      rows.map { row in
        .object(zip(columns, row).map { ($0.key, $1.json) })
      })
  }
}

extension ResultTable.Value {
  fileprivate var csvField: String {
    switch self {
    case .text(let text): text
    case .number(let number): CSVText.field(number)
    case .integer(let number): String(number)
    case .boolean(let value): value ? "true" : "false"
    case .missing: ""
    }
  }

  fileprivate var json: JSONValue {
    switch self {
    case .text(let text): .string(text)
    case .number(let number): .number(number)
    case .integer(let number): .integer(number)
    case .boolean(let value): .boolean(value)
    case .missing: .null
    }
  }
}
