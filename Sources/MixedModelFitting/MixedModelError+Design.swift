// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import ModelFormulas

// MARK: - Columns

extension MixedModelError {
  static func unknownColumn(
    _ name: String, place: String, available: [String]
  ) -> MixedModelError {
    MixedModelError(
      .unknownName, .column(name), problem: "There is no column \"\(name)\", \(place).",
      remedy: sentences(suggestion(for: name, in: available), columnList(available)))
  }

  static func missingColumn(_ name: String, available: [String] = []) -> MixedModelError {
    MixedModelError(
      .unknownName, .column(name),
      problem: "There is no column \"\(name)\" in these data, and the model reads it.",
      remedy: available.isEmpty
        ? "" : sentences(suggestion(for: name, in: available), columnList(available)))
  }

  static func optionForUnusedColumn(
    _ name: String, option: String, used: [String]
  ) -> MixedModelError {
    MixedModelError(
      .unknownName, .option(option),
      problem: "The option \(option) names \"\(name)\", which is not a column of the model.",
      remedy: sentences(
        suggestion(for: name, in: used), "The model uses: \(used.joined(separator: ", "))."))
  }

  static func categoricalColumnAsNumbers(
    _ name: String, in expression: Expression
  ) -> MixedModelError {
    let use = if case .variable = expression { "" } else { ", used in \(expression)," }
    return MixedModelError(
      .model, .column(name), problem: "The column \"\(name)\"\(use) is categorical, not numeric.",
      remedy: "Arithmetic and functions need a numeric column.")
  }

  static func categoricalOptionColumn(_ name: String, option: String) -> MixedModelError {
    MixedModelError(
      .data, .column(name),
      problem: "The column \"\(name)\", named as the \(option), is categorical, not numeric.",
      remedy: "Name a numeric column as the \(option).")
  }
}

// MARK: - Rows and values

extension MixedModelError {
  static func emptyTable() -> MixedModelError {
    MixedModelError(
      .data, .nothing, problem: "The data have no rows.",
      remedy: "A model needs at least one row of data.")
  }

  static func noCompleteRow(
    missing: [(name: String, count: Int)], rowCount: Int
  ) -> MixedModelError {
    let worst = missing.enumerated().sorted {
      $0.element.count == $1.element.count
        ? $0.offset < $1.offset : $0.element.count > $1.element.count
    }.prefix(3).map(\.element)
    let list = worst.map { "\"\($0.name)\" (\($0.count) of \(rowCount))" }.joined(separator: ", ")
    return MixedModelError(
      .data, .column(worst.first?.name ?? ""),
      problem: "No row is complete: each has a missing value in a column that the model uses.",
      remedy: "Most values are missing in \(list); leave such a column out of the model.")
  }

  static func infiniteValue(in name: String, rowNumber: Int) -> MixedModelError {
    MixedModelError(
      .data, .row(rowNumber), problem: "The column \"\(name)\" is infinite in row \(rowNumber).",
      remedy: "Leave the value empty if it is unknown; the row is then left out.")
  }

  static func nonFiniteResult(
    of call: Expression, rowNumber: Int, inputs: [(name: String, value: Double)]
  ) -> MixedModelError {
    let list = inputs.map { "\($0.name) is \(numberText($0.value))" }.joined(separator: " and ")
    return MixedModelError(
      .data, .row(rowNumber),
      problem: "\(call) is not a finite number in row \(rowNumber), where \(list).",
      remedy: "Leave that row out, or transform the column differently.")
  }

  static func weightNotPositive(
    _ value: Double, in name: String, rowNumber: Int
  ) -> MixedModelError {
    guard value != 0 else {
      return MixedModelError(
        .data, .row(rowNumber),
        problem: "The weight in column \"\(name)\" is zero in row \(rowNumber).",
        remedy: "Weights must be positive; leave the row out instead.")
    }
    return MixedModelError(
      .data, .row(rowNumber),
      problem: "The weight in column \"\(name)\" is negative in row \(rowNumber): "
        + "\(numberText(value)).",
      remedy: "Weights must be positive.")
  }
}

// MARK: - Response

extension MixedModelError {
  /// - Parameter family: the name of the model's family; `nil` for a linear model.
  static func responseNotNumeric(
    _ name: String, levels: [String], family: String?
  ) -> MixedModelError {
    MixedModelError(
      .model, .column(name),
      problem: "The response \"\(name)\" is not numeric: it has the levels \(levelList(levels)).",
      remedy: (family.map { "The \($0) family" } ?? "A linear model") + " needs a numeric response"
        + (levels.count == 2
          ? "; for one of two levels choose the bernoulli family (--family bernoulli)."
          : "; the bernoulli family accepts one of two levels."))
  }

