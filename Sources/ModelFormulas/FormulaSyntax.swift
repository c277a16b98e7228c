// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The syntax tree of one side of a formula, each node with its place in the text.
///
/// A run of operators of one strength is one node, so that the depth of the tree is bounded by the
/// nesting of the text and not by its length.
struct FormulaSyntax: Sendable {
  indirect enum Kind: Sendable {
    case name(String)
    case number(Double)
    case parentheses(FormulaSyntax)
    case call(String, [FormulaSyntax])
    case negation(FormulaSyntax)
    case power(FormulaSyntax, FormulaSyntax)
    /// Operands joined from the left by `+` and `-`, by `*` and `/`, or by `&`.
    case chain(FormulaSyntax, [Step])
    case bar(FormulaSyntax, grouping: FormulaSyntax, isDouble: Bool)
  }

  /// One more operand of a chain.
  struct Step: Sendable {
    let symbol: String
    let position: Int
    let operand: FormulaSyntax
  }

  let kind: Kind
  /// The place that a message about this node points at: for an operator, the operator itself.
  let position: Int
}

extension FormulaSyntax {
  /// The node without the parentheses around it.
  var withoutParentheses: FormulaSyntax {
    var node = self
    while case .parentheses(let inner) = node.kind { node = inner }
    return node
  }

  /// Whether this is `(effects | grouping)`, in parentheses or not.
  var isBar: Bool {
    if case .bar = withoutParentheses.kind { true } else { false }
  }
}

extension FormulaSyntax.Step {
  /// The steps that `a * (b * c)` takes when read as `a * b * c`: crossing is associative, and the
  /// order of terms should not depend on how it is written.
  var unnested: [FormulaSyntax.Step] {
    guard symbol == "*", case .chain(let first, let steps) = operand.withoutParentheses.kind,
      steps.allSatisfy({ $0.symbol == "*" })
    else { return [self] }
    let start = FormulaSyntax.Step(symbol: symbol, position: position, operand: first)
    return ([start] + steps).flatMap(\.unnested)
  }
}
