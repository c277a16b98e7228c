// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

/// Named columns of equal length.
public struct DataTable: Sendable {
  /// The number of rows.
  public let rowCount: Int
  /// The names of the columns in their order.
  public let columnNames: [String]
  private let columns: [String: Column]

  /// A table of the given columns.
  /// - Throws: ``MixedModelError`` if two columns share a name or lengths differ.
  public init(_ columns: [(name: String, column: Column)]) throws(MixedModelError) {
    var columnOfName: [String: Column] = [:]
    let rowCount = columns.first?.column.count ?? 0
    for (name, column) in columns {
      guard columnOfName.updateValue(column, forKey: name) == nil else {
        throw .duplicateColumn(name)
      }
      guard column.count == rowCount else {
        throw .columnLength(
          name, count: column.count, first: columns[0].name, rowCount: rowCount)
      }
    }
    self.rowCount = rowCount
    columnNames = columns.map(\.name)
    self.columns = columnOfName
  }

  /// A table of numeric columns and, after them, categorical ones:
  /// `DataTable(numeric: ["y": [1.5, 2]], categorical: ["g": ["a", "b"]])`.
  /// - Parameters:
  ///   - numeric: Numbers by column, missing where NaN.
  ///   - categorical: Texts by column, missing where `nil`; the levels take the default order of
  ///     ``CategoricalColumn``.
  /// - Throws: ``MixedModelError`` if two columns share a name or lengths differ.
  public init(
    numeric: KeyValuePairs<String, [Double]> = [:],
    categorical: KeyValuePairs<String, [String?]> = [:]
  ) throws(MixedModelError) {
    try self.init(
      numeric.map { ($0.key, .numeric(NumericColumn($0.value))) }
        + categorical.map { ($0.key, .categorical(CategoricalColumn($0.value))) })
  }

  /// The column of the given name, or `nil` if the table has none.
  public subscript(name: String) -> Column? { columns[name] }

  /// The column of the given name.
  /// - Throws: ``MixedModelError`` if the table has none.
  public func column(_ name: String) throws(MixedModelError) -> Column {
    guard let column = columns[name] else {
      throw .unknownColumn(name, available: columnNames)
    }
    return column
  }
}

// MARK: - Columns chosen and changed

extension DataTable {
  /// The table of only the named columns, in the order of `names`.
  /// - Throws: ``MixedModelError`` if the table lacks a column or one is named twice.
  public func select(_ names: [String]) throws(MixedModelError) -> DataTable {
    var selected: [(name: String, column: Column)] = []
    for name in names { selected.append((name, try column(name))) }
    return try DataTable(selected)
  }

  /// The table with another column in the place of the named one.
  /// - Throws: ``MixedModelError`` if the table lacks the column or the lengths differ.
  public func replacing(_ name: String, with column: Column) throws(MixedModelError) -> DataTable {
    _ = try self.column(name)
    guard column.count == rowCount else {
      throw .columnLength(
        name, count: column.count, first: columnNames.first { $0 != name } ?? name,
        rowCount: rowCount)
    }
    var columns = columns
    columns[name] = column
    return DataTable(rowCount: rowCount, columnNames: columnNames, columns: columns)
  }

  /// The table with the named columns categorical.
  /// - Throws: ``MixedModelError`` if the table lacks one of them.
  public func withCategorical(_ names: some Sequence<String>) throws(MixedModelError) -> DataTable {
    var table = self
    for name in names {
      table = try table.replacing(name, with: .categorical(try table.column(name).asCategorical()))
    }
    return table
  }

  /// The table with the levels of the named categorical column in the given order.
  /// - Throws: ``MixedModelError`` if the table lacks the column, it is numeric, or `levels` names
  ///   one twice, names one that the column does not have, or leaves out one that occurs.
  public func reorderingLevels(
    of name: String, as levels: [String]
  ) throws(MixedModelError) -> DataTable {
    guard case .categorical(let column) = try column(name) else { throw .notCategorical(name) }
    return try replacing(
      name, with: .categorical(column.reordered(levels: levels, column: name)))
  }

  private init(rowCount: Int, columnNames: [String], columns: [String: Column]) {
    self.rowCount = rowCount
    self.columnNames = columnNames
    self.columns = columns
  }
}

// MARK: - Rows chosen

extension DataTable {
  /// The rows of the given indices, in that order and as often as they are named.
  ///
  /// Categorical columns keep all their levels.
  /// - Parameter rows: Indices counted from 0.
  /// - Throws: ``MixedModelError`` if an index is out of range.
  /// - Complexity: O(rows × columns).
  public func filtered(rows: [Int]) throws(MixedModelError) -> DataTable {
    for row in rows where !(0..<rowCount).contains(row) {
      throw .rowOutOfRange(row, rowCount: rowCount)
    }
    return DataTable(
      rowCount: rows.count, columnNames: columnNames, columns: columns.mapValues { $0.rows(rows) })
  }

  /// The rows for which the mask is true; categorical columns keep all their levels.
  /// - Parameter mask: One value per row.
  /// - Throws: ``MixedModelError`` if the mask has another length than the table.
  /// - Complexity: O(rows × columns).
  public func filtered(by mask: [Bool]) throws(MixedModelError) -> DataTable {
    guard mask.count == rowCount else { throw .maskLength(mask.count, rowCount: rowCount) }
    return try filtered(rows: mask.indices.filter { mask[$0] })
  }
}
