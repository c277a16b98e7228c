// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MixedModels

/// Bias of the estimates and coverage of Wald intervals, over data sets drawn from models whose
/// parameters are known.
enum SimulationStudy {
  /// The estimates of one parameter over the replicates.
  private struct Record {
    let name: String
    let truth: Double
    var estimates: [Double] = []
    /// Empty for parameters without a standard error.
    var standardErrors: [Double] = []
  }

  /// The 0.975 quantile of the standard normal distribution.
  private static let quantile = 1.959963984540054
  private static let seed: UInt64 = 1

  /// The table of all designs; the same on every run.
  static func markdown(replicateCount: Int) throws -> String {
    var lines = [
      "| model | parameter | truth | bias | s.d. | mean s.e. | coverage of 95% intervals |",
      "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    var closing: [String] = []
    for (number, design) in SimulationDesign.all.enumerated() {
      let (records, unconverged) = try run(design, number: number, replicateCount: replicateCount)
      lines += records.map { line($0, design) }
      closing.append("\(design.name): \(unconverged)")
    }
    return lines.joined(separator: "\n") + "\n\nFits of \(replicateCount) without certificate: "
      + closing.joined(separator: "; ") + "."
  }

  private static func run(
    _ design: SimulationDesign, number: Int, replicateCount: Int
  ) throws -> (records: [Record], unconverged: Int) {
    var records = design.fixedEffects.map { Record(name: $0.name, truth: $0.value) }
    records += design.standardDeviations.map {
      Record(name: "s.d. of \($0.group)", truth: $0.value)
    }
    if let dispersion = design.dispersion {
      records.append(Record(name: "dispersion", truth: dispersion))
    }
    var unconverged = 0
    for replicate in 0..<replicateCount {
      // Every data set has a stream of its own, so that it depends on its number alone.
      var seeds = RandomGenerator(seed: seed &+ UInt64(number * 1_000_000 + replicate))
      var random = RandomGenerator(seed: seeds.next())
      let model = try GeneralizedLinearMixedModel.fit(
        design.formula, data: try design.draw(&random), family: design.family, link: design.link)
      if !model.hasConverged { unconverged += 1 }
      let effects = model.fixedEffects
      var values = effects.estimates
      for (group, _) in design.standardDeviations {
        values.append(model.varianceComponents[group]?.standardDeviations[0] ?? .nan)
      }
      if design.dispersion != nil { values.append(model.dispersion) }
      for (i, value) in values.enumerated() { records[i].estimates.append(value) }
      for (i, error) in effects.standardErrors.enumerated() {
        records[i].standardErrors.append(error)
      }
    }
    return (records, unconverged)
  }

  private static func line(_ record: Record, _ design: SimulationDesign) -> String {
    let count = Double(record.estimates.count)
    let mean = record.estimates.reduce(0, +) / count
    let variance =
      record.estimates.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    let deviation = variance.squareRoot()
    var cells = [
      "\(design.name), \(design.description)", record.name, "\(record.truth)",
      "\(decimal(mean - record.truth, signed: true)) ± \(decimal(deviation / count.squareRoot()))",
      decimal(deviation),
    ]
    if record.standardErrors.isEmpty {
      cells += ["", ""]
    } else {
      let covered = zip(record.estimates, record.standardErrors).count { estimate, error in
        abs(estimate - record.truth) <= quantile * error
      }
      let share = Double(covered) / count
      let monteCarlo = (share * (1 - share) / count).squareRoot()
      cells += [
        decimal(record.standardErrors.reduce(0, +) / count),
        "\(decimal(100 * share, digits: 1))% ± \(decimal(100 * monteCarlo, digits: 1))%",
      ]
    }
    return "| " + cells.joined(separator: " | ") + " |"
  }

  private static func decimal(_ value: Double, digits: Int = 4, signed: Bool = false) -> String {
    String(format: signed ? "%+.\(digits)f" : "%.\(digits)f", value)
  }
}
