// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors

/// Predictions for the rows of a table, one per row and in their order.
///
/// Where a row has no prediction, or a limit does not exist, stands NaN, as in a column of a table.
public struct Predictions: Sendable, Hashable {
  /// What a row's prediction rests on.
  public enum Status: String, Sendable, Hashable {
    /// Everything that the prediction conditions on is known.
    case predicted
    /// A level that the fit had no rows of; there is a prediction if the policy gives one.
    case newLevel
    /// A missing value; there is no prediction.
    case missingValue
  }

  /// One row.
  public struct Row: Sendable, Hashable {
    public let value: Double
    public let standardError: Double?
    public let lower: Double?
    public let upper: Double?
    /// Infinite for the normal distribution.
    public let degreesOfFreedom: Double?
    public let status: Status
  }

  public let scale: PredictionScale
  /// The interval asked for.
  public let interval: PredictionInterval?
  /// The predictions, on ``scale``.
  public internal(set) var values: [Double]
  /// The standard errors of the values as estimates of the mean, on ``scale``; on that of the
  /// response by the delta method.
  public internal(set) var standardErrors: [Double]?
  /// The limits of the intervals, on ``scale``.
  public internal(set) var lower: [Double]?
  public internal(set) var upper: [Double]?
  /// The degrees of freedom from which each interval takes its quantile; infinite for the normal
  /// distribution.
  public internal(set) var degreesOfFreedom: [Double]?
  public internal(set) var statuses: [Status]

  /// Predictions for so many rows, all missing.
  init(rowCount: Int, scale: PredictionScale, interval: PredictionInterval?) {
    let missing = [Double](repeating: .nan, count: rowCount)
    self.scale = scale
    self.interval = interval
    values = missing
    statuses = [Status](repeating: .missingValue, count: rowCount)
    guard interval != nil else { return }
    standardErrors = missing
    lower = missing
    upper = missing
    degreesOfFreedom = missing
  }

  /// The degrees of freedom, if not all are infinite.
  private var finiteDegreesOfFreedom: [Double]? {
    degreesOfFreedom.flatMap { $0.contains(where: \.isFinite) ? $0 : nil }
  }

  /// The predictions as a table: `prediction` and, with an interval, `standardError`, `df` unless all
  /// are infinite, `lower` and `upper`; then `status`.
  /// - Complexity: O(n).
  public func table() throws(MixedModelError) -> DataTable {
    var columns: [(name: String, column: Column)] = []
    let numbers: [(String, [Double]?)] = [
      ("prediction", values), ("standardError", standardErrors),
      ("df", finiteDegreesOfFreedom), ("lower", lower), ("upper", upper),
    ]
    for (name, values) in numbers {
      if let values { columns.append((name, .numeric(NumericColumn(values)))) }
    }
    let known: [Status] = [.predicted, .newLevel, .missingValue]
    columns.append(
      (
        "status",
        .categorical(
          try CategoricalColumn(statuses.map(\.rawValue), levels: known.map(\.rawValue)))
      ))
    return try DataTable(columns)
  }
}

extension Predictions {
  /// The predictions with the number of each row, counted from one; with an interval also standard
  /// errors, degrees of freedom unless all are infinite and, unless they are not wanted, limits.
  public func resultTable(includesLimits: Bool = true) -> ResultTable {
    var columns: [(ResultTable.Column, [Double])] = [
      (ResultTable.Column("prediction", "Prediction"), values)
    ]
    if let standardErrors {
      columns.append((ResultTable.Column("standardError", "Std. Error"), standardErrors))
    }
    if let degrees = finiteDegreesOfFreedom {
      columns.append((ResultTable.Column("df", "DF"), degrees.map { $0.isFinite ? $0 : .nan }))
    }
    if includesLimits, let interval, let lower, let upper {
      let percent = interval.level.percentText
      columns.append((ResultTable.Column("lower", "Lower \(percent)"), lower))
      columns.append((ResultTable.Column("upper", "Upper \(percent)"), upper))
    }
    var table = ResultTable(
      "predictions",
      columns: [ResultTable.Column("row", "Row")] + columns.map(\.0)
        + [ResultTable.Column("status", "Status")])
    for row in indices {
      table.append(
        [.integer(row + 1)]
          + columns.map { $0.1[row].isNaN ? .missing : .number($0.1[row]) }
          + [.text(statuses[row].rawValue)])
    }
    return table
  }
}

extension Predictions: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { values.count }

  public subscript(index: Int) -> Row {
    Row(
      value: values[index], standardError: standardErrors?[index], lower: lower?[index],
      upper: upper?[index], degreesOfFreedom: degreesOfFreedom?[index], status: statuses[index])
  }
}
