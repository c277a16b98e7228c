// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// An interaction of factors, each a variable or a call; one factor alone is a main effect.
///
/// The intercept is the term without factors. Terms are the operands from which formulas are built
/// at run time: `Term("reaction") ~ 1 + Term("days") + (1 + Term("days") | Term("subj"))`.
public struct Term: Sendable {
  /// The factors as written; two terms are equal if they hold the same factors in any order.
  public let factors: [Expression]

  /// A term of these factors, a repeated one counting once.
  package init(factors: [Expression]) {
    var distinct: [Expression] = []
    for factor in factors where !distinct.contains(factor) { distinct.append(factor) }
    self.factors = distinct
  }

  /// The main effect of the column `name`, which may hold any characters.
  public init(_ name: String) { factors = [.variable(name)] }

  /// The main effect of a function of columns: `Term.function("log", "x")`,
  /// `Term.function("poly", "x", 2)`.
  ///
  /// The formula made of it is refused if there is no such function.
  public static func function(_ name: String, _ arguments: Expression...) -> Term {
    Term(factors: [.call(name, arguments)])
  }
}

extension Term {
  package static let intercept = Term(factors: [])

  /// Whether this is the term without factors.
  public var isIntercept: Bool { factors.isEmpty }

  /// The number of factors: 0 for the intercept, 1 for a main effect.
  public var order: Int { factors.count }

  /// The columns that the term needs, each once, in order of appearance.
  package var variables: [String] {
    var names: [String] = []
    for factor in factors { factor.collectVariables(into: &names) }
    return names
  }

  /// The interaction of two terms.
  func interacting(with other: Term) -> Term { Term(factors: factors + other.factors) }

  /// Whether an `offset(...)` is among the factors.
  var containsOffset: Bool {
    factors.contains { factor in
      if case .call(FormulaFunction.offset.rawValue, _) = factor { true } else { false }
    }
  }
}

// MARK: - Equality

extension Term: Hashable {
  public static func == (left: Term, right: Term) -> Bool {
    left.factors == right.factors
      || (left.factors.count == right.factors.count && Set(left.factors) == Set(right.factors))
  }

  public func hash(into hasher: inout Hasher) {
    if factors.count == 1 {
      hasher.combine(factors[0])
    } else {
      hasher.combine(Set(factors))
    }
  }
}

// MARK: - Printing

extension Term: CustomStringConvertible {
  /// The factors joined by `&`, as in `service & dept`; `1` for the intercept.
  public var description: String {
    isIntercept ? "1" : factors.map(\.description).joined(separator: " & ")
  }

  /// The term as it is shown among random effects: without the word `fulldummy`.
  var descriptionAmongRandomEffects: String {
    Term(
      factors: factors.map { factor in
        if case .call(FormulaFunction.fullDummy.rawValue, let arguments) = factor,
          arguments.count == 1
        {
          return arguments[0]
        }
        return factor
      }
    ).description
  }
}
