// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelFitting

extension Lme4Layout {
  // MARK: Random effects

  /// The variances, then the counts of rows and levels.
  var randomEffectsLines: [String] {
    let blocks = randomBlocks
    let residual = model.residualStandardDeviation
    let deviations = blocks.flatMap(\.standardDeviations) + [residual].compactMap { $0 }
    var groups: [String] = []
    for block in blocks {
      groups += [block.name] + [String](repeating: "", count: block.effects.count - 1)
    }
    var columns = [
      TextColumns.Column("Groups", groups + (residual == nil ? [] : ["Residual"])),
      TextColumns.Column("Name", blocks.flatMap(\.effectNames) + (residual == nil ? [] : [""])),
      TextColumns.Column(
        "Variance",
        CommonNotation.column(deviations.map { $0 * $0 }, significantDigits: Self.digitCount)),
      TextColumns.Column(
        "Std.Dev.", CommonNotation.column(deviations, significantDigits: Self.digitCount)),
    ]
    let rows = blocks.map(\.correlations)
    for column in 0..<(blocks.map(\.effects.count).max() ?? 1) - 1 {
      let cells = rows.flatMap { $0.map { $0.indices.contains(column) ? $0[column] : "" } }
      columns.append(
        TextColumns.Column(column == 0 ? "Corr" : "", cells + (residual == nil ? [] : [""])))
    }
    let table = TextColumns(
      rowNames: deviations.map { _ in "" }, columns: columns, alignment: .left)
    var counts: [String] = []
    for block in blocks where !counts.contains(block.levelText) { counts.append(block.levelText) }
    return ["Random effects:"] + table.lines(width: Self.lineWidth)
      + TextColumns.filled(
        [
          "Number of obs: \(model.observationCount), groups: ", counts.joined(separator: "; "),
        ], width: Self.lineWidth)
  }

  /// The effects of a grouping factor that can be correlated: what lme4 takes for a term.
  private struct RandomBlock {
    let group: VarianceComponents.Group
    let effects: [Int]
    /// The grouping factor's name; further blocks of the factor have a number after it.
    let name: String

    var effectNames: [String] { effects.map { group.names[$0] } }
    var standardDeviations: [Double] { effects.map { group.standardDeviations[$0] } }
    var levelText: String { "\(group.groupingFactor), \(group.levelCount)" }

    /// For each effect its correlations with those before it.
    var correlations: [[String]] {
      let texts = effects.indices.map { i in
        (0..<i).map { j in
          (group.correlation(effects[i], effects[j]).value ?? .nan).rounded(decimals: 2)
        }
      }
      let notation = texts.map { $0.map { ($0 == 0 ? 0 : $0).fixedText(decimals: 2) } }
      let width = max("1.00".count, notation.joined().map(\.count).max() ?? 0)
      return notation.map { $0.map { $0.padded(.right, to: width) } }
    }
  }

  /// The blocks as lme4 orders them: as written if the counts of levels fall, else by decreasing
  /// count of levels, ties reversed.
  private var randomBlocks: [RandomBlock] {
    var order: [String] = []
    for term in model.formula.randomTerms where !order.contains(term.groupingName) {
      order.append(term.groupingName)
    }
    let components = model.varianceComponents
    let groups = components.enumerated().sorted {
      let left = order.firstIndex(of: $0.element.groupingFactor) ?? order.count
      let right = order.firstIndex(of: $1.element.groupingFactor) ?? order.count
      return (left, $0.offset) < (right, $1.offset)
    }.map(\.element)
    var sets = groups.flatMap { group in
      group.correlatedEffects.map { (group: group, effects: $0) }
    }
    let counts = sets.map(\.group.levelCount)
    if zip(counts, counts.dropFirst()).contains(where: { $0 < $1 }) {
      sets = counts.indices.sorted { (counts[$0], $0) > (counts[$1], $1) }.map { sets[$0] }
    }
    var shown: [String: Int] = [:]
    return sets.map { group, effects in
      let place = shown[group.groupingFactor, default: 0]
      shown[group.groupingFactor] = place + 1
      return RandomBlock(
        group: group, effects: effects,
        name: group.groupingFactor + (place == 0 ? "" : ".\(place)"))
    }
  }

  // MARK: Fixed effects