  static func responseNotOfTwoLevels(_ name: String, levels: [String]) -> MixedModelError {
    MixedModelError(
      .model, .column(name),
      problem: "The categorical response \"\(name)\" has \(counted(levels.count, "level")) "
        + "in the rows used: \(levelList(levels)).",
      remedy: "It needs exactly two: failure, then success.")
  }

  static func pairedResponse(_ response: Expression) -> MixedModelError {
    MixedModelError(
      .model, .term(response.description),
      problem: "The response \(response) is a pair of counts, which is for binomial models.",
      remedy: "Choose the binomial family, or give one numeric response.")
  }

  static func constantResponse(
    _ response: Expression, value: Double, droppedRowCount: Int
  ) -> MixedModelError {
    let dropped =
      droppedRowCount == 0
      ? "" : " (\(counted(droppedRowCount, "row")) with missing values left out)"
    return MixedModelError(
      .model, .column(response.plainDescription),
      problem: "The response \(response.plainDescription) is constant: it is \(numberText(value)) "
        + "in every row used\(dropped).",
      remedy: "There is no variation for a model to explain.")
  }
}

// MARK: - Transformations

extension MixedModelError {
  static func unknownFunction(
    _ name: String, in call: Expression, available: [String]
  ) -> MixedModelError {
    MixedModelError(
      .unknownName, .term(call.description),
      problem: "There is no function \"\(name)\", used in \(call).",
      remedy: sentences(
        suggestion(for: name, in: available), "Functions: \(available.joined(separator: ", "))."))
  }

  static func misplacedFunction(_ name: String, in call: Expression) -> MixedModelError {
    MixedModelError(
      .model, .term(call.description),
      problem: "\(call) does not give one column of numbers, and one is needed here.",
      remedy: "Use \(name)(...) as a term of its own or in an interaction, not within a function "
        + "or in the response.")
  }

  static func wrongArguments(
    of name: String, in call: Expression, expected: String
  ) -> MixedModelError {
    MixedModelError(
      .model, .term(call.description), problem: "The arguments of \(name) in \(call) do not fit.",
      remedy: "It takes \(expected).")
  }

  static func scaleOfConstant(_ call: Expression) -> MixedModelError {
    MixedModelError(
      .model, .term(call.description),
      problem: "\(call) divides by a standard deviation of zero: "
        + "the values are equal in all rows used.",
      remedy: "Leave the term out; a constant column adds nothing to the intercept.")
  }

  static func tooFewValuesForPolynomials(
    _ call: Expression, argument: Expression, degree: Int
  ) -> MixedModelError {
    MixedModelError(
      .model, .term(call.description),
      problem: "\(call) needs more than \(counted(degree, "distinct value")) of \(argument), "
        + "and the rows used have no more.",
      remedy: "Choose a lower degree.")
  }
}

extension MixedModelError {
  /// The same error with remarks that may tell its cause.
  func adding(_ remarks: [String]) -> MixedModelError {
    let remedy = ([remedy] + remarks).filter { !$0.isEmpty }.joined(separator: " ")
    return MixedModelError(kind, subject, problem: problem, remedy: remedy)
  }
}

// MARK: - Sentences

/// The given sentences, empty ones left out.
func sentences(_ parts: String...) -> String {
  parts.filter { !$0.isEmpty }.joined(separator: " ")
}

/// `1 row`, `2 rows`.
func counted(_ count: Int, _ noun: String) -> String {
  count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
}

/// A number as a reader expects it: whole numbers without a decimal point.
func numberText(_ value: Double) -> String {
  Int(exactly: value).map { String($0) } ?? "\(value)"
}

/// The levels in quotes; a long list is cut short.
func levelList(_ levels: [String]) -> String { quotedList(levels, limit: 12) }

private func columnList(_ names: [String]) -> String {
  let shown = 30
  let list = names.sorted().prefix(shown).joined(separator: ", ")
  return names.count > shown
    ? "Columns: \(list) and \(names.count - shown) more." : "Columns: \(list)."
}

func quotedList(_ names: [String], limit: Int) -> String {
  let list = names.prefix(limit).map { "\"\($0)\"" }.joined(separator: ", ")
  return names.count > limit ? "\(list) and \(names.count - limit) more" : list
}
