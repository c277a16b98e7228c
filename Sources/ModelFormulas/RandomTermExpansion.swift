// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// A random-effects term as it stands in the syntax tree.
struct PendingRandomTerm {
  let effects: FormulaSyntax
  let grouping: FormulaSyntax
  let structure: String
  let position: Int
}

/// Expands random-effects terms in the order written: nesting, and which of them have an intercept.
///
/// A term has an intercept unless it is written with `0 +` or `- 1`, or an earlier term on the same
/// grouping factor already has one. This is the rule of MixedModels.jl; lme4 gives every term its
/// own, so a note says where the rule took effect.
struct RandomTermExpansion {
  private(set) var terms: [RandomTerm] = []
  private(set) var notes: [String] = []
  /// The terms that have the intercept of their grouping factor.
  private var withIntercept: [RandomTerm] = []

  mutating func append(_ pending: PendingRandomTerm) throws(FormulaFault) {
    var expansion = TermExpansion()
    // A bar of its own inside the effects or the grouping is found here.
    let effects = try expansion.terms(of: pending.effects)
    if let nested = expansion.randomTerms.first { throw .nestedRandomTerm(at: nested.position) }
    if effects.containsOffset { throw .offsetAmongRandomEffects(at: pending.effects.position) }
    let groupings = try Self.groupings(of: pending.grouping)
    if effects.terms.isEmpty, effects.intercept != true {
      throw .noRandomEffects(at: pending.position)
    }
    for grouping in groupings {
      append(effects, grouping: grouping, structure: pending.structure)
    }
  }

  private mutating func append(_ effects: TermList, grouping: [String], structure: String) {
    let earlier = withIntercept.first { $0.isGrouped(by: grouping) }
    let leavesIntercept = effects.intercept == nil && earlier != nil
    let hasIntercept = effects.intercept ?? (earlier == nil)
    let term = RandomTerm(
      effects: effects.sorted(includingIntercept: hasIntercept), grouping: grouping,
      structure: structure, leavesInterceptToEarlierTerm: leavesIntercept)
    guard !terms.contains(term) else { return }
    terms.append(term)
    if hasIntercept, earlier == nil { withIntercept.append(term) }
    if leavesIntercept, let earlier {
      let full = RandomTerm(
        effects: [.intercept] + term.effects, grouping: grouping, structure: structure)
      let purpose = structure == "us" ? "correlated effects" : "one of its own"
      notes.append(
        "\(term) was read as \(term.text(showingOmittedIntercept: true)), without an intercept of "
          + "its own, because \(earlier) stands before it; write \(full) for \(purpose).")
    }
  }

  // MARK: Grouping factors

  /// The grouping factors that the right of a bar stands for: several if it is nested.
  private static func groupings(
    of syntax: FormulaSyntax
  ) throws(FormulaFault) -> [[String]] {
    switch syntax.kind {
    case .name(let name): return [[name]]
    case .parentheses(let inner):
      if inner.isBar { throw .nestedRandomTerm(at: inner.withoutParentheses.position) }
      return try groupings(of: inner)
    case .chain(let first, let steps):
      var list = try groupings(of: first)
      for step in steps {
        let inner = try groupings(of: step.operand)
        guard let innermost = list.last else { break }
        switch step.symbol {
        case "/": list += inner.map { joined(innermost, $0) }
        case "&" where list.count == 1 && inner.count == 1: list = [joined(innermost, inner[0])]
        default: throw .badGrouping(at: step.position)
        }
        if list.contains(where: { $0.count > TermList.greatestOrder }) {
          throw .tooManyTerms(at: step.position)
        }
      }
      return list
    case .number, .call, .negation, .power, .bar: throw .badGrouping(at: syntax.position)
    }
  }

  private static func joined(_ outer: [String], _ inner: [String]) -> [String] {
    outer + inner.filter { !outer.contains($0) }
  }
}
