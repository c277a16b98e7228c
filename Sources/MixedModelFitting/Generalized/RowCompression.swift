// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// The rows of a generalized model with those that say the same joined into one.
///
/// Rows that agree in everything, prior weight and response included, become one of their summed
/// frequencies, whatever the family. Where the sums of a pattern's counts say all about the
/// parameters that the rows themselves do, rows are joined that differ in their response, too. With
/// the common mean mu of a pattern's rows, whose weights w, times their frequencies f, add up to W
/// and whose weighted mean response is m, their log-density is that of one row with response m and
/// weight W, plus a constant that no parameter enters:
///
///     Σ f log f(y_i; mu, w_i) = log f(m; mu, W) + c
///     c = Σ f [log f(y_i; y_i, w_i) - w_i d(y_i, m) / 2] - log f(m; m, W)
///
/// with d the unit deviance, since the part of the log-density that depends on mu is linear in y.
struct RowCompression: Sendable {
  /// One row per pattern, as the patterns first appear: with the mean response and the sum of the
  /// weights, trials included; or with the common response and weight and the sum of the
  /// frequencies.
  let rows: DesignRows
  /// The constants c by pattern; `nil` where frequencies are summed.
  let constants: [Double]?
  private let patterns: RowPatterns

  /// Joining rows pays only where it saves more than this share of them.
  private static let leastSaving = 0.05

  /// Joins rows, or gives `nil` where too few repeat.
  /// - Parameter weights: the prior weights, trials included; `nil` if all are one.
  init?(_ rows: DesignRows, weights: [Double]?, family: any Family) {
    let sumsResponses = family.hasSufficientSums
    let patterns = RowPatterns(
      rows, additional: sumsResponses ? [] : [rows.response] + (weights.map { [$0] } ?? []))
    let saving = 1 - Double(patterns.count) / Double(max(1, rows.rowCount))
    guard saving > Self.leastSaving else { return nil }
    self =
      sumsResponses
      ? RowCompression(rows, patterns: patterns, weights: weights, family: family)
      : RowCompression(identical: rows, patterns: patterns, weights: weights)
  }

  /// Joins rows that differ in their response by its weighted mean.
  private init(
    _ rows: DesignRows, patterns: RowPatterns, weights: [Double]?, family: any Family
  ) {
    self.patterns = patterns
    let totalWeights = product(weights, rows.frequencies)
    var totals = [Double](repeating: 0, count: patterns.count)
    var means = totals
    for (row, pattern) in patterns.patternOfRow.enumerated() {
      let weight = totalWeights?[row] ?? 1
      totals[Int(pattern)] += weight
      means[Int(pattern)] += weight * rows.response[row]
    }
    for pattern in means.indices { means[pattern] /= totals[pattern] }

    var constants = zip(means, totals).map {
      -family.saturatedLogDensity($0, weight: $1, parameter: 1).value
    }
    for (row, pattern) in patterns.patternOfRow.enumerated() {
      let (y, weight) = (rows.response[row], weights?[row] ?? 1)
      let frequency = rows.frequencies?[row] ?? 1
      let mean = means[Int(pattern)]
      constants[Int(pattern)] += frequency * family.joinedDensity(y, weight: weight, mean: mean)
    }
    self.constants = constants
    self.rows = rows.selected(
      patterns.firstRows, response: means, weights: totals, frequencies: nil)
  }

  /// Joins rows of the same response and weight by their frequencies.
  private init(identical rows: DesignRows, patterns: RowPatterns, weights: [Double]?) {
    self.patterns = patterns
    constants = nil
    var frequencies = [Double](repeating: 0, count: patterns.count)
    for (row, pattern) in patterns.patternOfRow.enumerated() {
      frequencies[Int(pattern)] += rows.frequencies?[row] ?? 1
    }
    let first = patterns.firstRows
    self.rows = rows.selected(
      first, response: first.map { rows.response[$0] },
      weights: weights.map { weights in first.map { weights[$0] } }, frequencies: frequencies)
  }

  /// Whether other rows would be joined for another response.
  var dependsOnResponse: Bool { constants == nil }

  /// The same patterns of the same rows with another response.
  /// - Parameter rows: all rows, with that response.
  /// - Precondition: the patterns do not depend on the response.
  func replacingResponse(
    of rows: DesignRows, weights: [Double]?, family: any Family
  ) -> RowCompression {
    precondition(!dependsOnResponse, "patterns of the predictors alone")
    return RowCompression(rows, patterns: patterns, weights: weights, family: family)
  }

  /// The response of the joined rows, with the log-likelihood of all rows.
  func response(family: any Family, link: any Link) -> ResponseModel {
    ResponseModel(
      family: family, link: link, response: rows.response, weights: rows.weights,
      frequencies: rows.frequencies, constants: constants)
  }

  /// A value for each row from one for each pattern.
  func expanded(_ values: [Double]) -> [Double] {
    patterns.patternOfRow.map { values[Int($0)] }
  }

  /// A value for each pattern from those of all rows, which are the same within a pattern.
  func compressed(_ values: [Double]) -> [Double] { patterns.firstRows.map { values[$0] } }
}

extension Family {
  /// What a response adds to the constant c of a row that it is joined into, whose mean is given.
  func joinedDensity(_ y: Double, weight: Double, mean: Double) -> Double {
    let saturated = saturatedLogDensity(y, weight: weight, parameter: 1).value
    // A mean on the bound of the family's range is every row's response.
    guard y != mean else { return saturated }
    return saturated - 0.5 * weight * unitDeviance(y, mean: mean, parameter: 1)
  }

  /// Whether rows of one mean and different responses may be joined: the log-likelihood depends on the mean by sums
  /// of the weights and of the weighted responses alone, and no other parameter enters.
  var hasSufficientSums: Bool {
    switch self {
    case is Binomial, is Poisson: true
    case let family as Quasi: family.isBinomial || family.isPoisson
    default: false
    }
  }
}

extension DesignRows {
  /// Some of the rows, with other responses, weights and frequencies.
  func selected(
    _ selection: [Int], response: [Double], weights: [Double]?, frequencies: [Double]?
  ) -> DesignRows {
    var fixed: [Double] = []
    fixed.reserveCapacity(selection.count * fixedEffects.columnCount)
    for j in 0..<fixedEffects.columnCount {
      let column = j * rowCount
      for row in selection { fixed.append(fixedEffects.values[column + row]) }
    }
    return DesignRows(
      fixedEffects: Matrix(
        rowCount: selection.count, columnCount: fixedEffects.columnCount, values: fixed),
      terms: terms.map { $0.selected(selection) }, response: response, weights: weights,
      offset: offset.map { offset in selection.map { offset[$0] } },
      tableRows: selection.map { tableRows[$0] }, tableRowCount: tableRowCount,
      frequencies: frequencies)
  }
}

extension DesignRows.Term {
  /// Some of the rows; all levels are kept.
  fileprivate func selected(_ selection: [Int]) -> DesignRows.Term {
    var chosen: [Double] = []
    chosen.reserveCapacity(selection.count * dimension)
    for row in selection {
      chosen.append(contentsOf: values[row * dimension..<(row + 1) * dimension])
    }
    return DesignRows.Term(
      levelCodes: selection.map { levelCodes[$0] }, levelCount: levelCount, dimension: dimension,
      values: chosen, unstructured: unstructured)
  }
}
