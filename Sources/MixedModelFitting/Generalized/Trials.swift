// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors
import ModelFormulas

/// The numbers of trials that a binomial response is written with: `successes / trials` or
/// `cbind(successes, failures)`.
enum Trials {
  /// The trials of every row of a table, missing as NaN; `nil` if the family takes none or the
  /// response is of another form.
  /// - Throws: ``MixedModelError`` if the trials are not a numeric column or a number, or are zero.
  static func values(
    of response: Expression, in data: DataTable, family: any Family
  ) throws(MixedModelError) -> [Double]? {
    guard family.acceptsTwoLevelResponse else { return nil }
    let trials: [Double]
    if let (successes, failures) = response.successesAndFailures {
      let left = try column(successes, of: response, in: data)
      let right = try column(failures, of: response, in: data)
      trials = zip(left, right).map { $0 + $1 }
    } else if case .call("/", let arguments) = response, arguments.count == 2 {
      trials = try column(arguments[1], of: response, in: data)
    } else {
      return nil
    }
    if let row = trials.firstIndex(where: { $0 <= 0 }) {
      throw .trialsNotPositive(response, value: trials[row], rowNumber: row + 1)
    }
    return trials
  }

  /// The columns that the trials are read from; none where ``values(of:in:family:)`` has none.
  static func columnNames(of response: Expression, family: any Family) -> [String] {
    guard family.acceptsTwoLevelResponse else { return [] }
    if let (successes, failures) = response.successesAndFailures {
      return successes.variables + failures.variables
    }
    if case .call("/", let arguments) = response, arguments.count == 2 {
      return arguments[1].variables
    }
    return []
  }

  private static func column(
    _ expression: Expression, of response: Expression, in data: DataTable
  ) throws(MixedModelError) -> [Double] {
    switch expression {
    case .number(let value): return [Double](repeating: value, count: data.rowCount)
    case .variable(let name):
      guard case .numeric(let column) = try data.column(name) else {
        throw .trialsNotNumeric(expression, response: response)
      }
      return column.values
    case .call:
      // As in cbind(successes, size - successes).
      for name in expression.variables { _ = try data.column(name) }
      var evaluator = ColumnEvaluator(
        rows: try CompleteRows(of: expression.variables, in: data, mayBeNone: true))
      var values = [Double](repeating: .nan, count: data.rowCount)
      for (row, value) in zip(evaluator.rows.tableRows, try evaluator.values(of: expression)) {
        values[row] = value
      }
      return values
    }
  }

  /// Refuses weights that are the trials of the response, which would count them twice.
  ///
  /// In R the weights of a proportion are its trials; here the response names them.
  static func check(
    weights: String?, of response: Expression, family: any Family
  ) throws(MixedModelError) {
    guard family.acceptsTwoLevelResponse, let weights,
      case .call("/", let arguments) = response, arguments.last == .variable(weights)
    else { return }
    throw .trialsAsWeights(weights, response: response)
  }
}

extension Family {
  /// Whether responses are proportions of trials, and two levels can stand for failure and success.
  var acceptsTwoLevelResponse: Bool { meanRange == 0...1 }
}
