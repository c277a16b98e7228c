// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelFitting

/// How confidence intervals are made.
public enum ConfidenceIntervalMethod: Sendable {
  /// The estimate plus and minus a multiple of its standard error, a quantile of the normal or of
  /// Student's t distribution; for fixed effects only.
  case wald
  /// The values at which the profile deviance is above its minimum by the quantile of the chi-squared
  /// distribution with one degree of freedom.
  case profile
  /// From a bootstrap sample of the model.
  case bootstrap(BootstrapSample, BootstrapIntervalMethod = .percentile)

  /// The name in results.
  public var name: String {
    switch self {
    case .wald: "Wald"
    case .profile: "profile"
    case .bootstrap(_, let method): "bootstrap (\(method.name))"
    }
  }
}

/// Confidence intervals of a model's parameters, however they were made.
///
/// R: `confint`. MixedModels.jl: `confint`. MATLAB: `coefCI`.
public struct ConfidenceIntervals: Sendable {
  /// One parameter.
  public struct Row: Sendable {
    public let parameter: BootstrapQuantity
    /// The estimate; NaN for a correlation with an effect that does not vary.
    public let estimate: Double
    /// The limits; `nil` where the method finds none.
    public let lower: Double?
    public let upper: Double?
    /// Why a limit is missing.
    public let remark: String?
  }

  public let rows: [Row]
  /// The name of the method.
  public let method: String
  /// The coverage probability.
  public let level: Double
  /// How the intervals were made, and what limits them, each a sentence.
  public let notes: [String]

  /// The row of the given parameter, or `nil` if there is none.
  public subscript(parameter: BootstrapQuantity) -> Row? {
    rows.first { $0.parameter == parameter }
  }

  /// The row of the parameter with the given key, such as `beta:days`.
  public subscript(key: String) -> Row? { rows.first { $0.parameter.key == key } }
}

extension MixedModel {
  /// Confidence intervals of the parameters.
  ///
  /// A limit that does not exist is missing, and the row says why: a profile that reaches the boundary
  /// (a standard deviation of zero, taken as reached at a hundredth of the estimate; a correlation of
  /// one, within two thousandths) before it is high enough has no limit there, and Wald's method has
  /// none for standard deviations and correlations, whose estimates are far from normal.
  /// - Parameters:
  ///   - names: the keys of parameters, such as `beta:days`, or `beta`, `sd`, `cor` for all of a kind;
  ///     by default all.
  ///   - degreesOfFreedom: of Wald intervals; Kenward and Roger's come with their adjusted standard
  ///     errors.
  /// - Throws: ``MixedModelError`` if the level is not between zero and one, a name is unknown, or the
  ///   method or the rule for degrees of freedom does not apply to this model.
  public func confidenceIntervals(
    _ method: ConfidenceIntervalMethod = .profile, of names: [String]? = nil, level: Double = 0.95,
    degreesOfFreedom: some DegreesOfFreedomMethod = .infinite
  ) throws(MixedModelError) -> ConfidenceIntervals {
    let z = try normalLimit(level)
    let selected = try ProfiledQuantities(self).selected(names)
    let rows: [ConfidenceIntervals.Row]
    var notes: [String] = []
    if case .wald = method {
    } else if !(degreesOfFreedom is InfiniteDegreesOfFreedom) {
      throw .degreesOfFreedomOfWaldIntervals(method.name)
    }
    switch method {
    case .wald:
      let inference = try inference(degreesOfFreedom: degreesOfFreedom)
      rows = waldIntervals(selected, try inference.coefficientTable(level: level))
      notes = [degreesOfFreedom.note].compactMap { $0 }
    case .profile:
      guard let model = self as? any Profilable else {
        throw .rowsNeeded(for: "a likelihood profile")
      }
      let profiler = try model.profiler()
      rows = try profileIntervals(selected, profiler, z: z)
      notes = profiler.notes
    case .bootstrap(let sample, let kind):
      let intervals = try sample.intervals(kind, level: level)
      rows = selected.compactMap { entry in
        intervals[entry.quantity].map {
          ConfidenceIntervals.Row(
            parameter: $0.quantity, estimate: $0.estimate, lower: $0.lower, upper: $0.upper,
            remark: $0.lower == nil ? "the sample tells no limits" : nil)
        }
      }
      notes = intervals.notes
    }
    return ConfidenceIntervals(rows: rows, method: method.name, level: level, notes: notes)
  }

