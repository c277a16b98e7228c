// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors
import ModelFormulas

/// Turns expressions into numbers over the complete rows of a table, each expression once.
///
/// Constants already known (`center`, `scale`, `poly`) are applied; unknown ones are learnt from
/// these rows. A design's own evaluator learns them all, and every later one is given them.
struct ColumnEvaluator {
  let rows: CompleteRows
  private(set) var constants: [Expression: LearntConstants]
  private var results: [Expression: [Double]] = [:]
  private var polynomialResults: [Expression: [[Double]]] = [:]
  private var categoricalResults: [String: CategoricalColumn] = [:]

  init(rows: CompleteRows, constants: [Expression: LearntConstants] = [:]) {
    self.rows = rows
    self.constants = constants
  }

  /// The numbers of an expression, one per row.
  /// - Throws: ``MixedModelError`` if the expression is not numeric, its form is not accepted, or
  ///   a value is not finite.
  mutating func values(of expression: Expression) throws(MixedModelError) -> [Double] {
    if let known = results[expression] { return known }
    let result: [Double]
    switch expression {
    case .number(let value): result = [Double](repeating: value, count: rows.rowCount)
    case .variable(let name):
      guard case .numeric(let column)? = rows[name] else {
        throw .categoricalColumnAsNumbers(name, in: expression)
      }
      result = column.values
    case .call(let function, let arguments):
      result = try values(of: function, arguments, in: expression)
      try checkFinite(result, of: expression)
    }
    results[expression] = result
    return result
  }

  /// The columns of `poly(x, degree)`, one per degree.
  mutating func polynomialColumns(
    of expression: Expression
  ) throws(MixedModelError) -> [[Double]] {
    if let known = polynomialResults[expression] { return known }
    let (argument, degree) = try expression.polynomialParts()
    let argumentValues = try numbers(argument, in: expression)
    let polynomials: OrthogonalPolynomials
    if case .polynomials(let known)? = constants[expression] {
      polynomials = known
    } else {
      guard
        let learnt = OrthogonalPolynomials.basis(
          over: argumentValues, degree: degree, frequencies: rows.frequencies)?.polynomials
      else { throw .tooFewValuesForPolynomials(expression, argument: argument, degree: degree) }
      polynomials = learnt
      constants[expression] = .polynomials(learnt)
    }
    let columns = polynomials.columns(at: argumentValues)
    polynomialResults[expression] = columns
    return columns
  }

  /// The column as categories, or `nil` if it is not among the rows' columns.
  mutating func categories(of name: String) -> CategoricalColumn? {
    if let known = categoricalResults[name] { return known }
    guard let column = rows[name] else { return nil }
    let categories = column.asCategorical()
    categoricalResults[name] = categories
    return categories
  }
}

// MARK: - Calls

extension ColumnEvaluator {
  private mutating func values(
    of function: String, _ arguments: [Expression], in call: Expression
  ) throws(MixedModelError) -> [Double] {
    if let arithmetic = ArithmeticOperator(rawValue: function) {
      return try apply(arithmetic, to: arguments, in: call)
    }
    guard let function = FormulaFunction(rawValue: function) else {
      throw .unknownFunction(function, in: call, available: Expression.transformationNames)
    }
    guard function.use == .elementwise || function.use == .learnt else {
      throw .misplacedFunction(function.rawValue, in: call)
    }
    guard let argument = arguments.first, arguments.count == 1 else {
      throw .wrongArguments(of: function.rawValue, in: call, expected: "one argument")
    }
    let x = try numbers(argument, in: call)
    if function == .center { return center(x, in: call) }
    if function == .scale { return try scale(x, in: call) }
    return function.elementwise(x) ?? x
  }

  private mutating func apply(
    _ arithmetic: ArithmeticOperator, to arguments: [Expression], in call: Expression
  ) throws(MixedModelError) -> [Double] {
    switch (arithmetic, arguments.count) {
    case (.subtract, 1): return try numbers(arguments[0], in: call).map { -$0 }
    case (.add, 1): return try numbers(arguments[0], in: call)
    case (_, 2):
      var result = try numbers(arguments[0], in: call)
      if case .number(let right) = arguments[1] {
        for i in result.indices { result[i] = arithmetic(result[i], right) }
      } else {
        let right = try numbers(arguments[1], in: call)
        for i in result.indices { result[i] = arithmetic(result[i], right[i]) }
      }
      return result
    default:
      throw .wrongArguments(of: arithmetic.rawValue, in: call, expected: "two operands")
    }
  }

  /// The numbers of an argument, with a complaint about the call if it is a categorical column.
  private mutating func numbers(
    _ argument: Expression, in call: Expression
  ) throws(MixedModelError) -> [Double] {
    if case .variable(let name) = argument, case .categorical? = rows[name] {
      throw .categoricalColumnAsNumbers(name, in: call)
    }
    return try values(of: argument)
  }

  private mutating func center(_ x: [Double], in call: Expression) -> [Double] {
    let mean: Double
    if case .center(let known)? = constants[call] {
      mean = known
    } else {
      mean = LearntConstants.mean(of: x, frequencies: rows.frequencies)
      constants[call] = .center(mean: mean)
    }
    return x.map { $0 - mean }
  }

  private mutating func scale(
    _ x: [Double], in call: Expression
  ) throws(MixedModelError) -> [Double] {
    let mean: Double
    let deviation: Double
    if case .scale(let knownMean, let knownDeviation)? = constants[call] {
      (mean, deviation) = (knownMean, knownDeviation)
    } else {
      mean = LearntConstants.mean(of: x, frequencies: rows.frequencies)
      deviation = LearntConstants.standardDeviation(
        of: x, mean: mean, frequencies: rows.frequencies)
      guard deviation > 0 else { throw .scaleOfConstant(call) }
      constants[call] = .scale(mean: mean, standardDeviation: deviation)
    }
    return x.map { ($0 - mean) / deviation }
  }

  private func checkFinite(
    _ values: [Double], of call: Expression
  ) throws(MixedModelError) {
    guard let i = values.firstIndex(where: { !$0.isFinite }) else { return }
    var inputs: [(name: String, value: Double)] = []
    for name in call.variables {
      if case .numeric(let column)? = rows[name] { inputs.append((name, column.values[i])) }
    }
    throw .nonFiniteResult(of: call, rowNumber: rows.rowNumber(i), inputs: inputs)
  }
}

// MARK: - Forms of expressions

extension Expression {
  /// The functions that a formula may apply to numeric columns.
  static var transformationNames: [String] {
    FormulaFunction.allCases.filter { [.elementwise, .learnt, .basis].contains($0.use) }
      .map(\.rawValue)
  }

  /// Whether this is `poly(...)`, the one call that makes several columns.
  var isPolynomial: Bool {
    if case .call("poly", _) = self { true } else { false }
  }

  /// The argument and the degree of `poly(x, degree)`.
  func polynomialParts() throws(MixedModelError) -> (Expression, degree: Int) {
    guard case .call(_, let arguments) = self, arguments.count == 2,
      case .number(let number) = arguments[1], let degree = Int(exactly: number), degree >= 1
    else {
      throw .wrongArguments(
        of: "poly", in: self, expected: "a column and a whole number of one or more, the degree")
    }
    return (arguments[0], degree)
  }
}
