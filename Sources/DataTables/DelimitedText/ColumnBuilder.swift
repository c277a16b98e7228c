// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// A column in the making: numbers as long as every field is one, then texts.
struct ColumnBuilder {
  private let capacity: Int
  private var values: [Double] = []
  private var codes: [Int32] = []
  private var pool = LevelPool()
  private(set) var isText: Bool
  private var holdsNumbers = false
  private var holdsQuotedMarks = false
  /// The number of first rows whose texts went by while the column passed for numeric.
  private(set) var unreadRowCount = 0

  /// A builder of a column with about `capacity` rows.
  init(isText: Bool, capacity: Int) {
    self.isText = isText
    self.capacity = capacity
    if isText { codes.reserveCapacity(capacity) } else { values.reserveCapacity(capacity) }
  }

  @inline(__always)
  mutating func append(_ field: Field) {
    if !isText {
      let (start, count) = field.trimmed
      if let number = DecimalText.number(start, count: count) {
        values.append(number)
        holdsNumbers = true
        return
      }
      if field.isMissingMark {
        values.append(.nan)
        if field.isQuoted { holdsQuotedMarks = true }
        return
      }
      becomeText()
    }
    codes.append(code(of: field))
  }

  /// Fills in a row that was met before the column turned out to be text.
  mutating func reread(_ field: Field, row: Int) {
    if row < unreadRowCount { codes[row] = code(of: field) }
  }

  /// Decides what no row decided: a column of nothing but quoted marks of missing values is text.
  mutating func endRows() {
    if !isText, !holdsNumbers, holdsQuotedMarks { becomeText() }
  }

  consuming func column() -> Column {
    guard isText else { return .numeric(NumericColumn(values)) }
    let (levels, places) = pool.ordered()
    for row in codes.indices where codes[row] >= 0 { codes[row] = places[Int(codes[row])] }
    return .categorical(CategoricalColumn(codes: codes, levels: levels))
  }

  private mutating func becomeText() {
    isText = true
    // Marks without quotes are missing in a text column too, so that they need not be read again.
    if holdsNumbers || holdsQuotedMarks { unreadRowCount = values.count }
    codes.reserveCapacity(max(capacity, values.count))
    codes.append(contentsOf: repeatElement(-1, count: values.count))
    values = []
  }

  private mutating func code(of field: Field) -> Int32 {
    if !field.isQuoted, field.isMissingMark { return -1 }
    guard field.hasDoubledQuotes else { return pool.number(of: field.start, count: field.count) }
    return field.content.withUnsafeBufferPointer { content in
      content.baseAddress.map { pool.number(of: $0, count: content.count) } ?? -1
    }
  }
}
