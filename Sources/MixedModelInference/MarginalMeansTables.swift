// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelFitting

extension EstimatedMarginalMeans: CustomStringConvertible {
  public var description: String { resultTable().description }

  /// A row per mean; degrees of freedom that are infinite are not shown.
  public func resultTable() -> ResultTable {
    var table = ResultTable(
      "means", title: "Estimated marginal means",
      columns: (groups + factors).map { ResultTable.Column($0, $0) }
        + [
          ResultTable.Column("estimate", "Mean"),
          ResultTable.Column("standardError", "Std. Error"), .degreesOfFreedom,
        ] + ResultTable.Column.limits(level))
    for mean in means {
      table.append(
        (mean.group + mean.levels).map { .text($0) } + (mean.estimate?.sizeAndError ?? [])
          + (mean.estimate?.limits ?? []))
    }
    table.notes = notes
    return table
  }

  private var notes: [String] {
    var notes: [String] = []
    if !averagedOver.isEmpty {
      notes.append("Averages over: \(averagedOver.joined(separator: ", ")).")
    }
    if !fixedValues.isEmpty {
      let list = fixedValues.map { "\($0.name) = \($0.value)" }
      notes.append("Numeric predictors: \(list.joined(separator: ", ")).")
    }
    if grid.variables.contains(where: { $0.origin == .meanOffset }) {
      notes.append("The offset stands at its mean.")
    }
    if !(inference.model.link is IdentityLink) {
      notes.append(
        scale == .link
          ? "The means are on the scale of the linear predictor (\(inference.model.link.name))."
          : "The means are on the scale of the response.")
    }
    notes += [inference.testDescription.map(degreesOfFreedomNote)].compactMap { $0 }
    if means.contains(where: { $0.estimate == nil }) {
      notes.append("The data do not determine the means that are missing.")
    }
    let interacting = interactingCovariates
    if !interacting.isEmpty {
      notes.append(
        "Comparisons depend on \(interacting.joined(separator: ", ")), which stands at its mean and "
          + "interacts with these predictors.")
    }
    if interactionsAreAveraged {
      notes.append("Averages over a predictor that interacts with these may mislead.")
    }
    return notes
  }

  /// The numeric predictors at their mean on which an effect of what the means are for depends.
  private var interactingCovariates: [String] {
    grid.variables.filter { $0.origin == .mean && $0.texts.count == 1 }.map(\.name).filter { name in
      inference.model.formula.fixedTerms.contains { term in
        let variables = Set(term.variables)
        return variables.contains(name) && !variables.isDisjoint(with: factors + groups)
      }
    }
  }

  /// Whether an effect of what the means are for depends on what they are averages over.
  private var interactionsAreAveraged: Bool {
    inference.model.formula.fixedTerms.contains { term in
      let variables = Set(term.variables)
      return !variables.isDisjoint(with: averagedOver)
        && !variables.isDisjoint(with: factors + groups)
    }
  }
}

extension PairwiseComparisons: CustomStringConvertible {
  public var description: String { resultTable().description }

  /// A row per comparison; degrees of freedom that are infinite are not shown.
  public func resultTable() -> ResultTable {
    let title =
      switch measure {
      case .difference: "Difference"
      case .ratio: "Ratio"
      case .oddsRatio: "Odds Ratio"
      }
    let isT = comparisons.contains { $0.estimate?.degreesOfFreedom.isFinite ?? false }
    var table = ResultTable(
      "comparisons", title: "Pairwise comparisons",
      columns: groups.map { ResultTable.Column($0, $0) }
        + [
          ResultTable.Column("comparison", "Comparison"),
          ResultTable.Column("estimate", title),
          ResultTable.Column("standardError", "Std. Error"), .degreesOfFreedom,
        ] + ResultTable.Column.limits(level)
        + [
          ResultTable.Column("statistic", isT ? "t" : "z", .decimals(2)),
          ResultTable.Column("pValue", "Pr(>|\(isT ? "t" : "z")|)", .probability),
        ])
    for comparison in comparisons {
      let tests: [ResultTable.Value] =
        comparison.estimate.map {
          [.number($0.statistic), .number($0.pValue)]
        } ?? []
      table.append(
        comparison.group.map { .text($0) } + [.text(text(comparison))]
          + (comparison.estimate?.sizeAndError ?? []) + (comparison.estimate?.limits ?? []) + tests)
    }
    let count = meanCount * (meanCount - 1) / 2
    table.notes = [
      adjustment.description(
        comparisonCount: count, meanCount: meanCount, dimension: dimension)
    ].compactMap { $0 }
    if measure != .difference {
      table.notes.append("Tests are of differences on the scale of the linear predictor.")
    }
    return table
  }

  private func text(_ comparison: Comparison) -> String {
    let sign = measure == .difference ? "-" : "/"
    let sides = [comparison.first, comparison.second].map { $0.joined(separator: " ") }
    return "\(sides[0]) \(sign) \(sides[1])"
  }
}

extension ResultTable.Column {
  fileprivate static let degreesOfFreedom = ResultTable.Column("df", "DF", hidesIfEmpty: true)

  fileprivate static func limits(_ level: Double) -> [ResultTable.Column] {
    [
      ResultTable.Column("lower", "Lower \(level.percentText)"),
      ResultTable.Column("upper", "Upper \(level.percentText)"),
    ]
  }
}

extension EstimatedCombination {
  fileprivate var sizeAndError: [ResultTable.Value] {
    [
      .number(estimate), .number(standardError),
      degreesOfFreedom.isFinite ? .number(degreesOfFreedom) : .missing,
    ]
  }

  fileprivate var limits: [ResultTable.Value] { [.number(lower), .number(upper)] }
}
