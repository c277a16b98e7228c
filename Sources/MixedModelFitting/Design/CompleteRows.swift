// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors

/// The rows of a table that have a value in every column a design reads.
struct CompleteRows: Sendable {
  let rowCount: Int
  /// The number of rows of the table.
  let tableRowCount: Int
  /// The table's index of each row; `nil` if every row of the table is complete.
  private let selection: [Int]?
  private let columns: [String: Column]
  /// The number of identical observations that each row stands for; `nil` if one each.
  let frequencies: [Double]?
  /// The number of rows left out because they stand for no observation.
  let zeroFrequencyCount: Int

  /// The rows of `table` that are complete in the columns of the given names.
  /// - Parameter frequencyWeights: the one of them that says how many observations a row stands
  ///   for, if there is one.
  /// - Precondition: the table has every one of these columns.
  /// - Throws: ``MixedModelError`` if a number is infinite, a frequency is not a whole number, or,
  ///   unless `mayBeNone`, no row is complete.
  init(
    of names: [String], in table: DataTable, frequencyWeights: String? = nil,
    mayBeNone: Bool = false
  ) throws(MixedModelError) {
    tableRowCount = table.rowCount
    guard table.rowCount > 0 || mayBeNone else { throw .emptyTable() }
    var isComplete = [Bool](repeating: true, count: table.rowCount)
    var columns: [String: Column] = [:]
    var missingCounts: [(name: String, count: Int)] = []
    for name in names where columns[name] == nil {
      guard let column = table[name] else { continue }
      columns[name] = column
      let missingCount = try mark(missingValuesOf: column, named: name, in: &isComplete)
      if missingCount > 0 { missingCounts.append((name, missingCount)) }
    }
    let weights = try frequencyWeights.flatMap { name throws(MixedModelError) in
      try columns[name].map { column throws(MixedModelError) in
        try FrequencyWeights(column, named: name)
      }
    }
    let zeroRows = weights?.zeroRows ?? []
    zeroFrequencyCount = zeroRows.count
    guard !missingCounts.isEmpty || !zeroRows.isEmpty else {
      rowCount = table.rowCount
      selection = nil
      self.columns = columns
      frequencies = weights?.frequencies(of: nil)
      return
    }
    for row in zeroRows { isComplete[row] = false }
    let selected = isComplete.indices.filter { isComplete[$0] }
    guard !selected.isEmpty || mayBeNone else {
      if missingCounts.isEmpty, let frequencyWeights { throw .noObservation(in: frequencyWeights) }
      throw .noCompleteRow(missing: missingCounts, rowCount: table.rowCount)
    }
    rowCount = selected.count
    selection = selected
    self.columns = columns.mapValues { $0.rows(selected) }
    frequencies = weights?.frequencies(of: selected)
  }

  private init(
    rowCount: Int, tableRowCount: Int, selection: [Int], columns: [String: Column],
    frequencies: [Double]?
  ) {
    self.rowCount = rowCount
    self.tableRowCount = tableRowCount
    self.selection = selection
    self.columns = columns
    self.frequencies = frequencies
    zeroFrequencyCount = 0
  }

  /// Some of these rows, in the given order.
  func picked(_ rows: some Collection<Int>) -> CompleteRows {
    let rows = Array(rows)
    return CompleteRows(
      rowCount: rows.count, tableRowCount: rows.count,
      selection: selection.map { selection in rows.map { selection[$0] } } ?? rows,
      columns: columns.mapValues { $0.rows(rows) },
      frequencies: frequencies.map { frequencies in rows.map { frequencies[$0] } })
  }

  /// The column of the given name, or `nil` if it was not asked for.
  subscript(name: String) -> Column? { columns[name] }

  /// The table's indices of the rows.
  var tableRows: [Int] { selection ?? Array(0..<rowCount) }

  var droppedRowCount: Int { tableRowCount - rowCount }

  /// The number of observations that the rows stand for.
  var observationCount: Int { frequencies.map { Int($0.reduce(0, +)) } ?? rowCount }

  /// The number of row `i` in the table as messages count, from one.
  func rowNumber(_ i: Int) -> Int { (selection?[i] ?? i) + 1 }
}

/// Marks the rows with a missing value as incomplete, and counts them.
private func mark(
  missingValuesOf column: Column, named name: String, in isComplete: inout [Bool]
) throws(MixedModelError) -> Int {
  var missingCount = 0
  switch column {
  case .numeric(let column):
    let values = column.values
    for i in values.indices where !values[i].isFinite {
      guard values[i].isNaN else { throw .infiniteValue(in: name, rowNumber: i + 1) }
      isComplete[i] = false
      missingCount += 1
    }
  case .categorical(let column):
    let codes = column.codes
    for i in codes.indices where codes[i] < 0 {
      isComplete[i] = false
      missingCount += 1
    }
  }
  return missingCount
}
