// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The level of each row among those that occur in these rows, numbered as they are met.
struct LevelCodes: Sendable {
  let codes: [Int32]
  /// For each of the columns that make the levels, the code of each level there.
  let columnCodes: [[Int32]]

  var levelCount: Int { columnCodes.first?.count ?? 0 }

  /// Below this many possible combinations per row a table of them all is faster than hashing.
  private static let tableEntriesPerRow = 16

  /// The levels of the combinations of codes in one or more columns.
  /// - Parameters:
  ///   - columns: the codes of the rows, none negative.
  ///   - counts: a bound of each column's codes.
  init(_ columns: [[Int32]], counts: [Int]) {
    let rowCount = columns.first?.count ?? 0
    var codes = columns.first ?? []
    var bound = counts.first ?? 0
    var firstRows: [Int32] = []
    (codes, firstRows) = Self.numbered(rowCount, bound: bound) { Int(columns[0][$0]) }
    for (column, count) in zip(columns, counts).dropFirst() {
      bound = firstRows.count * count
      let outer = codes
      (codes, firstRows) = Self.numbered(rowCount, bound: bound) {
        Int(outer[$0]) * count + Int(column[$0])
      }
    }
    self.codes = codes
    columnCodes = columns.map { column in firstRows.map { column[Int($0)] } }
  }

  /// Numbers distinct values as they are met.
  /// - Returns: the number of each row, and the row that each number was met in first.
  @inline(__always)
  private static func numbered(
    _ rowCount: Int, bound: Int, _ value: (Int) -> Int
  ) -> (codes: [Int32], firstRows: [Int32]) {
    var codes = [Int32](repeating: 0, count: rowCount)
    var firstRows: [Int32] = []
    if bound <= tableEntriesPerRow * rowCount {
      var numbers = [Int32](repeating: -1, count: bound)
      for row in 0..<rowCount {
        let value = value(row)
        if numbers[value] < 0 {
          numbers[value] = Int32(firstRows.count)
          firstRows.append(Int32(row))
        }
        codes[row] = numbers[value]
      }
      return (codes, firstRows)
    }
    var numbers: [Int: Int32] = [:]
    for row in 0..<rowCount {
      let value = value(row)
      if let number = numbers[value] {
        codes[row] = number
      } else {
        codes[row] = Int32(firstRows.count)
        numbers[value] = Int32(firstRows.count)
        firstRows.append(Int32(row))
      }
    }
    return (codes, firstRows)
  }
}
