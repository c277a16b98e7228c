// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// Reading syntax as arithmetic: inside calls and on the response side, where `+ - * / ^` compute.
extension Expression {
  /// A bound on how deep an expression is, so that walking it cannot exhaust the stack.
  private static let greatestDepth = 200

  /// The call of a function among the predictors.
  init(
    call name: String, _ arguments: [FormulaSyntax], at position: Int
  ) throws(FormulaFault) {
    let function = try FormulaFunction(name, arguments, at: position)
    switch function.use {
    case .elementwise, .learnt, .offset:
      self = .call(name, [try Expression(arithmetic: arguments[0], depth: 1)])
    case .basis:
      let column = try Expression(arithmetic: arguments[0], depth: 1)
      guard case .number(let value) = arguments[1].withoutParentheses.kind,
        let degree = Int(exactly: value), degree >= 1
      else { throw .badDegree(at: arguments[1].position) }
      self = .call(name, [column, .number(value)])
    case .coding:
      guard case .name(let column) = arguments[0].withoutParentheses.kind else {
        throw .fullDummyNeedsColumn(at: arguments[0].position)
      }
      self = .call(name, [.variable(column)])
    case .response: throw .cbindAmongPredictors(at: position)
    }
  }

  /// The response: one column, a ratio, or `cbind` of two columns.
  init(response syntax: FormulaSyntax) throws(FormulaFault) {
    if case .call(let name, let arguments) = syntax.withoutParentheses.kind,
      name == FormulaFunction.successesAndFailures.rawValue
    {
      _ = try FormulaFunction(name, arguments, at: syntax.position)
      var operands: [Expression] = []
      for argument in arguments { operands.append(try Expression(arithmetic: argument, depth: 1)) }
      self = .call(name, operands)
    } else {
      self = try Expression(arithmetic: syntax, depth: 0)
    }
    if variables.isEmpty { throw .responseWithoutColumn(at: syntax.position) }
  }

  private init(arithmetic syntax: FormulaSyntax, depth: Int) throws(FormulaFault) {
    if depth > Self.greatestDepth { throw .arithmeticTooLong(at: syntax.position) }
    switch syntax.kind {
    case .name(let name): self = .variable(name)
    case .number(let value): self = .number(value)
    case .parentheses(let inner): self = try Expression(arithmetic: inner, depth: depth)
    case .negation(let inner):
      self = .call("-", [try Expression(arithmetic: inner, depth: depth + 1)])
    case .power(let base, let exponent):
      self = .call(
        "^",
        [
          try Expression(arithmetic: base, depth: depth + 1),
          try Expression(arithmetic: exponent, depth: depth + 1),
        ])
    case .chain(let first, let steps):
      if steps.count > Self.greatestDepth { throw .arithmeticTooLong(at: syntax.position) }
      // The first operand ends up below all the steps, each later one below those after it.
      var result = try Expression(arithmetic: first, depth: depth + steps.count)
      for (index, step) in steps.enumerated() {
        if step.symbol == "&" { throw .interactionInArithmetic(at: step.position) }
        let operand = try Expression(
          arithmetic: step.operand, depth: depth + steps.count - index)
        result = .call(step.symbol, [result, operand])
      }
      self = result
    case .call("&", _): throw .interactionInArithmetic(at: syntax.position)
    case .call(let name, let arguments):
      let function = try FormulaFunction(name, arguments, at: syntax.position)
      guard function.givesOneColumn else { throw .notOneColumn(function, at: syntax.position) }
      self = .call(name, [try Expression(arithmetic: arguments[0], depth: depth + 1)])
    case .bar(_, _, let isDouble):
      throw .notArithmetic(isDouble ? "||" : "|", at: syntax.position)
    }
  }
}

extension FormulaFunction {
  /// The function of this name, checked to have as many arguments as it takes.
  fileprivate init(
    _ name: String, _ arguments: [FormulaSyntax], at position: Int
  ) throws(FormulaFault) {
    guard let function = FormulaFunction(rawValue: name) else {
      var column: String?
      if case .name(let argument)? = arguments.first?.kind { column = argument }
      throw .unknownFunction(name, of: column, at: position)
    }
    guard arguments.count == function.argumentCount else {
      throw .wrongArgumentCount(function, at: position)
    }
    self = function
  }
}
