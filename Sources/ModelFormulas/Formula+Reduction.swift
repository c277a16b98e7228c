// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

extension Formula {
  /// The formula without one of its fixed-effects terms.
  package func removing(_ term: Term) -> Formula {
    replacing(fixedTerms: fixedTerms.filter { $0 != term }, randomTerms: randomTerms)
  }

  /// The formula with other random-effects terms, of which there may be none.
  package func replacing(randomTerms: [RandomTerm]) -> Formula {
    replacing(fixedTerms: fixedTerms, randomTerms: randomTerms)
  }

  private func replacing(fixedTerms: [Term], randomTerms: [RandomTerm]) -> Formula {
    let draft = Formula(self, source: "", fixedTerms: fixedTerms, randomTerms: randomTerms)
    return Formula(
      self, source: draft.description, fixedTerms: fixedTerms, randomTerms: randomTerms)
  }

  private init(
    _ formula: Formula, source: String, fixedTerms: [Term], randomTerms: [RandomTerm]
  ) {
    self.source = source
    response = formula.response
    self.fixedTerms = fixedTerms
    self.randomTerms = randomTerms
    offsets = formula.offsets
    notes = []
  }
}

extension RandomTerm {
  /// The term without one of its effects; `nil` if it has no other.
  package func removing(_ effect: Term) -> RandomTerm? {
    let rest = effects.filter { $0 != effect }
    return rest.isEmpty
      ? nil
      : RandomTerm(
        effects: rest, grouping: grouping, structure: structure,
        leavesInterceptToEarlierTerm: leavesInterceptToEarlierTerm)
  }
}

extension Term {
  /// Whether all factors of another term are among this one's, and more.
  package func contains(_ other: Term) -> Bool {
    order > other.order && Set(factors).isSuperset(of: other.factors)
  }
}
