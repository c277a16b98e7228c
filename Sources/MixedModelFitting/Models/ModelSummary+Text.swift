// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

extension ModelSummary: CustomStringConvertible {
  /// The summary as MixedModels.jl 4 prints it, byte for byte.
  public var description: String {
    let levels = varianceComponents.map { String($0.levelCount) }.joined(separator: ", ")
    let observations =
      " Number of obs: \(observationCount); levels of grouping factors: \(levels)"
    // MixedModels.jl sets off a generalized model's parts differently.
    let isGeneralized = !distribution.isEmpty
    let head =
      isGeneralized
      ? ["  " + formula] + distribution.map { "  " + $0 } + ["", criterionText, ""]
      : [" " + formula, criterionText] + stochasticLines + [""]
    let components = ["Variance components:", varianceText] + (showsResidual ? [] : [""])
    return
      ([title] + head + components + [
        observations, "", (isGeneralized ? "" : "  ") + "Fixed-effects parameters:",
        coefficientText,
      ]).joined(separator: "\n")
  }

  /// What stands below the criterion if it is stochastic.
  private var stochasticLines: [String] {
    stochasticError.map { [" Monte Carlo standard error: \($0.summary)"] } ?? []
  }

  private var showsResidual: Bool { varianceComponents.residualStandardDeviation != nil }

  /// The line of the REML criterion, or two lines of statistics with a label centred over each.
  private var criterionText: String {
    guard fitStatistics.count > 1 else {
      return " \(fitStatistics.first?.label ?? ""): \(fitStatistics.first?.value ?? .nan)"
    }
    let leastWidth = 11
    let numbers = fitStatistics.map { $0.value?.fixedText(decimals: 4) ?? "." }
    let width = max(leastWidth, (numbers.map(\.count).max() ?? 0) + 1)
    // MixedModels.jl centres the first two labels with blanks that stand before them.
    let labels = fitStatistics.enumerated().map { place, statistic in
      let label = statistic.label
      return switch place {
      case 0: ("  " + label).centred(width)
      case 1: label.padded(before: "-2 logLik".count).centred(width)
      default: label.centred(width)
      }
    }
    return labels.joined() + "\n" + numbers.map { $0.padded(before: width) }.joined()
  }
}

// MARK: - Variance components

extension ModelSummary {
  /// Decimals are those that show six significant digits of every standard deviation; variances
  /// have as many.
  private var varianceText: String {
    let groups = varianceComponents.groups
    let deviations =
      groups.flatMap(\.standardDeviations)
      + [varianceComponents.residualStandardDeviation].compactMap { $0 }
    let variances = deviations.map { $0 * $0 }
    let notation = Notation(deviations)
    let shownDeviations = deviations.map(notation.text)
    let shownVariances = variances.map(notation.text)

    let groupWidth = (groups.map(\.groupingFactor) + (showsResidual ? ["Residual"] : [])).width + 1
    let nameWidth = groups.flatMap(\.names).width + 1
    // A column is no narrower than its heading with a blank before it.
    let varianceWidth = max(shownVariances.width + 1, "Variance".count + 1)
    let deviationWidth = max(shownDeviations.width + 1, "Std.Dev.".count)

    var lines = [
      String(repeating: " ", count: groupWidth) + "Column".centred(nameWidth)
        + "Variance".centred(varianceWidth) + "Std.Dev.".centred(deviationWidth)
        + (groups.contains { $0.names.count > 1 } ? "  Corr." : "")
    ]
    func append(_ group: String, _ name: String, _ correlations: String) {
      let row = lines.count - 1
      lines.append(
        group.padded(after: groupWidth) + name.padded(after: nameWidth)
          + shownVariances[row].padded(before: varianceWidth)
          + shownDeviations[row].padded(before: deviationWidth) + correlations)
    }
    for group in groups {
      for (i, name) in group.names.enumerated() {
        let correlations = (0..<i).map { group.correlation(i, $0).text }.joined()
        append(i == 0 ? group.groupingFactor : "", name, correlations)
      }
    }
    if showsResidual { append("Residual", "", "") }
    return lines.joined(separator: "\n")
  }

  /// How a column of numbers is written: with one count of decimals, or with exponents where
  /// decimals would hide a small number or invent digits of a large one.
  private struct Notation {
    private let decimals: Int?

    private static let plainRange = 1e-4..<1e9

    init(_ values: [Double]) {
      let isPlain = values.allSatisfy { $0 == 0 || Self.plainRange.contains($0) || $0.isNaN }
      decimals = isPlain ? values.map(\.compactDecimalCount).max() ?? 1 : nil
    }

    func text(_ value: Double) -> String {
      decimals.map { value.fixedText(decimals: $0) } ?? value.compactText
    }
  }
}

extension VarianceComponents.Correlation {
  fileprivate var text: String {
    switch self {
    case .fixedAtZero: "   .  "
    case .estimated(let value): value.fixedText(decimals: 2, showsPlus: true).padded(before: 6)
    case .undefined: Double.nan.fixedText(decimals: 2, showsPlus: true).padded(before: 6)
    }
  }
}

// MARK: - Fixed effects

extension ModelSummary {
  /// The table of coefficients between rules, numbers aligned on the decimal point.
  private var coefficientText: String {
    let table = coefficients
    let hasDegreesOfFreedom = table.contains { $0.degreesOfFreedom != nil }
    let statistic = hasDegreesOfFreedom ? "t" : "z"
    var headings = ["", "Coef.", "Std. Error"]
    if hasDegreesOfFreedom { headings.append("DF") }
    headings += [statistic, "Pr(>|\(statistic)|)"]
    let rows = table.map { row in
      var cells = [AlignedCell(left: row.name)]
      cells += [
        AlignedCell(number: row.estimate?.compactText ?? "."),
        AlignedCell(number: row.standardError?.compactText ?? "."),
      ]
      if hasDegreesOfFreedom {
        cells.append(AlignedCell(number: row.degreesOfFreedom?.compactText ?? "."))
      }
      cells.append(AlignedCell(number: row.statistic?.fixedText(decimals: 2) ?? "."))
      cells.append(AlignedCell(left: row.pValue?.probabilityText ?? "."))
      return cells
    }

    return AlignedCell.table(
      headings: headings.map { (title: $0, isLeft: false) }, rows: rows)
  }
}

// MARK: - Padding

extension String {
  /// In the middle of `width`, one blank nearer to the left where the blanks are odd.
  fileprivate func centred(_ width: Int) -> String {
    padded(before: (width + count) / 2).padded(after: width)
  }
}

extension [String] {
  fileprivate var width: Int { map(\.count).max() ?? 0 }
}
