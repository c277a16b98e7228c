// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors

/// The groups of a random-effects term: the levels of one column, or the combinations of levels of
/// several that occur.
struct GroupingFactor: Sendable {
  /// The columns, the outer factor first.
  let columns: [String]
  /// The levels of each column, in order.
  let columnLevels: [[String]]
  /// For several columns: the number of each combination that occurs, in increasing order. The
  /// outer factor counts most, so combinations are ordered by it first.
  let combinations: [Int]
  /// The levels in order; of several columns they read `A & c`.
  let levels: [String]

  var name: String { columns.joined(separator: " & ") }

  /// Learns the groups that occur in the rows of `evaluator`.
  /// - Throws: ``MixedModelError`` if there are fewer than two groups.
  init(
    _ columns: [String], in evaluator: inout ColumnEvaluator, table: DataTable,
    options: DesignOptions
  ) throws(MixedModelError) {
    var columnLevels: [[String]] = []
    for name in columns {
      guard let column = table[name] else { throw .missingColumn(name) }
      columnLevels.append(
        try occurringLevels(
          of: name, in: &evaluator, column: column, order: options.levels[name]))
    }
    let combinations =
      columns.count == 1
      ? []
      : distinctNumbers(
        try GroupingFactor.combinationNumbers(of: columns, levels: columnLevels, in: &evaluator))
    self.init(columns, columnLevels: columnLevels, combinations: combinations)
    guard levels.count > 1 else {
      throw .singleGroup(of: columns.joined(separator: " & "), level: levels.first)
    }
  }

  /// The factor of columns with known levels and, for several columns, known combinations.
  init(_ columns: [String], columnLevels: [[String]], combinations: [Int]) {
    self.columns = columns
    self.columnLevels = columnLevels
    self.combinations = combinations
    guard columns.count > 1 else {
      levels = columnLevels[0]
      return
    }
    levels = combinations.map { combination in
      var name = ""
      var remaining = combination
      for column in columnLevels.indices.reversed() {
        let levels = columnLevels[column]
        let level = levels[remaining % levels.count]
        name = column == columnLevels.count - 1 ? level : level + " & " + name
        remaining /= levels.count
      }
      return name
    }
  }

  /// For each row the index of its level; -1 for a level that did not occur in the rows learnt
  /// from.
  func codes(in evaluator: inout ColumnEvaluator) throws(MixedModelError) -> [Int32] {
    if columns.count == 1 {
      guard let own = evaluator.categories(of: columns[0]) else {
        throw .missingColumn(columns[0])
      }
      return own.codes(in: levels)
    }
    let numbers = try GroupingFactor.combinationNumbers(
      of: columns, levels: columnLevels, in: &evaluator)
    return positions(of: numbers, in: combinations)
  }

  /// The level of one row, as text, whether it was learnt or not.
  func levelName(row: Int, in evaluator: inout ColumnEvaluator) -> String {
    var names: [String] = []
    for column in columns {
      guard let own = evaluator.categories(of: column) else { continue }
      names.append(own.levels[Int(own.codes[row])])
    }
    return names.joined(separator: " & ")
  }
}

// MARK: - Combinations

extension GroupingFactor {
  /// The combination of levels of each row as one number, or -1 if a level is not listed.
  private static func combinationNumbers(
    of columns: [String], levels: [[String]], in evaluator: inout ColumnEvaluator
  ) throws(MixedModelError) -> [Int] {
    var numbers = [Int](repeating: 0, count: evaluator.rows.rowCount)
    var limit = 1
    for (name, levels) in zip(columns, levels) {
      guard let own = evaluator.categories(of: name) else { throw .missingColumn(name) }
      let (product, isTooLarge) = limit.multipliedReportingOverflow(by: levels.count)
      guard !isTooLarge else { throw .tooManyCombinations(of: columns) }
      limit = product
      let codes = own.codes(in: levels)
      for i in numbers.indices {
        numbers[i] =
          codes[i] < 0 || numbers[i] < 0 ? -1 : numbers[i] * levels.count + Int(codes[i])
      }
    }
    return numbers
  }
}

/// Below this many possible combinations per row a table of them all is faster than sorting.
private let tableEntriesPerRow = 16

/// The distinct numbers that are not negative, in increasing order.
/// - Complexity: O(rows), or O(rows × log rows) if the numbers are far apart.
private func distinctNumbers(_ numbers: [Int]) -> [Int] {
  let bound = (numbers.max() ?? -1) + 1
  if bound <= tableEntriesPerRow * numbers.count {
    var occurs = [Bool](repeating: false, count: max(bound, 0))
    for number in numbers where number >= 0 { occurs[number] = true }
    return occurs.indices.filter { occurs[$0] }
  }
  var distinct: [Int] = []
  for number in numbers.sorted() where number >= 0 && number != distinct.last {
    distinct.append(number)
  }
  return distinct
}

/// The position of each number in a sorted list, or -1 where it is not there.
private func positions(of numbers: [Int], in sorted: [Int]) -> [Int32] {
  var result = [Int32](repeating: -1, count: numbers.count)
  guard let last = sorted.last else { return result }
  if last < tableEntriesPerRow * numbers.count {
    var table = [Int32](repeating: -1, count: last + 1)
    for (position, number) in sorted.enumerated() { table[number] = Int32(position) }
    for i in numbers.indices where numbers[i] >= 0 && numbers[i] <= last {
      result[i] = table[numbers[i]]
    }
    return result
  }
  for i in numbers.indices where numbers[i] >= 0 {
    var low = 0
    var high = sorted.count
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] < numbers[i] { low = middle + 1 } else { high = middle }
    }
    if low < sorted.count, sorted[low] == numbers[i] { result[i] = Int32(low) }
  }
  return result
}
