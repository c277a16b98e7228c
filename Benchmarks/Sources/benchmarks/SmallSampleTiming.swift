// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelDatasets
import MixedModels

/// The time from a fitted model to its coefficient table with small-sample degrees of freedom.
enum SmallSampleTiming {
  /// A generated design.
  struct Grouped {
    let rowCount: Int
    let groupCount: Int

    static let formula = "y ~ 1 + x + z + (1 + x | g)"

    /// Columns `y`, `x`, `z` and `g`; groups are drawn anew for every row.
    func table() throws -> DataTable {
      var random = RandomGenerator(seed: 3)
      let intercepts = random.normals(groupCount, standardDeviation: 0.7)
      let slopes = random.normals(groupCount, standardDeviation: 0.4)
      var x: [Double] = []
      var z: [Double] = []
      var y: [Double] = []
      var groups: [String] = []
      for _ in 0..<rowCount {
        let g = Int(random.uniform() * Double(groupCount))
        groups.append("g\(g)")
        x.append(random.normal())
        z.append(random.normal())
        let slope = 0.5 + slopes[g]
        y.append(
          1 + slope * x[x.count - 1] - 0.2 * z[z.count - 1] + intercepts[g] + random.normal())
      }
      return try DataTable(numeric: ["y": y, "x": x, "z": z], categorical: ["g": groups])
    }
  }

  private static func cases() throws -> [(name: String, model: LinearMixedModel)] {
    func fit(_ formula: String, _ table: DataTable) throws -> LinearMixedModel {
      try .fit(Formula(formula), data: table, criterion: .restrictedMaximumLikelihood)
    }
    var result = [
      (
        "sleepstudy",
        try fit("reaction ~ 1 + days + (1 + days | subj)", Dataset.sleepstudy.table)
      ),
      (
        "cake",
        try fit("angle ~ 1 + recipe * temp + (1 | recipe & replicate)", Dataset.cake.table)
      ),
      (
        "machines",
        try fit(
          "score ~ 1 + Machine + (1 | Worker) + (1 | Worker & Machine)", Dataset.machines.table)
      ),
      (
        "insteval-dept",
        try fit("y ~ 1 + service + (1 | s) + (1 | d) + (1 | dept)", Dataset.insteval.table)
      ),
    ]
    for (rows, groups) in [(1_500, 60), (50_000, 2_000)] {
      result.append(
        (
          "grouped \(rows) \(groups)",
          try fit(Grouped.formula, Grouped(rowCount: rows, groupCount: groups).table())
        ))
    }
    return result
  }

  /// A table of processor times in milliseconds, in Markdown.
  static func markdown(budget: Double) throws -> String {
    var lines = [
      "| model | rows | Satterthwaite, ms | Kenward-Roger, ms | df of the last coefficient |",
      "| --- | ---: | ---: | ---: | ---: |",
    ]
    for (name, model) in try cases() {
      let satterthwaite = try Stopwatch.time(budget: budget) {
        _ = try model.coefficientTable(degreesOfFreedom: .satterthwaite)
      }
      let kenwardRoger = try Stopwatch.time(budget: budget) {
        _ = try model.coefficientTable(degreesOfFreedom: .kenwardRoger)
      }
      let last = try model.inference(degreesOfFreedom: .kenwardRoger).degreesOfFreedom.last ?? .nan
      lines.append(
        "| \(name) | \(model.observationCount) | \(milliseconds(satterthwaite)) | "
          + "\(milliseconds(kenwardRoger)) | \(last) |")
    }
    return lines.joined(separator: "\n")
  }

  private static func milliseconds(_ timing: Timing) -> String {
    "\((1e6 * timing.cpu).rounded() / 1e3)"
  }
}
