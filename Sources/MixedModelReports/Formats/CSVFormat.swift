// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModels

/// The coefficient table, its header the keys of the JSON report's `fixedEffects`; with the
/// conditional modes, a second table after an empty line.
public struct CSVFormat: ReportFormat {
  public static let name = "csv"

  public init() {}

  public func text(of report: ModelReport) throws(MixedModelError) -> String {
    var coefficients = CSVText(header: [
      "name", "estimate", "standardError", "statistic", "df", "pValue",
    ])
    for row in try report.coefficientTable() {
      coefficients.append(
        [row.name]
          + [row.estimate, row.standardError, row.statistic, row.degreesOfFreedom, row.pValue]
          .map(CSVText.field))
    }
    guard report.includesRandomEffects else { return coefficients.text }
    var modes = CSVText(header: ["group", "level", "name", "mode", "standardDeviation"])
    for entry in try report.conditionalModes() {
      let group = entry.group
      for (j, level) in group.levels.enumerated() {
        for (i, name) in group.names.enumerated() {
          modes.append(
            [group.groupingFactor, level, name]
              + [group.conditionalModes[i, j], entry.standardDeviations[i, j]].map(CSVText.field))
        }
      }
    }
    return coefficients.text + "\n" + modes.text
  }
}
