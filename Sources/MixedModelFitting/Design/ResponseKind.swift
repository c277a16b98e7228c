// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors
import ModelFormulas

/// How the response becomes numbers.
package enum ResponseKind: Sendable, Hashable {
  /// A numeric column or an expression of such.
  case numeric
  /// A categorical column of two levels: the first is 0, the second 1.
  case twoLevels(failure: String, success: String)

  /// The kind of a formula's response.
  /// - Parameter family: the name of the model's family, for messages; `nil` for a linear model.
  /// - Throws: ``MixedModelError`` if the model cannot have this response.
  init(
    of response: Expression, schema: Schema, acceptsTwoLevels: Bool, family: String? = nil
  ) throws(MixedModelError) {
    if response.successesAndFailures != nil {
      guard acceptsTwoLevels else { throw .pairedResponse(response) }
      self = .numeric
      return
    }
    guard case .variable(let name) = response, let levels = schema.levels(of: name) else {
      self = .numeric
      return
    }
    guard acceptsTwoLevels else {
      throw .responseNotNumeric(name, levels: levels, family: family)
    }
    guard levels.count == 2 else { throw .responseNotOfTwoLevels(name, levels: levels) }
    self = .twoLevels(failure: levels[0], success: levels[1])
  }

  /// The response of every row.
  func values(
    of response: Expression, in evaluator: inout ColumnEvaluator
  ) throws(MixedModelError) -> [Double] {
    switch self {
    case .numeric:
      guard let (successes, failures) = response.successesAndFailures else {
        return try evaluator.values(of: response)
      }
      let trials = Expression.call("+", [successes, failures])
      return try evaluator.values(of: .call("/", [successes, trials]))
    case .twoLevels(let failure, let success):
      guard case .variable(let name) = response else { throw .pairedResponse(response) }
      return try evaluator.codes(of: name, in: [failure, success]).map { Double($0) }
    }
  }

  /// Refuses a response that does not vary.
  func check(
    _ response: Expression, in evaluator: inout ColumnEvaluator, droppedRowCount: Int
  ) throws(MixedModelError) {
    let values = try values(of: response, in: &evaluator)
    guard let first = values.first, values.allSatisfy({ $0 == first }) else { return }
    throw .constantResponse(response, value: first, droppedRowCount: droppedRowCount)
  }
}

extension Expression {
  /// The two columns of `cbind(successes, failures)`.
  var successesAndFailures: (successes: Expression, failures: Expression)? {
    guard case .call(FormulaFunction.successesAndFailures.rawValue, let arguments) = self,
      arguments.count == 2
    else { return nil }
    return (arguments[0], arguments[1])
  }
}
