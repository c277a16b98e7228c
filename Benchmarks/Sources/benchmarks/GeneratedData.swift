// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MixedModels

/// Generated data with two crossed grouping factors, larger than the built-in data sets.
enum GeneratedData: String, CaseIterable, Sendable {
  case binomialCrossed = "binomial-crossed"
  case poissonCrossed = "poisson-crossed"

  static let rowCount = 100_000
  static let userCount = 1_800
  static let itemCount = 350

  /// Columns `y`, `x`, `user` and `item`. Users and items are drawn anew for every row, some more
  /// often than others, as in ratings.
  func table() throws -> DataTable {
    var random = RandomGenerator(seed: self == .binomialCrossed ? 1 : 2)
    let users = random.normals(Self.userCount, standardDeviation: 0.4)
    let items = random.normals(Self.itemCount, standardDeviation: 0.5)
    var x: [Double] = []
    var y: [Double] = []
    var user: [String] = []
    var item: [String] = []
    for _ in 0..<Self.rowCount {
      let i = random.skewedIndex(below: users.count)
      let j = random.skewedIndex(below: items.count)
      x.append(random.normal())
      user.append("u\(i)")
      item.append("i\(j)")
      let eta = 0.2 + 0.25 * x[x.count - 1] + users[i] + items[j]
      switch self {
      case .binomialCrossed: y.append(random.bernoulli(1 / (1 + exp(-eta))))
      case .poissonCrossed: y.append(random.poisson(exp(eta)))
      }
    }
    return try DataTable(numeric: ["y": y, "x": x], categorical: ["user": user, "item": item])
  }
}

extension DataTable {
  /// The table as comma-separated text, for programs that read files.
  func commaSeparatedText() -> String {
    let columns = columnNames.map { name -> [String] in
      switch self[name] {
      case .numeric(let column): column.values.map { "\($0)" }
      case .categorical(let column): column.codes.map { column.levels[Int($0)] }
      case nil: []
      }
    }
    let lines = (0..<rowCount).map { row in columns.map { $0[row] }.joined(separator: ",") }
    return ([columnNames.joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
  }
}
