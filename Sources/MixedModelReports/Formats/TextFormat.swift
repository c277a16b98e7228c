// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModels

/// The summary in the layout of the report's style, followed by the conditional modes where they are asked for.
public struct TextFormat: ReportFormat {
  public static let name = "text"

  public init() {}

  public func text(of report: ModelReport) throws(MixedModelError) -> String {
    var text = try report.summaryText() + "\n"
    guard report.includesRandomEffects else { return text }
    for modes in try report.conditionalModes() {
      text += "\n  Conditional modes by \(modes.group.groupingFactor), with standard deviations:\n"
      text += Self.table(modes)
    }
    return text
  }

  /// A line per level: its name, then mode and standard deviation of each effect.
  private static func table(_ modes: ConditionalModes) -> String {
    let group = modes.group
    let header = [""] + group.names.flatMap { [$0, "SD"] }
    let rows = group.levels.indices.map { level in
      [group.levels[level]]
        + group.names.indices.flatMap { effect in
          [
            group.conditionalModes[effect, level].compactText,
            modes.standardDeviations[effect, level].compactText,
          ]
        }
    }
    let lines = [header] + rows
    let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { cells in
      cells.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - cells[column].count)
        return column == 0 ? cells[column] + padding : padding + cells[column]
      }.joined(separator: "  ") + "\n"
    }.joined()
  }
}
