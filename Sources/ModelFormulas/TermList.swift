// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// Terms in the order written, each once, and whether an intercept was asked for or refused.
struct TermList: Sendable {
  private(set) var terms: [Term] = []
  private var members: Set<Term> = []
  /// `true` after `1`, `false` after `0` or `- 1`, `nil` where nothing was said.
  private(set) var intercept: Bool?

  /// A bound on what products and powers may generate: far above any model that can be fitted,
  /// and low enough that a slip of the pen is refused at once.
  static let generatedTermLimit = 10_000

  /// A bound on the factors of one term, for the same reason.
  static let greatestOrder = 64

  init() {}

  init(_ term: Term) { insert(term) }

  static let withoutIntercept: TermList = {
    var list = TermList()
    list.intercept = false
    return list
  }()

  /// The terms in model order: the intercept, then by order of interaction, then as written.
  func sorted(includingIntercept: Bool) -> [Term] {
    var sorted: [Term] = includingIntercept ? [.intercept] : []
    let highest = terms.reduce(0) { max($0, $1.order) }
    for order in 0..<highest { sorted += terms.filter { $0.order == order + 1 } }
    return sorted
  }

  var containsOffset: Bool { terms.contains(where: \.containsOffset) }

  // MARK: Adding and removing

  mutating func insert(_ term: Term) {
    if term.isIntercept {
      intercept = true
    } else if members.insert(term).inserted {
      terms.append(term)
    }
  }

  mutating func formUnion(_ other: TermList) {
    for term in other.terms { insert(term) }
    intercept = other.intercept ?? intercept
  }

  mutating func subtract(_ other: TermList) {
    let removed = members.intersection(other.members)
    if !removed.isEmpty {
      members.subtract(removed)
      terms.removeAll(where: removed.contains)
    }
    // As in R, taking away the missing intercept asks for one.
    if let otherIntercept = other.intercept { intercept = !otherIntercept }
  }

  // MARK: Products

  /// Every interaction of a term here with one there; `nil` if there are too many.
  func interactions(with other: TermList) -> TermList? {
    let left = operands
    let right = other.operands
    // Twenty products for each term that may result: repeated terms are found by forming them.
    if left.count * right.count > 20 * Self.generatedTermLimit { return nil }
    var list = TermList()
    for term in left {
      for factor in right {
        let interaction = term.interacting(with: factor)
        if interaction.order > Self.greatestOrder { return nil }
        list.insert(interaction)
      }
    }
    return list.terms.count > Self.generatedTermLimit ? nil : list
  }

  /// Both lists and their interactions: the operator `*`.
  func crossed(with other: TermList) -> TermList? {
    guard let interactions = interactions(with: other) else { return nil }
    var list = self
    list.formUnion(other)
    list.formUnion(interactions)
    return list
  }

  /// This list, and the other within all its factors taken together: the operator `/`.
  ///
  /// The outer factors have all their indicator columns there, as each has its own inner effects.
  func nesting(_ other: TermList) -> TermList? {
    let factors = operands.flatMap(\.factors).map { factor in
      if case .variable = factor {
        Expression.call(FormulaFunction.fullDummy.rawValue, [factor])
      } else {
        factor
      }
    }
    guard let nested = TermList(Term(factors: factors)).interactions(with: other) else {
      return nil
    }
    var list = self
    list.formUnion(nested)
    return list
  }

  /// All interactions up to an order: the operator `^`.
  func power(_ exponent: Int) -> TermList? {
    var list = self
    for _ in 1..<exponent {
      guard let interactions = list.interactions(with: self) else { return nil }
      let count = list.terms.count
      list.formUnion(interactions)
      if list.terms.count > Self.generatedTermLimit { return nil }
      // Once an order adds nothing, no higher one will.
      if list.terms.count == count { break }
    }
    return list
  }

  private var operands: [Term] { (intercept == true ? [.intercept] : []) + terms }
}
