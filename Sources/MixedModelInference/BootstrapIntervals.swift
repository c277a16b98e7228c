// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelFitting

/// How confidence intervals are made from a bootstrap sample.
public enum BootstrapIntervalMethod: Sendable {
  /// Quantiles of the replicates (`perc` in R's `boot.ci`).
  case percentile
  /// Those mirrored at the estimate (`basic`).
  case basic
  /// Normal limits about the estimate less its bias, with the replicates' standard deviation
  /// (`norm`).
  case normal
  /// Percentiles corrected for bias and acceleration (`bca`), the acceleration from fits without each
  /// level of a grouping factor.
  case bca(GroupJackknife)
  /// The shortest interval with the level's share of the replicates (`shortestcovint` in
  /// MixedModels.jl, highest density).
  case shortest

  /// The name in results.
  public var name: String {
    switch self {
    case .percentile: "percentile"
    case .basic: "basic"
    case .normal: "normal"
    case .bca: "bca"
    case .shortest: "shortest"
    }
  }
}

/// Confidence intervals of a model's parameters from a bootstrap sample.
public struct BootstrapIntervals: Sendable {
  /// One parameter.
  public struct Row: Sendable {
    public let quantity: BootstrapQuantity
    /// The estimate of the model; NaN for a correlation with an effect that does not vary.
    public let estimate: Double
    /// The mean of the replicates less the estimate.
    public let bias: Double
    /// The standard deviation of the replicates.
    public let standardError: Double
    /// The limits; `nil` where the sample tells none.
    public let lower: Double?
    public let upper: Double?
    /// The replicates that have the quantity.
    public let replicateCount: Int
  }

  public let rows: [Row]
  /// The name of the method.
  public let method: String
  /// The coverage probability.
  public let level: Double
  /// What limits the sample, each a sentence.
  public let notes: [String]

  /// The row of the given quantity, or `nil` if there is none.
  public subscript(quantity: BootstrapQuantity) -> Row? {
    rows.first { $0.quantity == quantity }
  }
}

extension BootstrapSample {
  /// With fewer replicates there is no spread.
  private static let leastCount = 2

  /// Confidence intervals of all parameters: fixed effects, sigma and size where there are such,
  /// standard deviations and correlations.
  ///
  /// Replicates without the quantity, as a correlation with an effect that does not vary, are left
  /// out and counted in each row. Intervals at 95 % take about a thousand replicates or more.
  ///
  /// R: `boot.ci`, `confint(method = "boot")`. MixedModels.jl: `shortestcovint`.
  /// - Throws: ``MixedModelError`` unless the level is between zero and one and there are two
  ///   replicates at least.
  public func intervals(
    _ method: BootstrapIntervalMethod = .percentile, level: Double = 0.95
  ) throws(MixedModelError) -> BootstrapIntervals {
    try checkLevel(level)
    guard count >= Self.leastCount else { throw .tooFewReplicates(count, least: Self.leastCount) }
    let rows = quantities.indices.filter { quantities[$0].isParameter }.map {
      row(at: $0, method, level: level)
    }
    return BootstrapIntervals(rows: rows, method: method.name, level: level, notes: notes)
  }

  private func row(
    at column: Int, _ method: BootstrapIntervalMethod, level: Double
  ) -> BootstrapIntervals.Row {
    let quantity = quantities[column]
    let estimate = estimates[column]
    let replicates = values(at: column).filter { !$0.isNaN }
    guard replicates.count >= Self.leastCount else {
      return BootstrapIntervals.Row(
        quantity: quantity, estimate: estimate, bias: .nan, standardError: .nan, lower: nil,
        upper: nil, replicateCount: replicates.count)
    }
    let sample = BootstrapLimits(estimate: estimate, replicates: replicates, level: level)
    let limits: BootstrapLimits.Limits?
    switch method {
    case .percentile: limits = sample.percentile
    case .shortest: limits = sample.shortest
    case .basic: limits = estimate.isNaN ? nil : sample.basic
    case .normal: limits = estimate.isNaN ? nil : sample.normal
    case .bca(let jackknife):
      limits = jackknife.acceleration(of: quantity).flatMap { sample.accelerated($0) }
    }
    let mean = replicates.reduce(0, +) / Double(replicates.count)
    let squares = replicates.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return BootstrapIntervals.Row(
      quantity: quantity, estimate: estimate, bias: mean - estimate,
      standardError: (squares / Double(replicates.count - 1)).squareRoot(), lower: limits?.lower,
      upper: limits?.upper, replicateCount: replicates.count)
  }
}

extension BootstrapIntervals: CustomStringConvertible {
  /// The intervals as a table of results.
  public var table: ResultTable {
    var table = ResultTable(
      "intervals",
      title: "Bootstrap intervals (\(method)), \(level.percentText) level",
      columns: [
        ResultTable.Column("key", "Key"), ResultTable.Column("estimate", "Estimate"),
        ResultTable.Column("bias", "Bias"), ResultTable.Column("standardError", "Std. Error"),
        ResultTable.Column("lower", "Lower"), ResultTable.Column("upper", "Upper"),
        ResultTable.Column("replicates", "Replicates"),
      ])
    for row in rows {
      table.append([
        .text(row.quantity.key), Self.value(row.estimate), Self.value(row.bias),
        Self.value(row.standardError), ResultTable.Value(row.lower), ResultTable.Value(row.upper),
        .integer(row.replicateCount),
      ])
    }
    table.notes = notes
    return table
  }

  private static func value(_ number: Double) -> ResultTable.Value {
    ResultTable.Value(number.isNaN ? nil : number)
  }

  public var description: String { table.description }
}
