// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors
import ModelFormulas

/// What was learnt about a model's columns from the rows it is fitted to.
///
/// With it, other rows become numbers in the same way: with the same levels, contrasts, means and
/// polynomials.
package struct Schema: Sendable {
  /// What a column is among the effects or in the response.
  package enum Variable: Sendable, Hashable {
    case numeric
    /// The levels in order, and their coding: `nil` if there is one level only.
    case categorical(levels: [String], contrasts: ContrastMatrix?)
  }

  /// The columns of the response, the fixed and the random effects, and the offsets.
  package let variables: [String: Variable]
  /// The constants of `center`, `scale` and `poly`, by the call they belong to.
  package internal(set) var constants: [Expression: LearntConstants] = [:]

  /// A contrast matrix for more levels than this would take hundreds of megabytes, and the model matrix
  /// more.
  private static let largestLevelCount = 5000

  /// Learns the kind of every named column, and the levels of the categorical ones.
  /// - Throws: ``MixedModelError`` if contrasts or level orders do not fit the levels, or if there are
  ///   too many of these.
  init(
    of names: [String], in evaluator: inout ColumnEvaluator, table: DataTable,
    options: DesignOptions
  ) throws(MixedModelError) {
    var variables: [String: Variable] = [:]
    for name in names where variables[name] == nil {
      guard let column = table[name] else { continue }
      if case .numeric = column, !options.makesCategorical(name) {
        variables[name] = .numeric
      } else {
        let levels = try occurringLevels(
          of: name, in: &evaluator, column: column, order: options.levels[name])
        guard levels.count <= Self.largestLevelCount else {
          throw .tooManyEffectLevels(
            levels.count, of: name, example: levels.last, accepted: Self.largestLevelCount)
        }
        let coding = options.contrasts[name]?.coding ?? DummyCoding()
        let contrasts = levels.count < 2 ? nil : try coding.contrasts(of: name, levels: levels)
        precondition(
          contrasts.map { $0.matrix.rowCount == levels.count } ?? true,
          "the contrasts of a column have one row per level")
        variables[name] = .categorical(levels: levels, contrasts: contrasts)
      }
    }
    self.variables = variables
  }

  /// What was learnt earlier.
  init(variables: [String: Variable], constants: [Expression: LearntConstants]) {
    self.variables = variables
    self.constants = constants
  }

  /// The levels of a categorical column, or `nil` if the column is numeric or unknown.
  package func levels(of name: String) -> [String]? {
    if case .categorical(let levels, _)? = variables[name] { levels } else { nil }
  }
}

/// The levels of a column that occur in the rows used, in the given order or their own.
///
/// A level of the whole column that no row used has may stand in the order, and is left out.
func occurringLevels(
  of name: String, in evaluator: inout ColumnEvaluator, column: Column, order: [String]?
) throws(MixedModelError) -> [String] {
  let occurring = evaluator.categories(of: name)?.occurringLevels ?? []
  guard let order else { return occurring }
  let known = Set(column.asCategorical().levels)
  var seen: Set<String> = []
  for level in order {
    guard known.contains(level) else {
      throw .unknownLevelInOrder(level, of: name, available: occurring)
    }
    guard seen.insert(level).inserted else { throw .repeatedLevelInOrder(level, of: name) }
  }
  let missing = occurring.filter { !seen.contains($0) }
  guard missing.isEmpty else { throw .levelsMissingFromOrder(missing, of: name) }
  let used = Set(occurring)
  return order.filter { used.contains($0) }
}