  private func waldIntervals(
    _ selected: [ProfiledQuantities.Entry], _ coefficients: CoefficientTable
  ) -> [ConfidenceIntervals.Row] {
    let estimates = BootstrapLayout(self).estimates(self)
    return selected.map { entry in
      guard case .coefficient(let index) = entry.parameter else {
        return ConfidenceIntervals.Row(
          parameter: entry.quantity, estimate: estimates[entry.quantity] ?? .nan, lower: nil,
          upper: nil, remark: "Wald intervals are for fixed effects")
      }
      let row = coefficients[fixedEffects.estimable[index]]
      return ConfidenceIntervals.Row(
        parameter: entry.quantity, estimate: fixedEffects.estimates[index], lower: row.lower,
        upper: row.upper, remark: nil)
    }
  }

  private func profileIntervals(
    _ selected: [ProfiledQuantities.Entry], _ profiler: Profiler, z: Double
  ) throws(MixedModelError) -> [ConfidenceIntervals.Row] {
    var rows: [ConfidenceIntervals.Row] = []
    for entry in selected {
      guard hasValue(entry.parameter) else {
        rows.append(
          ConfidenceIntervals.Row(
            parameter: entry.quantity, estimate: .nan, lower: nil, upper: nil,
            remark: "an effect does not vary"))
        continue
      }
      var search = ProfileSearch(try profiler.path(of: entry.parameter), of: entry.quantity)
      let (lower, upper) = (try search.limit(at: -z), try search.limit(at: z))
      let remarks = [("lower", lower), ("upper", upper)].compactMap { name, limit -> String? in
        guard case .absent(let reason) = limit else { return nil }
        return "no \(name) limit: \(reason)"
      }
      rows.append(
        ConfidenceIntervals.Row(
          parameter: entry.quantity, estimate: search.minimum.value, lower: lower.value,
          upper: upper.value, remark: remarks.isEmpty ? nil : remarks.joined(separator: "; ")))
    }
    return rows
  }
}

extension ProfileSearch.Limit {
  /// The value of the limit, if there is one.
  var value: Double? {
    if case .reached(let value, _) = self { value } else { nil }
  }
}

extension BootstrapLayout {
  /// The estimates of a model by quantity.
  fileprivate func estimates(_ model: some MixedModel) -> [BootstrapQuantity: Double] {
    Dictionary(
      zip(quantities, values(ReplicateEstimates(model))), uniquingKeysWith: { first, _ in first })
  }
}

extension ConfidenceIntervals: CustomStringConvertible {
  /// The intervals as a table of results.
  public var table: ResultTable {
    let hasRemarks = rows.contains { $0.remark != nil }
    var table = ResultTable(
      "intervals", title: "Confidence intervals (\(method)), \(level.percentText) level",
      columns: [
        ResultTable.Column("key", "Key"), ResultTable.Column("estimate", "Estimate"),
        ResultTable.Column("lower", "Lower"), ResultTable.Column("upper", "Upper"),
      ] + (hasRemarks ? [ResultTable.Column("remark", "Remark")] : []))
    for row in rows {
      table.append([
        .text(row.parameter.key), ResultTable.Value(row.estimate.isNaN ? nil : row.estimate),
        ResultTable.Value(row.lower), ResultTable.Value(row.upper), ResultTable.Value(row.remark),
      ])
    }
    table.notes = notes
    return table
  }

  public var description: String { table.description }
}
