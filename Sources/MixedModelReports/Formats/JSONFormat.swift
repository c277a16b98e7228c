// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModels

/// The whole result as one JSON object. Keys are always present and keep their order; what is not
/// available is null.
public struct JSONFormat: ReportFormat {
  public static let name = "json"

  public init() {}

  public func text(of report: ModelReport) throws(MixedModelError) -> String {
    let model = report.model
    return JSONValue.object(
      Self.description(of: model) + Self.fitStatistics(of: model) + (try Self.estimates(report))
        + [
          ("singular", .boolean(model.isSingular)),
          ("converged", .boolean(model.hasConverged)),
          ("gradientNorm", .number(model.certificate.gradientNorm)),
          ("optimizer", Self.optimizer(model.fitReport)),
          ("timings", Self.timings(report.timings)),
          ("warnings", JSONValue(model.notes.map(\.description))),
        ]
    ).text + "\n"
  }

  private typealias Members = [(key: String, value: JSONValue)]

  private static func description(of model: any MixedModel) -> Members {
    let design = model.design
    return [
      ("formula", .string(model.formula.description)),
      ("response", .string(design.responseName)),
      ("family", .string(model.family.name)),
      ("link", .string(model.link.name)),
      ("criterion", .string(model.criterionName)),
      ("nAGQ", model.quadraturePointCount.map { .integer($0) } ?? .null),
      ("observations", .integer(model.observationCount)),
      ("rowsDropped", .integer(design.droppedRowCount)),
      ("rank", .integer(model.rank)),
      ("dof", .integer(model.parameterCount)),
    ]
  }

  private static func fitStatistics(of model: any MixedModel) -> Members {
    let criteria = model.informationCriteria
    let error: Members =
      model.stochasticError.map { [("objectiveStandardError", .number($0.standardError))] } ?? []
    return [("objective", .number(model.objective))] + error + [
      ("logLik", JSONValue(criteria?.logLikelihood)),
      ("aic", JSONValue(criteria?.aic)),
      ("aicc", JSONValue(criteria?.aicc)),
      ("bic", JSONValue(criteria?.bic)),
      ("deviance", .number(model.deviance)),
    ]
  }

  private static func estimates(
    _ report: ModelReport
  ) throws(MixedModelError) -> Members {
    let model = report.model
    let covariance = model.fixedEffects.covariance
    return [
      ("theta", JSONValue(model.theta)),
      ("sigma", JSONValue(model.residualStandardDeviation)),
      ("dispersion", JSONValue(model.varianceComponents.residualVariance)),
      ("sizeParameter", JSONValue(model.sizeParameter)),
      ("fixedEffects", .array(try report.coefficientTable().map(coefficient))),
      ("vcov", .array((0..<covariance.rowCount).map { JSONValue(covariance.row($0)) })),
      ("varianceComponents", .array(model.varianceComponents.map(component))),
      (
        "randomEffects",
        report.includesRandomEffects ? .array(try report.conditionalModes().map(modes)) : .null
      ),
    ]
  }

  private static func coefficient(_ row: CoefficientTable.Row) -> JSONValue {
    .object([
      ("name", .string(row.name)),
      ("estimate", JSONValue(row.estimate)),
      ("standardError", JSONValue(row.standardError)),
      ("statistic", JSONValue(row.statistic)),
      ("df", JSONValue(row.degreesOfFreedom)),
      ("pValue", JSONValue(row.pValue)),
    ])
  }

  private static func component(_ group: VarianceComponents.Group) -> JSONValue {
    .object([
      ("group", .string(group.groupingFactor)),
      ("levels", .integer(group.levelCount)),
      ("names", JSONValue(group.names)),
      ("standardDeviations", JSONValue(group.standardDeviations)),
      ("correlations", .array(group.correlations.map { .array($0.map { JSONValue($0) }) })),
      ("structure", .string(group.structure)),
    ])
  }

  private static func modes(_ entry: ConditionalModes) -> JSONValue {
    func byLevel(_ matrix: Matrix) -> JSONValue {
      .array(
        (0..<matrix.columnCount).map { level in
          JSONValue((0..<matrix.rowCount).map { matrix[$0, level] })
        })
    }
    return .object([
      ("group", .string(entry.group.groupingFactor)),
      ("levels", JSONValue(entry.group.levels)),
      ("names", JSONValue(entry.group.names)),
      ("modes", byLevel(entry.group.conditionalModes)),
      ("standardDeviations", byLevel(entry.standardDeviations)),
    ])
  }

  private static func optimizer(_ report: FitReport) -> JSONValue {
    .object([
      ("name", .string(report.optimizerName)),
      ("evaluations", .integer(report.evaluations)),
      ("gradientEvaluations", .integer(report.gradientEvaluations)),
      ("initial", JSONValue(report.initialParameters)),
      ("initialObjective", .number(report.initialObjective)),
      ("final", JSONValue(report.finalParameters)),
      ("finalObjective", .number(report.finalObjective)),
      ("returnCode", .string(report.termination.returnCode)),
    ])
  }

  private static func timings(_ timings: ModelReport.Timings?) -> JSONValue {
    .object([
      ("read", JSONValue(timings?.read)),
      ("design", JSONValue(timings?.design)),
      ("fit", JSONValue(timings?.fit)),
      ("total", JSONValue(timings?.total)),
    ])
  }
}

extension Matrix {
  fileprivate func row(_ i: Int) -> [Double] { (0..<columnCount).map { self[i, $0] } }
}
