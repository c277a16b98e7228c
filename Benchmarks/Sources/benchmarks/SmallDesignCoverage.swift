// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MixedModels

/// How often intervals of different kinds hold the true value on a design with six groups, where the
/// kinds differ most.
///
/// Three groups of eight rows are treated and three are not; x varies within groups. Groups and rows
/// have standard deviation one.
enum SmallDesignCoverage {
  private static let groupCount = 6
  private static let rowsPerGroup = 8
  private static let truth = ["x": 0.5, "treated": 0.5]
  private static let formula: Formula = "y ~ 1 + x + treated + (1 | group)"
  private static let bootstrapReplicates = 500
  private static let level = 0.95
  private static let seed: UInt64 = 1

  private struct Record {
    var covered = 0
    var absent = 0
    var length = 0.0
  }

  /// The table over data sets that depend on their number alone.
  static func markdown(replicateCount: Int) async throws -> String {
    let names = ["treated", "x"]
    var methods: [String] = []
    var records: [String: [Record]] = [:]
    for replicate in 0..<replicateCount {
      for (method, limits) in try await intervals(replicate, names) {
        if records[method] == nil { methods.append(method) }
        var entries = records[method] ?? names.map { _ in Record() }
        for (place, name) in names.enumerated() {
          guard let (lower, upper) = limits[place] else {
            entries[place].absent += 1
            continue
          }
          let value = truth[name] ?? .nan
          if lower <= value, value <= upper { entries[place].covered += 1 }
          entries[place].length += upper - lower
        }
        records[method] = entries
      }
    }
    var lines = [
      "| intervals | treated: coverage | mean length | x: coverage | mean length |",
      "| --- | ---: | ---: | ---: | ---: |",
    ]
    for method in methods {
      let cells = (records[method] ?? []).flatMap { record -> [String] in
        let found = Double(replicateCount - record.absent)
        let share = Double(record.covered) / found
        let error = (share * (1 - share) / found).squareRoot()
        return [
          String(format: "%.1f%% ± %.1f%%", 100 * share, 100 * error)
            + (record.absent > 0 ? " (\(record.absent) absent)" : ""),
          String(format: "%.2f", record.length / found),
        ]
      }
      lines.append("| \(method) | " + cells.joined(separator: " | ") + " |")
    }
    return lines.joined(separator: "\n")
  }

  private static func intervals(
    _ replicate: Int, _ names: [String]
  ) async throws -> [(String, [(Double, Double)?])] {
    let table = try data(replicate)
    let ml = try LinearMixedModel.fit(formula, data: table)
    let reml = try LinearMixedModel.fit(
      formula, data: table, criterion: .restrictedMaximumLikelihood)
    let sample = try await ml.parametricBootstrap(
      replicates: bootstrapReplicates, seed: seed &+ UInt64(replicate))
    func wald(
      _ model: LinearMixedModel, _ method: some DegreesOfFreedomMethod
    ) throws -> [(Double, Double)?] {
      let coefficients = try model.coefficientTable(level: level, degreesOfFreedom: method)
      return names.map { name in
        guard let row = coefficients[name], let lower = row.lower, let upper = row.upper else {
          return nil
        }
        return (lower, upper)
      }
    }
    func limits(_ method: ConfidenceIntervalMethod) throws -> [(Double, Double)?] {
      let found = try ml.confidenceIntervals(method, of: names.map { "beta:\($0)" }, level: level)
      return names.map { name in
        guard let row = found["beta:\(name)"], let lower = row.lower, let upper = row.upper else {
          return nil
        }
        return (lower, upper)
      }
    }
    return [
      ("Wald, ML", try wald(ml, .infinite)),
      ("Wald, REML", try wald(reml, .infinite)),
      ("Satterthwaite, REML", try wald(reml, .satterthwaite)),
      ("Kenward-Roger, REML", try wald(reml, .kenwardRoger)),
      ("profile, ML", try limits(.profile)),
      ("bootstrap, percentile, ML", try limits(.bootstrap(sample))),
      ("bootstrap, basic, ML", try limits(.bootstrap(sample, .basic))),
    ]
  }

  private static func data(_ replicate: Int) throws -> DataTable {
    var seeds = RandomGenerator(seed: seed &+ UInt64(replicate))
    var random = RandomGenerator(seed: seeds.next())
    var y: [Double] = []
    var x: [Double] = []
    var treated: [Double] = []
    var group: [String] = []
    for g in 0..<groupCount {
      let effect = random.normal()
      for _ in 0..<rowsPerGroup {
        let value = random.normal()
        x.append(value)
        treated.append(Double(g % 2))
        y.append(0.5 * value + 0.5 * Double(g % 2) + effect + random.normal())
        group.append("g\(g)")
      }
    }
    return try DataTable(
      numeric: ["y": y, "x": x, "treated": treated], categorical: ["group": group])
  }
}
