// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables

/// The rows of a categorical column as indices into a list of levels.
struct LevelCodes: Sendable {
  /// One per row; -1 where the row's level is not in ``levels``.
  let codes: [Int32]
  let levels: [String]

  /// The categories of any column; the levels of a numeric one are its numbers in order.
  init(_ column: Column) {
    switch column {
    case .categorical(let column):
      codes = column.codes
      levels = column.levels
    case .numeric(let column):
      let distinct = distinctNumbers(column.values)
      levels = distinct.map(levelText)
      codes = indices(of: column.values, in: distinct)
    }
  }

  private init(codes: [Int32], levels: [String]) {
    self.codes = codes
    self.levels = levels
  }

  /// The levels that have rows, in order.
  var occurringLevels: [String] {
    var occurs = [Bool](repeating: false, count: levels.count)
    for code in codes where code >= 0 { occurs[Int(code)] = true }
    return levels.indices.filter { occurs[$0] }.map { levels[$0] }
  }

  /// The same rows as indices into other levels.
  /// - Complexity: O(rows + levels).
  func recoded(to newLevels: [String]) -> LevelCodes {
    guard newLevels != levels else { return self }
    var positions: [String: Int32] = [:]
    for (index, level) in newLevels.enumerated() { positions[level] = Int32(index) }
    let newCodes = levels.map { positions[$0] ?? -1 }
    var recoded = codes
    for i in recoded.indices where recoded[i] >= 0 { recoded[i] = newCodes[Int(recoded[i])] }
    return LevelCodes(codes: recoded, levels: newLevels)
  }
}

/// A number as the name of a level: whole numbers without a decimal point.
private func levelText(_ value: Double) -> String {
  Int(exactly: value).map { String($0) } ?? "\(value)"
}

/// The distinct numbers among finite values, in increasing order.
private func distinctNumbers(_ values: [Double]) -> [Double] {
  var distinct: [Double] = []
  for value in values.sorted() where value != distinct.last { distinct.append(value) }
  return distinct
}

/// The position of each value in the sorted list of distinct ones.
private func indices(of values: [Double], in distinct: [Double]) -> [Int32] {
  var result = [Int32](repeating: -1, count: values.count)
  for i in values.indices {
    var low = 0
    var high = distinct.count
    while low < high {
      let middle = (low + high) / 2
      if distinct[middle] < values[i] { low = middle + 1 } else { high = middle }
    }
    if low < distinct.count, distinct[low] == values[i] { result[i] = Int32(low) }
  }
  return result
}
