// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What a table holds, column by column; its description is a text table.
public struct TableSummary: Sendable, Hashable {
  /// One summary per column, in the order of the table.
  public let columns: [ColumnSummary]
  /// The number of rows of the table.
  public let rowCount: Int
}

/// What one column holds; missing values count in ``missingCount`` only.
public struct ColumnSummary: Sendable, Hashable {
  /// Whether a column holds numbers or categories.
  public enum Kind: String, Sendable, Hashable {
    case numeric
    case categorical
  }

  /// A number or the name of a level.
  public enum Value: Sendable, Hashable {
    case number(Double)
    case level(String)
  }

  /// The name of the column.
  public let name: String
  /// Whether it holds numbers or categories.
  public let kind: Kind
  /// The mean of the numbers; `nil` for categories or without values.
  public let mean: Double?
  /// The least number, or the first level that occurs; `nil` without values.
  public let minimum: Value?
  /// The median of the numbers, the mean of the two middle ones where their count is even; `nil`
  /// for categories or without values.
  public let median: Double?
  /// The greatest number, or the last level that occurs; `nil` without values.
  public let maximum: Value?
  /// The number of rows without a value.
  public let missingCount: Int
  /// The number of levels, whether they occur or not; `nil` for numbers.
  public let levelCount: Int?
}

extension DataTable {
  /// A summary of every column: mean, least, median and greatest value, and missing values.
  ///
  /// The counterpart of `describe` in Julia's DataFrames and of `summary` in R.
  /// - Complexity: O(rows × log rows) for each numeric column.
  public func describe() -> TableSummary {
    TableSummary(
      columns: columnNames.compactMap { name in
        self[name].map { ColumnSummary(name: name, column: $0) }
      },
      rowCount: rowCount)
  }
}

extension ColumnSummary {
  fileprivate init(name: String, column: Column) {
    self.name = name
    missingCount = column.missingCount
    switch column {
    case .numeric(let column):
      let values = column.values.filter { !$0.isNaN }.sorted()
      let count = values.count
      kind = .numeric
      levelCount = nil
      mean = count == 0 ? nil : values.reduce(0, +) / Double(count)
      median = count == 0 ? nil : values[(count - 1) / 2] / 2 + values[count / 2] / 2
      minimum = values.first.map(Value.number)
      maximum = values.last.map(Value.number)
    case .categorical(let column):
      kind = .categorical
      levelCount = column.levels.count
      mean = nil
      median = nil
      let codes = column.codes.lazy.filter { $0 >= 0 }
      minimum = codes.min().map { .level(column.levels[Int($0)]) }
      maximum = codes.max().map { .level(column.levels[Int($0)]) }
    }
  }
}

// MARK: - Text

extension TableSummary: CustomStringConvertible {
  /// A table with one line per column of the data; numbers have six significant digits.
  public var description: String {
    let header = ["variable", "mean", "min", "median", "max", "nmissing", "kind"]
    let lines = [header] + columns.map(\.cells)
    let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { cells in
      cells.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        switch column {
        // Names and kinds read from the left, and nothing follows the kind.
        case 0: return cell + padding
        case header.count - 1: return cell
        default: return padding + cell
        }
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}

extension ColumnSummary {
  fileprivate var cells: [String] {
    [
      name, mean.map(Self.text) ?? "", minimum?.description ?? "",
      median.map(Self.text) ?? "", maximum?.description ?? "", String(missingCount), kind.rawValue,
    ]
  }

  /// The number with six significant digits, or all digits of a whole one.
  fileprivate static func text(_ number: Double) -> String {
    let significantDigits = 6
    guard number.isFinite, number != number.rounded() else {
      return CategoricalColumn.levelText(number)
    }
    let place = significantDigits - 1 - Int(log10(number.magnitude).rounded(.down))
    // Beyond 10^22 a power of ten is not exact, and digits would appear that are none.
    guard (0...22).contains(place) else { return CategoricalColumn.levelText(number) }
    let power = (0..<place).reduce(1.0) { power, _ in power * 10 }
    return CategoricalColumn.levelText((number * power).rounded() / power)
  }
}

extension ColumnSummary.Value: CustomStringConvertible {
  /// The name of the level, or the number with six significant digits.
  public var description: String {
    switch self {
    case .number(let number): ColumnSummary.text(number)
    case .level(let level): level
    }
  }
}
