// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelFitting
import StatisticalFunctions

/// The random effects of each level with their standard errors of prediction, tests and intervals.
///
/// R: `as.data.frame(ranef(model))`, whose standard deviations leave out the uncertainty of the fixed
/// effects. MATLAB: the third result of `randomEffects`, the second of `coefCI`.
public struct RandomEffectsTable: Sendable, Hashable {
  /// One random effect of one level.
  public struct Row: Sendable, Hashable {
    public let groupingFactor: String
    public let level: String
    /// The name of the effect.
    public let name: String
    /// The conditional mode b̂ with the root of its mean squared error as a prediction of b as its
    /// standard error, the test of `b = 0` and limits for b.
    public let prediction: EstimatedCombination
  }

  /// Grouping factor after grouping factor, level after level.
  public let rows: [Row]
  /// The coverage probability of the intervals.
  public let level: Double
  /// How the degrees of freedom were found, in the words of a title.
  let testDescription: String?

  /// The row of an effect, or `nil` if there is none such.
  public subscript(groupingFactor: String, level: String, name: String) -> Row? {
    rows.first { $0.groupingFactor == groupingFactor && $0.level == level && $0.name == name }
  }
}

extension RandomEffectsTable: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { rows.count }
  public subscript(index: Int) -> Row { rows[index] }
}

extension MixedModel {
  /// The random effects of each level with standard errors of prediction, tests and intervals.
  ///
  /// The standard error is the root of the conditional mean squared error of prediction: besides the
  /// variance of b given the data it counts the uncertainty of the fixed effects, which
  /// ``RandomEffects/conditionalCovariances()`` leaves out. An effect whose variance is estimated as
  /// zero is zero without error, and its test is not a number.
  ///
  ///     try model.randomEffectsTable(degreesOfFreedom: .satterthwaite)["subj", "S308", "days"]
  ///
  /// MATLAB: `randomEffects`, `coefCI`.
  /// - Throws: ``MixedModelError`` if `level` is not between zero and one, if the rule is one for fixed
  ///   effects only, or if the model does not hold its rows.
  /// - Complexity: a factorization, and a solution in the part of the factor that an effect reaches;
  ///   with Satterthwaite's degrees of freedom, as for predictions, a solution per effect of each part of
  ///   the data that shares no row with others.
  public func randomEffectsTable(
    level: Double = 0.95, degreesOfFreedom: some DegreesOfFreedomMethod = .infinite
  ) throws(MixedModelError) -> RandomEffectsTable {
    try inference(degreesOfFreedom: degreesOfFreedom).randomEffectsTable(level: level)
  }
}

extension FixedEffectsInference {
  /// The random effects of each level with standard errors of prediction, tests and intervals:
  /// ``MixedModel/randomEffectsTable(level:degreesOfFreedom:)``.
  /// - Throws: ``MixedModelError`` as that does.
  public func randomEffectsTable(level: Double = 0.95) throws(MixedModelError) -> RandomEffectsTable
  {
    try checkLevel(level)
    guard coversRandomEffects else { throw .methodForFixedEffectsOnly("the table shows") }
    guard let joint = model as? any JointlyEstimated else { throw .randomEffectsNeedFactor() }
    let units = DesignRows(unitEffectsOf: model.design)
    let variances = try joint.jointFactor().meanSquaredErrors(of: units)
    let degrees: [Double]
    if let constant = reference.constantDegreesOfFreedom {
      degrees = [Double](repeating: constant, count: variances.count)
    } else {
      let uncertainty = try jointReference?.predictionUncertainty()
      let slopes = uncertainty?.sensitivity.slopes(of: units) ?? []
      degrees = zip(variances, slopes).map {
        uncertainty?.degreesOfFreedom(ofVariance: $0, slopes: $1) ?? .nan
      }
    }
    var rows: [RandomEffectsTable.Row] = []
    for group in model.randomEffects {
      for (place, mode) in group.conditionalModes.values.enumerated() {
        let error = variances[rows.count].squareRoot()
        let quantile = -StudentT(degreesOfFreedom: degrees[rows.count]).quantile((1 - level) / 2)
        rows.append(
          RandomEffectsTable.Row(
            groupingFactor: group.groupingFactor, level: group.levels[place / group.names.count],
            name: group.names[place % group.names.count],
            prediction: EstimatedCombination(
              estimate: mode, standardError: error, degreesOfFreedom: degrees[rows.count],
              halfWidth: quantile * error)))
      }
    }
    return RandomEffectsTable(rows: rows, level: level, testDescription: testDescription)
  }
}

extension RandomEffectsTable: CustomStringConvertible {
  /// The effects as a table of results; degrees of freedom that are infinite are not shown.
  public var table: ResultTable {
    let isT = rows.contains { $0.prediction.degreesOfFreedom.isFinite }
    var table = ResultTable(
      "randomEffects",
      title: "Predicted random effects" + (testDescription.map { " (\($0))" } ?? ""),
      columns: [
        ResultTable.Column("group", "Group"), ResultTable.Column("level", "Level"),
        ResultTable.Column("effect", "Effect"), ResultTable.Column("estimate", "Mode"),
        ResultTable.Column("standardError", "SE Pred."),
        ResultTable.Column("df", "DF", hidesIfEmpty: true),
        ResultTable.Column("lower", "Lower \(level.percentText)"),
        ResultTable.Column("upper", "Upper \(level.percentText)"),
        ResultTable.Column("statistic", isT ? "t" : "z", .decimals(2)),
        ResultTable.Column("pValue", "Pr(>|\(isT ? "t" : "z")|)", .probability),
      ])
    for row in rows {
      let prediction = row.prediction
      let isKnown = prediction.standardError > 0
      table.append(
        [.text(row.groupingFactor), .text(row.level), .text(row.name)]
          + [.number(prediction.estimate), .number(prediction.standardError)]
          + [
            isKnown && prediction.degreesOfFreedom.isFinite
              ? .number(prediction.degreesOfFreedom) : .missing
          ] + [.number(prediction.lower), .number(prediction.upper)]
          + (isKnown
            ? [.number(prediction.statistic), .number(prediction.pValue)] : [.missing, .missing]))
    }
    table.notes = [
      "The standard errors of prediction count the uncertainty of the fixed effects."
    ]
    return table
  }

  public var description: String { table.description }
}
