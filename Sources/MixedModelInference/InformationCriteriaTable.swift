// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelFitting
import RealModule

/// The information criteria of models of the same rows, nested or not.
public struct InformationCriteriaTable: Sendable {
  public struct Row: Sendable {
    /// The formula, or the name that was given.
    public let name: String
    public let criteria: InformationCriteria
    /// Akaike's criterion less the least one.
    public let deltaAIC: Double
    /// Akaike's weight: `exp(-delta / 2)` over the sum of these.
    public let weight: Double
  }

  /// In the order of the models.
  public let rows: [Row]
  /// What was done, each a sentence.
  public let notes: [String]

  /// The table of some models; fits by REML are fitted again by maximum likelihood.
  ///
  /// R: `AIC(m0, m1)`. The weights are those of Burnham & Anderson, *Model Selection and Multimodel
  /// Inference* (2002), section 2.9.
  /// - Parameter names: what the models are called; their formulas by default.
  /// - Throws: ``MixedModelError`` if there are fewer than two models or their likelihoods do not
  ///   compare.
  public init(
    of models: [any MixedModel], names: [String] = []
  ) throws(MixedModelError) {
    let compared = try ComparedModels(models, names: names)
    let least = compared.entries.map(\.criteria.aic).min() ?? .nan
    let shares = compared.entries.map { Double.exp(-($0.criteria.aic - least) / 2) }
    let sum = shares.reduce(0, +)
    rows = zip(compared.entries, shares).map { entry, share in
      Row(
        name: entry.name, criteria: entry.criteria, deltaAIC: entry.criteria.aic - least,
        weight: share / sum)
    }
    notes =
      compared.notes
      + compared.entries.compactMap { entry in
        entry.model.stochasticError.map {
          "The log-determinant of \(entry.name) is stochastic: its criteria have a Monte Carlo "
            + "standard error of \($0.standardError.compactText)."
        }
      }
  }
}

extension InformationCriteriaTable: CustomStringConvertible {
  /// The criteria as a table of results.
  public var table: ResultTable {
    var table = ResultTable(
      "informationCriteria", title: "Information criteria",
      columns: [
        ResultTable.Column("model", "Model"), ResultTable.Column("dof", "DF"),
        ResultTable.Column("logLik", "logLik", .decimals(4)),
        ResultTable.Column("aic", "AIC", .decimals(4)),
        ResultTable.Column("aicc", "AICc", .decimals(4)),
        ResultTable.Column("bic", "BIC", .decimals(4)),
        ResultTable.Column("deltaAIC", "Delta AIC", .decimals(4)),
        ResultTable.Column("weight", "Weight", .decimals(4)),
      ])
    for row in rows {
      table.append([
        .text(row.name), .integer(row.criteria.parameterCount),
        .number(row.criteria.logLikelihood), .number(row.criteria.aic),
        ResultTable.Value(row.criteria.aicc), .number(row.criteria.bic), .number(row.deltaAIC),
        .number(row.weight),
      ])
    }
    table.notes = notes
    return table
  }

  public var description: String { table.description }
}
