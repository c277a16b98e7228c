// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModels

// Designs whose cross-products stay sparse when the largest factor has been eliminated.
extension GeneratedData {
  /// Columns `y`, `x`, `worker` and `firm`: 16,666 workers in six periods, each with a firm that one
  /// row in eight leaves for another of 1,666. Some firms are larger than others.
  static func workersAndFirms() throws -> DataTable {
    var random = RandomGenerator(seed: 3)
    let workerCount = rowCount / 6
    let firmCount = rowCount / 60
    let workers = random.normals(workerCount, standardDeviation: 0.5)
    let firms = random.normals(firmCount, standardDeviation: 0.3)
    let homes = (0..<workerCount).map { _ in random.skewedIndex(below: firmCount) }
    var x: [Double] = []
    var y: [Double] = []
    var worker: [String] = []
    var firm: [String] = []
    for row in 0..<rowCount {
      let i = row % workerCount
      let j = random.uniform() < 0.12 ? random.skewedIndex(below: firmCount) : homes[i]
      x.append(random.normal())
      worker.append("w\(i)")
      firm.append("f\(j)")
      y.append(2 + 0.1 * x[row] + workers[i] + firms[j] + 0.25 * random.normal())
    }
    return try DataTable(numeric: ["y": y, "x": x], categorical: ["worker": worker, "firm": firm])
  }

  /// Columns `y`, `x` and the factors `a` to `e` of 4,000 to 1,000 levels. Every row has a place on a
  /// line, and meets of each factor a level near that place.
  static func neighbourhoods() throws -> DataTable {
    var random = RandomGenerator(seed: 4)
    let levelCounts = [4_000, 3_000, 2_000, 1_500, 1_000]
    let effects = levelCounts.map { random.normals($0, standardDeviation: 0.4) }
    var x: [Double] = []
    var y: [Double] = []
    var factors = [[String]](repeating: [], count: levelCounts.count)
    for _ in 0..<rowCount {
      let place = random.uniform()
      x.append(random.normal())
      var eta = 1 + 0.2 * x[x.count - 1]
      for (factor, count) in levelCounts.enumerated() {
        let level = Int(place * Double(count) + 3 * random.uniform()) % count
        factors[factor].append("\(level)")
        eta += effects[factor][level]
      }
      y.append(eta + 0.5 * random.normal())
    }
    return try DataTable(
      numeric: ["y": y, "x": x],
      categorical: [
        "a": factors[0], "b": factors[1], "c": factors[2], "d": factors[3], "e": factors[4],
      ])
  }

  /// Columns `y`, `x`, `sex`, `area` and `school`: 31,000 pupils in 2,400 schools, which are numbered
  /// within each of 130 areas. Pupils of a school stand together, as in records of examinations.
  static func schoolsInAreas() throws -> DataTable {
    var random = RandomGenerator(seed: 5)
    let (schoolCount, areaCount) = (2_400, 130)
    let schools = random.normals(schoolCount, standardDeviation: 0.4)
    let areas = random.normals(areaCount, standardDeviation: 0.2)
    let pupils = (0..<31_000).map { _ in random.skewedIndex(below: schoolCount) }.sorted()
    var (x, y): ([Double], [Double]) = ([], [])
    var (sex, area, school): ([String], [String], [String]) = ([], [], [])
    for i in pupils {
      let isGirl = random.uniform() < 0.5
      x.append(random.normal())
      sex.append(isGirl ? "F" : "M")
      area.append("a\(i % areaCount)")
      school.append("s\(i / areaCount)")
      let eta = 1 + 0.5 * x[x.count - 1] + (isGirl ? 0.2 : 0)
      y.append(eta + areas[i % areaCount] + schools[i] + random.normal())
    }
    return try DataTable(
      numeric: ["y": y, "x": x], categorical: ["sex": sex, "area": area, "school": school])
  }
}
