// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// A result that is a table: what inference returns, ready to be printed, and written as CSV or
/// JSON.
///
/// Numbers are kept as they are; only ``description`` rounds them.
public struct ResultTable: Sendable, Hashable {
  /// How the numbers of a column are shown.
  public enum NumberStyle: Sendable, Hashable {
    /// Six significant digits.
    case significant
    /// The given count of decimals.
    case decimals(Int)
    /// A probability: four decimals, or a bound such as `<1e-11`.
    case probability
    /// A size in bytes, with a unit.
    case bytes
    /// A time in seconds, with a unit.
    case seconds
  }

  public struct Column: Sendable, Hashable {
    /// The name for programs: the header in CSV, the key in JSON.
    public let key: String
    /// The heading for people.
    public let title: String
    public let style: NumberStyle
    /// Whether people are spared the column where no row has a value; programs always find it.
    public let hidesIfEmpty: Bool

    public init(
      _ key: String, _ title: String, _ style: NumberStyle = .significant,
      hidesIfEmpty: Bool = false
    ) {
      self.key = key
      self.title = title
      self.style = style
      self.hidesIfEmpty = hidesIfEmpty
    }
  }

  public enum Value: Sendable, Hashable {
    case text(String)
    case number(Double)
    case integer(Int)
    case boolean(Bool)
    /// Not available, or not applicable.
    case missing

    public init(_ number: Double?) { self = number.map(Value.number) ?? .missing }
    public init(_ text: String?) { self = text.map(Value.text) ?? .missing }
  }

  /// The name of the table for programs: its key in JSON.
  public let key: String
  /// The line above the table; `nil` for none.
  public let title: String?
  public let columns: [Column]
  /// One value per column in every row.
  public private(set) var rows: [[Value]] = []
  /// Sentences below the table: how it was made, and what limits it.
  public var notes: [String] = []

  public init(_ key: String, title: String? = nil, columns: [Column]) {
    self.key = key
    self.title = title
    self.columns = columns
  }

  /// Adds a row; values beyond the last column are left out, and missing ones are missing.
  public mutating func append(_ row: [Value]) {
    rows.append(
      columns.indices.map { $0 < row.count ? row[$0] : .missing })
  }
}

extension ResultTable {
  /// The table without columns that hide and have no values: what people are shown.
  package var shown: ResultTable {
    let places = columns.indices.filter { column in
      !columns[column].hidesIfEmpty || rows.contains { $0[column] != .missing }
    }
    guard places.count < columns.count else { return self }
    var table = ResultTable(key, title: title, columns: places.map { columns[$0] })
    for row in rows { table.append(places.map { row[$0] }) }
    table.notes = notes
    return table
  }
}

extension ResultTable: CustomStringConvertible {
  /// Title, table between rules, and notes. Text is read from the left; numbers stand right, their
  /// points below each other.
  public var description: String { shown.text }

  private var text: String {
    let isText = columns.indices.map { column in
      rows.contains { if case .text = $0[column] { true } else { false } }
    }
    let cells = rows.map { row in
      columns.indices.map { column -> AlignedCell in
        let text = row[column].text(columns[column].style)
        if isText[column] { return AlignedCell(left: text) }
        switch columns[column].style {
        // Bounds such as <1e-11 have no point to align on.
        case .probability: return AlignedCell(left: text)
        // Nor have values of different units.
        case .bytes, .seconds: return AlignedCell(right: text)
        case .significant, .decimals: return AlignedCell(number: text)
        }
      }
    }
    let table = AlignedCell.table(
      headings: zip(columns, isText).map { (title: $0.title, isLeft: $1) }, rows: cells)
    return ([title].compactMap { $0 } + [table] + notes).joined(separator: "\n")
  }
}

extension ResultTable.Value {
  /// The value as people read it.
  package func text(_ style: ResultTable.NumberStyle) -> String {
    switch self {
    case .text(let text): text
    case .integer(let value): style == .bytes ? value.byteText : String(value)
    case .boolean(let value): value ? "yes" : "no"
    case .missing: "."
    case .number(let value):
      switch style {
      case .significant: value.compactText
      case .decimals(let count): value.fixedText(decimals: count)
      case .probability: value.probabilityText
      case .bytes: Int(exactly: value.rounded())?.byteText ?? value.compactText
      case .seconds: value.durationText
      }
    }
  }
}
