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
      if case .numeric(let column) = try data.column(name) { return column.values }
    case .call: break
    }
    throw .trialsNotNumeric(expression, response: response)
  }
}

extension Family {
  /// Whether responses are proportions of trials, and two levels can stand for failure and success.
  var acceptsTwoLevelResponse: Bool { meanRange == 0...1 }
}
