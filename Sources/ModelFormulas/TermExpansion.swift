// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The algebra of terms: what a syntax tree stands for, with `*`, `/`, `^`, removal and
/// distribution carried out.
struct TermExpansion {
  /// The random-effects terms met so far, still unexpanded.
  private(set) var randomTerms: [PendingRandomTerm] = []

  /// Adds the fixed-effects terms of one side of a formula, setting random-effects terms aside.
  mutating func terms(of syntax: FormulaSyntax) throws(FormulaFault) -> TermList {
    switch syntax.kind {
    case .name(let name): return TermList(Term(name))
    case .number(1): return TermList(.intercept)
    case .number(0): return .withoutIntercept
    case .number(let value): throw .numberAsTerm(value, at: syntax.position)
    case .parentheses(let inner):
      guard inner.isBar else { return try terms(of: inner) }
      try setAside(inner, structure: nil)
      return TermList()
    case .call(let name, let arguments):
      return try call(name, arguments, at: syntax.position)
    case .negation: return try sum(syntax, [])
    case .power(let base, let exponent):
      return try power(base, exponent, at: syntax.position)
    case .chain(let first, let steps):
      return steps.first.map { ["+", "-"].contains($0.symbol) } == true
        ? try sum(first, steps) : try product(first, steps)
    case .bar: throw .barOutsideParentheses(at: syntax.position)
    }
  }

  // MARK: Sums

  private mutating func sum(
    _ first: FormulaSyntax, _ steps: [FormulaSyntax.Step]
  ) throws(FormulaFault) -> TermList {
    var list = TermList()
    try add(first, isRemoved: false, to: &list)
    for step in steps { try add(step.operand, isRemoved: step.symbol == "-", to: &list) }
    return list
  }

  private mutating func add(
    _ operand: FormulaSyntax, isRemoved: Bool, to list: inout TermList
  ) throws(FormulaFault) {
    var operand = operand
    var isRemoved = isRemoved
    while case .negation(let inner) = operand.kind {
      operand = inner
      isRemoved.toggle()
    }
    if isRemoved {
      list.subtract(try termsWithoutRandom(of: operand))
    } else {
      list.formUnion(try terms(of: operand))
    }
  }

  // MARK: Products and powers

  private mutating func product(
    _ first: FormulaSyntax, _ steps: [FormulaSyntax.Step]
  ) throws(FormulaFault) -> TermList {
    var list = try operand(first)
    for step in steps.flatMap(\.unnested) {
      let other = try operand(step.operand)
      let result =
        switch step.symbol {
        case "*": list.crossed(with: other)
        case "/": list.nesting(other)
        default: list.interactions(with: other)
        }
      guard let result, result.terms.count <= TermList.generatedTermLimit else {
        throw .tooManyTerms(at: step.position)
      }
      list = result
    }
    return list
  }

  private mutating func power(
    _ base: FormulaSyntax, _ exponent: FormulaSyntax, at position: Int
  ) throws(FormulaFault) -> TermList {
    guard case .number(let value) = exponent.withoutParentheses.kind,
      let order = Int(exactly: value), order >= 1
    else { throw .badExponent(at: exponent.position) }
    guard let list = try operand(base).power(order) else {
      throw .tooManyTerms(at: position)
    }
    return list
  }

  /// An operand of a product: terms only, at least one, and no omitted intercept among them.
  private mutating func operand(_ syntax: FormulaSyntax) throws(FormulaFault) -> TermList {
    if case .negation = syntax.kind { throw .minusInsideInteraction(at: syntax.position) }
    let list = try termsWithoutRandom(of: syntax)
    if list.containsOffset { throw .offsetInsideInteraction(at: syntax.position) }
    if list.intercept == false { throw .noInterceptInsideInteraction(at: syntax.position) }
    if list.terms.isEmpty, list.intercept == nil { throw .nothingToCombine(at: syntax.position) }
    return list
  }

  private mutating func termsWithoutRandom(
    of syntax: FormulaSyntax
  ) throws(FormulaFault) -> TermList {
    let count = randomTerms.count
    let list = try terms(of: syntax)
    if randomTerms.count > count {
      throw .randomTermInsideInteraction(at: randomTerms[count].position)
    }
    return list
  }

  // MARK: Calls

  private mutating func call(
    _ name: String, _ arguments: [FormulaSyntax], at position: Int
  ) throws(FormulaFault) -> TermList {
    if name == "&" {
      guard let first = arguments.first else { throw .emptyParentheses(at: position) }
      return try product(
        first,
        arguments.dropFirst().map { .init(symbol: "&", position: $0.position, operand: $0) })
    }
    let isFunction = FormulaFunction(rawValue: name) != nil
    if !isFunction, let bar = arguments.first(where: \.isBar) {
      if arguments.count > 1 { throw .structureArguments(name, at: position) }
      try setAside(bar, structure: name)
      return TermList()
    }
    if FormulaFunction.covarianceStructures.contains(name) {
      throw .structureArguments(name, at: position)
    }
    return TermList(Term(factors: [try Expression(call: name, arguments, at: position)]))
  }

  private mutating func setAside(
    _ syntax: FormulaSyntax, structure: String?
  ) throws(FormulaFault) {
    let bar = syntax.withoutParentheses
    guard case .bar(let effects, let grouping, let isDouble) = bar.kind else { return }
    let name: String
    switch structure {
    case nil: name = isDouble ? "diag" : "us"
    case "zerocorr", "diag": name = "diag"
    case let other?:
      if isDouble { throw .structureWithDoubleBar(other, at: bar.position) }
      name = other
    }
    randomTerms.append(
      PendingRandomTerm(
        effects: effects, grouping: grouping, structure: name, position: bar.position))
  }
}
