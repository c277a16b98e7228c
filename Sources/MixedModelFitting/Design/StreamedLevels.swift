// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables

/// The levels of grouping factors, learnt while rows go by, numbered as they are met.
struct StreamedLevels {
  /// The grouping columns of each term.
  private let columns: [[String]]
  /// The levels of some columns, in an order that the user has given.
  private let orders: [String: [String]]
  /// The texts of each grouping column that occur in rows used, and those that occur in others: they
  /// count where the order is decided.
  private var pools: [String: LevelPool] = [:]
  private var otherPools: [String: LevelPool] = [:]
  private var combinations: [Combinations]

  /// The combinations of numbers that occur in several columns.
  fileprivate struct Combinations {
    /// For each further column: the number of a combination so far and one of the column's.
    var numberOfPair: [[UInt64: Int32]]
    /// For each column the number of each combination's text.
    var columnNumbers: [[Int32]]
  }

  /// - Parameters:
  ///   - columns: the grouping columns of each term.
  ///   - orders: the levels of some columns, in the order that they shall have.
  init(columns: [[String]], orders: [String: [String]]) {
    self.columns = columns
    self.orders = orders
    combinations = columns.map {
      Combinations(
        numberOfPair: [[UInt64: Int32]](repeating: [:], count: $0.count - 1),
        columnNumbers: [[Int32]](repeating: [], count: $0.count))
    }
  }

  /// The number of each level of a chunk.
  /// - Parameters:
  ///   - levels: for each term, by codes into the chunk's pools.
  ///   - isComplete: whether every row of the chunk was used.
  mutating func numbers(
    of levels: [LevelCodes], in local: [String: LevelPool], isComplete: Bool
  ) -> [[Int32]] {
    var known = local.mapValues { [Int32](repeating: -1, count: $0.count) }
    if !isComplete {
      for (name, pool) in local { _ = otherPools[name, default: LevelPool()].numbers(of: pool) }
    }
    return levels.enumerated().map { term, levels in
      let numbers = zip(columns[term], levels.columnCodes).map { name, codes in
        codes.map { number(of: Int($0), in: name, local, &known) }
      }
      return numbers.count == 1 ? numbers[0] : combinations[term].numbers(of: numbers)
    }
  }

  private mutating func number(
    of code: Int, in name: String, _ local: [String: LevelPool], _ known: inout [String: [Int32]]
  ) -> Int32 {
    if let number = known[name]?[code], number >= 0 { return number }
    guard let pool = local[name] else { return -1 }
    let number = pools[name, default: LevelPool()].number(of: pool, at: code)
    known[name]?[code] = number
    return number
  }
}

extension StreamedLevels.Combinations {
  fileprivate mutating func numbers(of columns: [[Int32]]) -> [Int32] {
    let last = columns.count - 1
    return columns[0].indices.map { level in
      var number = columns[0][level]
      for (index, column) in columns.dropFirst().enumerated() {
        let pair =
          UInt64(UInt32(bitPattern: number)) << 32 | UInt64(UInt32(bitPattern: column[level]))
        if let known = numberOfPair[index][pair] {
          number = known
          continue
        }
        number = Int32(numberOfPair[index].count)
        numberOfPair[index][pair] = number
        if index == last - 1 {
          for i in 0...last { columnNumbers[i].append(columns[i][level]) }
        }
      }
      return number
    }
  }
}

// MARK: - Final order

extension StreamedLevels {
  /// The grouping factors with their levels in order, and for each term the place of each level there.
  /// - Returns: `nil` if two texts are one level, as they are in Unicode if they differ only in how
  ///   their characters are composed; if there are too many combinations to number; or if an order
  ///   that the user has given is not one of the levels that occur.
  func ordered() -> [(factor: GroupingFactor, places: [Int32])]? {
    var orders: [String: (levels: [String], places: [Int32])] = [:]
    for (name, pool) in pools {
      guard let order = order(of: name, pool) else { return nil }
      orders[name] = order
    }
    var result: [(factor: GroupingFactor, places: [Int32])] = []
    for (names, combinations) in zip(columns, combinations) {
      let known = names.compactMap { orders[$0] }
      guard known.count == names.count else { return nil }
      let levels = known.map(\.levels)
      if names.count == 1 {
        result.append(
          (GroupingFactor(names, columnLevels: levels, combinations: []), known[0].places))
        continue
      }
      let product = levels.reduce(1.0) { $0 * Double($1.count) }
      guard product < 0x1p62 else { return nil }
      let numbers = combinations.columnNumbers[0].indices.map { level in
        known.indices.reduce(0) { number, i in
          number * levels[i].count
            + Int(known[i].places[Int(combinations.columnNumbers[i][level])])
        }
      }
      let order = numbers.indices.sorted { numbers[$0] < numbers[$1] }
      var places = [Int32](repeating: 0, count: numbers.count)
      for (place, level) in order.enumerated() { places[level] = Int32(place) }
      result.append(
        (
          GroupingFactor(names, columnLevels: levels, combinations: order.map { numbers[$0] }),
          places
        ))
    }
    return result
  }

  /// The levels of a column in rows used, in the order that all texts of the column have.
  private func order(
    of name: String, _ pool: LevelPool
  ) -> (levels: [String], places: [Int32])? {
    var all = pool
    if let others = otherPools[name] { _ = all.numbers(of: others) }
    var (levels, places) = all.ordered()
    guard levels.count == all.count else { return nil }
    if let order = orders[name] {
      // Only levels of no row used may be without a place in the order; they get one after it.
      guard let given = Self.places(of: levels, in: order),
        (0..<pool.count).allSatisfy({ given[Int(places[$0])] < order.count })
      else { return nil }
      places = places.map { given[Int($0)] }
      levels = zip(levels, given).sorted { $0.1 < $1.1 }.map(\.0)
    }
    // Levels without a row used are left out; those with one have the first numbers.
    var isUsed = [Bool](repeating: false, count: levels.count)
    for number in 0..<pool.count { isUsed[Int(places[number])] = true }
    var placeAmongUsed = [Int32](repeating: -1, count: levels.count)
    var next: Int32 = 0
    for place in levels.indices where isUsed[place] {
      placeAmongUsed[place] = next
      next += 1
    }
    return (
      levels.indices.filter { isUsed[$0] }.map { levels[$0] },
      (0..<pool.count).map { placeAmongUsed[Int(places[$0])] }
    )
  }

  /// The place of each level in a given order; levels that are not in it come after it.
  /// - Returns: `nil` if the order has a level twice, or one that there is not.
  private static func places(of levels: [String], in order: [String]) -> [Int32]? {
    var placeOfLevel: [String: Int32] = [:]
    for (place, level) in order.enumerated() {
      guard placeOfLevel.updateValue(Int32(place), forKey: level) == nil else { return nil }
    }
    var places: [Int32] = []
    var next = Int32(order.count)
    for level in levels {
      if let place = placeOfLevel[level] {
        places.append(place)
      } else {
        places.append(next)
        next += 1
      }
    }
    return Int(next) == levels.count ? places : nil
  }
}
