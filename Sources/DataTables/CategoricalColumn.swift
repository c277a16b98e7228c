// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

/// A column of categories, stored as codes into an ordered pool of level names.
///
/// The default order of levels is numeric if every level is a number, otherwise by Unicode code
/// point.
public struct CategoricalColumn: Sendable, Hashable {
  /// One code per row: the index of its level in ``levels``, or -1 where the value is missing.
  public let codes: [Int32]
  /// The distinct levels in their order; a level may have no rows.
  public let levels: [String]

  package init(codes: [Int32], levels: [String]) {
    self.codes = codes
    self.levels = levels
  }

  /// A column of the given values, missing where `nil`, with the distinct ones as levels in the
  /// default order.
  /// - Complexity: O(rows + levels × log levels).
  public init(_ values: [String?]) {
    var pool = LevelPool()
    let numbers = values.map { $0.map { pool.number(of: $0) } ?? -1 }
    let (levels, places) = pool.ordered()
    self.init(codes: numbers.map { $0 < 0 ? -1 : places[Int($0)] }, levels: levels)
  }

  /// A column of the given values, missing where `nil`, with the given levels in their order.
  /// - Throws: ``MixedModelError`` if `levels` names one twice or lacks a value.
  /// - Complexity: O(rows + levels).
  public init(_ values: [String?], levels: [String]) throws(MixedModelError) {
    let codeOfLevel = try Self.codeOfLevel(levels, column: nil)
    var codes: [Int32] = []
    codes.reserveCapacity(values.count)
    for (row, value) in values.enumerated() {
      guard let value else {
        codes.append(-1)
        continue
      }
      guard let code = codeOfLevel[value] else {
        throw .valueNotAmongLevels(value, row: row, levels: levels)
      }
      codes.append(code)
    }
    self.init(codes: codes, levels: levels)
  }

  /// The same values with their levels in the given order.
  ///
  /// Levels without rows may be left out.
  /// - Throws: ``MixedModelError`` if `levels` names one twice, names one that the column does not
  ///   have, or leaves out one that occurs.
  /// - Complexity: O(rows + levels).
  public func reordered(levels: [String]) throws(MixedModelError) -> CategoricalColumn {
    try reordered(levels: levels, column: nil)
  }

  /// The same values with their levels in the given order; errors name the column.
  func reordered(levels: [String], column: String?) throws(MixedModelError) -> CategoricalColumn {
    let newCodeOfLevel = try Self.codeOfLevel(levels, column: column)
    let known = Set(self.levels)
    for level in levels where !known.contains(level) {
      throw .unknownLevel(level, column: column, available: self.levels)
    }
    let newCodes = self.levels.map { newCodeOfLevel[$0] ?? -1 }
    var codes = codes
    for row in codes.indices where codes[row] >= 0 {
      let old = Int(codes[row])
      guard newCodes[old] >= 0 else { throw .levelLeftOut(self.levels[old], column: column) }
      codes[row] = newCodes[old]
    }
    return CategoricalColumn(codes: codes, levels: levels)
  }

  private static func codeOfLevel(
    _ levels: [String], column: String?
  ) throws(MixedModelError) -> [String: Int32] {
    var codeOfLevel: [String: Int32] = [:]
    for (code, level) in levels.enumerated()
    where codeOfLevel.updateValue(Int32(code), forKey: level) != nil {
      throw .duplicateLevel(level, column: column)
    }
    return codeOfLevel
  }
}

// MARK: - Numbers as categories

extension CategoricalColumn {
  /// Categories of the distinct numbers in numeric order; NaN is missing.
  init(numbers: [Double]) {
    var numberOfValue: [Double: Int32] = [:]
    var distinct: [Double] = []
    // Rows of one category often stand side by side.
    var last = (value: Double.nan, number: Int32(-1))
    let found: [Int32] = numbers.map { value in
      if value == last.value { return last.number }
      if value.isNaN { return -1 }
      let number = numberOfValue[value] ?? Int32(distinct.count)
      if Int(number) == distinct.count {
        numberOfValue[value] = number
        distinct.append(value)
      }
      last = (value, number)
      return number
    }
    let order = distinct.indices.sorted { distinct[$0] < distinct[$1] }
    var places = [Int32](repeating: 0, count: distinct.count)
    for (place, index) in order.enumerated() { places[index] = Int32(place) }
    self.init(
      codes: found.map { $0 < 0 ? -1 : places[Int($0)] },
      levels: order.map { Self.levelText(distinct[$0]) })
  }

  /// The shortest text that reads back to the number, without the `.0` of a whole one.
  static func levelText(_ value: Double) -> String {
    // Adding zero makes a negative zero positive.
    let text = (value + 0).description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
