// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// A column of one chunk of text in the making: numbers as long as every field is one, then texts.
struct ColumnBuilder: Sendable {
  /// The rows as numbers, if the column is not text.
  private(set) var values: [Double] = []
  /// The rows as numbers of their texts in ``pool``, if the column is text.
  private(set) var codes: [Int32] = []
  private(set) var pool = LevelPool()
  private(set) var isText: Bool
  /// Whether some field is a number.
  private(set) var holdsNumbers = false
  /// Whether some field is a mark of a missing value in quotes, which is a value in a text column.
  private(set) var holdsQuotedMarks = false
  /// The number of first rows whose texts went by while the column passed for numeric.
  private(set) var unreadRowCount = 0
  private let capacity: Int

  /// A builder of a column with about `capacity` rows.
  /// - Parameter isText: whether the column is text whatever it looks like.
  init(isText: Bool, capacity: Int) {
    self.isText = isText
    self.capacity = capacity
    if isText { codes.reserveCapacity(capacity) } else { values.reserveCapacity(capacity) }
  }

  var count: Int { isText ? codes.count : values.count }

  @inline(__always)
  mutating func append(_ field: Field) {
    if !isText {
      if let number = field.number {
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

/// A whole column, put together from those of its chunks in their order.
struct ColumnAssembly {
  private var values: [Double] = []
  private var codes: [Int32] = []
  private var pool = LevelPool()
  private var isText: Bool
  private var holdsNumbers = false
  private var holdsQuotedMarks = false
  /// Whether some chunks passed for numeric and others did not.
  private var isMixed = false

  init(isText: Bool) { self.isText = isText }

  /// Whether the column is text and has to be read again as such: some rows of it were not.
  var needsReadingAsText: Bool {
    // A column of nothing but quoted marks of missing values is text, too.
    isMixed || !isText && !holdsNumbers && holdsQuotedMarks
  }

  /// - Parameter expectedCount: about how many rows the whole column will have.
  mutating func append(_ chunk: ColumnBuilder, expectedCount: Int) {
    if isMixed { return }
    let holdsValues = chunk.holdsNumbers || chunk.holdsQuotedMarks
    if chunk.isText != isText {
      let passedForNumeric = chunk.isText ? holdsNumbers || holdsQuotedMarks : holdsValues
      if passedForNumeric {
        isMixed = true
        values = []
        codes = []
        return
      }
      // What passed for numeric has no value at all, which is the same in a text column.
      if chunk.isText {
        isText = true
        codes = [Int32](repeating: -1, count: values.count)
        values = []
      }
    }
    guard isText else {
      holdsNumbers = holdsNumbers || chunk.holdsNumbers
      holdsQuotedMarks = holdsQuotedMarks || chunk.holdsQuotedMarks
      if values.isEmpty, expectedCount <= chunk.count {
        values = chunk.values
      } else {
        values.reserveCapacity(expectedCount)
        values += chunk.values
      }
      return
    }
    codes.reserveCapacity(expectedCount)
    guard chunk.isText else {
      codes.append(contentsOf: repeatElement(-1, count: chunk.count))
      return
    }
    if codes.isEmpty {
      (codes, pool) = (chunk.codes, chunk.pool)
      codes.reserveCapacity(expectedCount)
    } else {
      let places = pool.numbers(of: chunk.pool)
      for code in chunk.codes { codes.append(code < 0 ? -1 : places[Int(code)]) }
    }
  }

  consuming func column() -> Column {
    guard isText else { return .numeric(NumericColumn(values)) }
    let (levels, places) = pool.ordered()
    for row in codes.indices where codes[row] >= 0 { codes[row] = places[Int(codes[row])] }
    return .categorical(CategoricalColumn(codes: codes, levels: levels))
  }
}
