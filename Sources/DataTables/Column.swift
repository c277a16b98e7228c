// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// One column of a table: numbers, or categories.
public enum Column: Sendable, Hashable {
  case numeric(NumericColumn)
  case categorical(CategoricalColumn)

  /// The number of rows.
  public var count: Int {
    switch self {
    case .numeric(let column): column.values.count
    case .categorical(let column): column.codes.count
    }
  }

  /// The number of rows without a value.
  public var missingCount: Int {
    switch self {
    case .numeric(let column): column.values.count { $0.isNaN }
    case .categorical(let column): column.codes.count { $0 < 0 }
    }
  }

  /// The column as categories; numbers become levels in numeric order.
  ///
  /// The text of a level is the shortest that reads back to the number, `1` rather than `1.0`; a
  /// missing value stays missing, and zeros of both signs are one level.
  /// - Complexity: O(rows + levels × log levels).
  public func asCategorical() -> CategoricalColumn {
    switch self {
    case .numeric(let column): CategoricalColumn(numbers: column.values)
    case .categorical(let column): column
    }
  }

  /// The column's rows of the given indices, in that order.
  package func rows(_ rows: [Int]) -> Column {
    switch self {
    case .numeric(let column): .numeric(NumericColumn(rows.map { column.values[$0] }))
    case .categorical(let column):
      .categorical(
        CategoricalColumn(codes: rows.map { column.codes[$0] }, levels: column.levels))
    }
  }
}

/// A column of numbers.
public struct NumericColumn: Sendable, Hashable {
  /// One value per row; a missing value is NaN.
  public let values: [Double]

  /// A column of the given numbers, missing where NaN.
  public init(_ values: [Double]) { self.values = values }
}