  var coefficientLines: [String] {
    let rows = table.filter { $0.estimate != nil }
    guard !rows.isEmpty else { return [] }
    var numbers = [rows.map { $0.estimate ?? .nan }, rows.map { $0.standardError ?? .nan }]
    var headings = ["Estimate", "Std. Error"]
    if hasDegreesOfFreedom {
      numbers.append(rows.map { $0.degreesOfFreedom ?? .infinity })
      headings.append("df")
    }
    let isT = hasDegreesOfFreedom || model.residualStandardDeviation != nil
    let tests = CommonNotation.column(
      rows.map { ($0.statistic ?? .nan).rounded(decimals: Self.digitCount - 1) },
      significantDigits: Self.digitCount)
    var columns = zip(headings, estimateCells(numbers)).map { TextColumns.Column($0, $1) }
    columns.append(TextColumns.Column(isT ? "t value" : "z value", tests))
    var legend: [String] = []
    // A linear model has p-values with degrees of freedom only.
    if model.isGeneralized || hasDegreesOfFreedom {
      let pValues = rows.map { $0.pValue ?? .nan }
      columns.append(
        TextColumns.Column(
          hasDegreesOfFreedom ? "Pr(>|t|)" : "Pr(>|z|)", SignificanceMarks.pValueTexts(pValues)))
      if pValues.contains(where: { $0 < SignificanceMarks.leastMarked }) {
        columns.append(
          TextColumns.Column("", pValues.map(SignificanceMarks.mark).padded(.left)))
        legend = ["---", SignificanceMarks.legend]
      }
    }
    return TextColumns(rowNames: rows.map(\.name), columns: columns, alignment: .right)
      .lines(width: Self.lineWidth) + legend
  }

  /// Estimates, standard errors and degrees of freedom in one notation, by column: rounded where
  /// the smallest has its digits, and again where a number that is not zero would be shown as one.
  private func estimateCells(_ columns: [[Double]]) -> [[String]] {
    let values = columns.flatMap { $0 }
    let least = values.compactMap(\.decimalExponent).min() ?? 0
    let decimals = max(1, Self.digitCount - 1 - least)
    var texts = CommonNotation.column(
      values.map { $0.rounded(decimals: decimals) }, significantDigits: Self.digitCount)
    let hidden = values.indices.filter { values[$0] != 0 && Double(texts[$0].trimmed) == 0 }
    let shown = CommonNotation.column(
      hidden.map { values[$0] }, significantDigits: Self.digitCount - 1)
    for (index, text) in zip(hidden, shown) { texts[index] = text }
    let count = columns.first?.count ?? 0
    return columns.indices.map { Array(texts[$0 * count..<($0 + 1) * count]) }
  }

  /// The correlations of up to twelve coefficients, their names shortened.
  var correlationLines: [String] {
    let effects = model.fixedEffects
    let mostShown = 12
    guard (2...mostShown).contains(effects.count) else { return [] }
    let correlation = effects.correlation
    let last = effects.count - 1
    let texts = (0...last).map { i in
      (0...last).map { j -> String in
        let value = correlation[i, j].rounded(decimals: 3)
        return (value == 0 ? 0 : value).fixedText(decimals: 3)
      }
    }
    let width = texts.joined().map(\.count).max() ?? 0
    let rowNames = NameAbbreviation.abbreviated(effects.names, leastLength: 11)
    let headings = NameAbbreviation.abbreviated(effects.names, leastLength: 6)
    let table = TextColumns(
      rowNames: Array(rowNames[1...]),
      columns: (0..<last).map { j in
        TextColumns.Column(
          headings[j],
          (1...last).map { i in i > j ? texts[i][j].padded(.right, to: width) : "" })
      }, alignment: .left)
    return ["", "Correlation of Fixed Effects:"] + table.lines(width: Self.lineWidth)
  }
}

extension VarianceComponents.Group {
  /// The effects in sets between which the structure allows no correlation, in order.
  fileprivate var correlatedEffects: [[Int]] {
    var sets: [[Int]] = []
    for effect in names.indices {
      let joined = sets.indices.filter { place in
        sets[place].contains { correlation(effect, $0) != .fixedAtZero }
      }
      guard let first = joined.first else {
        sets.append([effect])
        continue
      }
      sets[first] += joined.dropFirst().flatMap { sets[$0] } + [effect]
      for place in joined.dropFirst().reversed() { sets.remove(at: place) }
    }
    return sets
  }
}

extension String {
  fileprivate var trimmed: String { String(drop { $0 == " " }) }
}
