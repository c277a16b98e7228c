// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MixedModels

/// Generated data, larger than the built-in data sets.
enum GeneratedData: String, CaseIterable, Sendable {
  case binomialCrossed = "binomial-crossed"
  case poissonCrossed = "poisson-crossed"
  case workerFirm = "worker-firm"
  case fiveCrossed = "five-crossed"
  case schools

  static let rowCount = 100_000
  static let userCount = 1_800
  static let itemCount = 350

  func table() throws -> DataTable {
    switch self {
    case .binomialCrossed:
      return try Self.ratings(seed: 1) { eta, random in random.bernoulli(1 / (1 + exp(-eta))) }
    case .poissonCrossed:
      return try Self.ratings(seed: 2) { eta, random in random.poisson(exp(eta)) }
    case .workerFirm: return try Self.workersAndFirms()
    case .fiveCrossed: return try Self.neighbourhoods()
    case .schools: return try Self.schoolsInAreas()
    }
  }

  /// Columns `y`, `x`, `user` and `item`. Users and items are drawn anew for every row, some more
  /// often than others, as in ratings.
  private static func ratings(
    seed: UInt64, response: (_ eta: Double, inout RandomGenerator) -> Double
  ) throws -> DataTable {
    var random = RandomGenerator(seed: seed)
    let users = random.normals(userCount, standardDeviation: 0.4)
    let items = random.normals(itemCount, standardDeviation: 0.5)
    var x: [Double] = []
    var y: [Double] = []
    var user: [String] = []
    var item: [String] = []
    for _ in 0..<rowCount {
      let i = random.skewedIndex(below: users.count)
      let j = random.skewedIndex(below: items.count)
      x.append(random.normal())
      user.append("u\(i)")
      item.append("i\(j)")
      let eta = 0.2 + 0.25 * x[x.count - 1] + users[i] + items[j]
      y.append(response(eta, &random))
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
