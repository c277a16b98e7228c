// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModels

/// The summary as Markdown tables.
public struct MarkdownFormat: ReportFormat {
  public static let name = "markdown"

  public init() {}

  public func text(of report: ModelReport) throws(MixedModelError) -> String {
    let model = report.model
    let summary = try report.summary()
    let levels = model.varianceComponents.map { "\($0.levelCount) of \($0.groupingFactor)" }
    var parts = [
      "**\(summary.title)**", "`\(summary.formula)`",
    ]
    parts += summary.distribution
    parts += [
      Self.fitStatistics(summary)
    ]
    if let error = summary.stochasticError {
      parts.append("Monte Carlo standard error: \(error.standardError.compactText)")
    }
    parts += [
      "Variance components",
      Self.varianceComponents(model.varianceComponents),
      "Number of observations: \(model.observationCount); levels: \(levels.joined(separator: ", "))",
      "Fixed effects", Self.coefficients(try report.coefficientTable()),
    ]
    if report.includesRandomEffects {
      for entry in try report.conditionalModes() {
        parts += ["Conditional modes by \(entry.group.groupingFactor)", Self.modes(entry)]
      }
    }
    return parts.joined(separator: "\n\n") + "\n"
  }

  private static func fitStatistics(_ summary: ModelSummary) -> String {
    table(
      header: summary.fitStatistics.map(\.label),
      rows: [summary.fitStatistics.map { $0.value?.fixedText(decimals: 4) ?? "" }],
      textColumns: 0)
  }

  private static func varianceComponents(_ components: VarianceComponents) -> String {
    let correlationCount = (components.map(\.names.count).max() ?? 1) - 1
    var rows: [[String]] = []
    for group in components {
      for (i, name) in group.names.enumerated() {
        let correlations = (0..<correlationCount).map { j in
          guard j < i else { return "" }
          return switch group.correlation(i, j) {
          case .estimated(let value): value.fixedText(decimals: 2, showsPlus: true)
          case .fixedAtZero: "."
          case .undefined: "NaN"
          }
        }
        rows.append(
          [
            group.groupingFactor, name, group.variances[i].compactText,
            group.standardDeviations[i].compactText,
          ] + correlations)
      }
    }
    if let variance = components.residualVariance,
      let deviation = components.residualStandardDeviation
    {
      rows.append(
        ["Residual", "", variance.compactText, deviation.compactText]
          + [String](repeating: "", count: correlationCount))
    }
    let corner = correlationCount > 0 ? ["Corr."] : []
    return table(
      header: ["Group", "Column", "Variance", "Std.Dev."] + corner
        + [String](repeating: "", count: max(0, correlationCount - 1)),
      rows: rows, textColumns: 2)
  }

  private static func coefficients(_ coefficients: CoefficientTable) -> String {
    let hasDegreesOfFreedom = coefficients.contains { $0.degreesOfFreedom != nil }
    let statistic = hasDegreesOfFreedom ? "t" : "z"
    return table(
      header: ["", "Coef.", "Std. Error"] + (hasDegreesOfFreedom ? ["DF"] : [])
        + [statistic, "Pr(>|\(statistic)|)"],
      rows: coefficients.map { row in
        [row.name, row.estimate?.compactText ?? "", row.standardError?.compactText ?? ""]
          + (hasDegreesOfFreedom ? [row.degreesOfFreedom?.compactText ?? ""] : [])
          + [
            row.statistic?.fixedText(decimals: 2) ?? "", row.pValue?.probabilityText ?? "",
          ]
      },
      textColumns: 1)
  }

  private static func modes(_ entry: ConditionalModes) -> String {
    let group = entry.group
    return table(
      header: [group.groupingFactor] + group.names.flatMap { [$0, "SD"] },
      rows: group.levels.indices.map { j in
        [group.levels[j]]
          + group.names.indices.flatMap { i in
            [group.conditionalModes[i, j].compactText, entry.standardDeviations[i, j].compactText]
          }
      },
      textColumns: 1)
  }

  private static func table(
    header: [String], rows: [[String]], textColumns: Int
  ) -> String {
    MarkdownTable(
      header: header, isText: header.indices.map { $0 < textColumns }, rows: rows
    ).text
  }
}
