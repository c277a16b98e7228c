// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

/// A model formula: a response, fixed-effects terms and random-effects terms.
///
/// Written as a literal, `"reaction ~ 1 + days + (1 + days | subj)"`, read from text at run time
/// with `try Formula(text)`, or built from terms,
/// `Term("reaction") ~ 1 + Term("days") + (1 + Term("days") | Term("subj"))`.
public struct Formula: Sendable {
  /// The text as the user wrote it.
  public let source: String
  /// The response as written; `successes / trials` is a call of `/`, `cbind(s, f)` one of `cbind`.
  public let response: Expression
  /// The fixed-effects terms in model order; the intercept, if present, comes first.
  public let fixedTerms: [Term]
  /// The random-effects terms in the order written, nesting and `||` expanded.
  public let randomTerms: [RandomTerm]
  /// The arguments of `offset(...)`.
  public let offsets: [Expression]
  /// Remarks on how an ambiguous form was read, each a full sentence.
  public let notes: [String]

  /// The formula that `text` stands for.
  ///
  /// - Throws: `MixedModelError` of kind `syntax`, whose message shows the text with a caret under
  ///   the place at fault; the subject is `formula(position:)`, the characters before that place.
  ///
  /// Swift reads `Formula("y ~ x")`, with the text spelled out in the call, as a literal, which
  /// traps if malformed; text held in a variable comes here.
  public init(_ text: String) throws(MixedModelError) {
    do throws(FormulaFault) {
      self = try Formula(expanding: text)
    } catch {
      throw MixedModelError(error, in: text)
    }
  }

  private init(expanding text: String) throws(FormulaFault) {
    let sides = try FormulaParser.sides(of: text)
    source = text
    response = try Expression(response: sides.response)
    var fixed = TermExpansion()
    let list = try fixed.terms(of: sides.predictors)
    var random = RandomTermExpansion()
    for pending in fixed.randomTerms { try random.append(pending) }
    var terms: [Term] = []
    var offsets: [Expression] = []
    for term in list.sorted(includingIntercept: list.intercept ?? true) {
      if term.containsOffset, case .call(_, let arguments) = term.factors[0] {
        offsets += arguments
      } else {
        terms.append(term)
      }
    }
    fixedTerms = terms
    self.offsets = offsets
    randomTerms = random.terms
    notes = random.notes
  }
}

extension Formula: ExpressibleByStringLiteral {
  /// The formula that a literal stands for; a malformed literal traps with the message that
  /// reading the same text at run time throws.
  public init(stringLiteral text: String) {
    do throws(MixedModelError) {
      let formula = try Formula(text)
      self = formula
    } catch {
      preconditionFailure(error.description)
    }
  }
}

// MARK: - Parts

extension Formula {
  /// Whether there is a fixed intercept.
  public var hasIntercept: Bool { fixedTerms.contains(where: \.isIntercept) }

  /// The columns that the model needs, each once: those of the response, of the fixed-effects
  /// terms, of the offsets, of the random effects, and the grouping factors'.
  public var variables: [String] {
    var names = response.variables
    for term in fixedTerms {
      for factor in term.factors { factor.collectVariables(into: &names) }
    }
    for offset in offsets { offset.collectVariables(into: &names) }
    for term in randomTerms {
      for name in term.effectVariables where !names.contains(name) { names.append(name) }
    }
    for name in groupingVariables where !names.contains(name) { names.append(name) }
    return names
  }

  /// The columns right of a `|`, each once, in order of appearance.
  public var groupingVariables: [String] {
    var names: [String] = []
    for name in randomTerms.flatMap(\.grouping) where !names.contains(name) { names.append(name) }
    return names
  }
}

// MARK: - Equality

extension Formula: Hashable {
  /// Formulas are equal if they stand for the same model, however written.
  public static func == (left: Formula, right: Formula) -> Bool {
    left.response == right.response && left.fixedTerms == right.fixedTerms
      && left.randomTerms == right.randomTerms && left.offsets == right.offsets
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(response)
    hasher.combine(fixedTerms)
    hasher.combine(randomTerms)
    hasher.combine(offsets)
  }
}

// MARK: - Printing

extension Formula: CustomStringConvertible {
  /// The formula with everything expanded, as MixedModels.jl prints it.
  ///
  /// Reading it gives an equal formula, except that the word `fulldummy` is not shown among random
  /// effects.
  public var description: String {
    var parts = hasIntercept ? [] : ["0"]
    parts += fixedTerms.map(\.description)
    parts += offsets.map { Expression.call(FormulaFunction.offset.rawValue, [$0]).description }
    parts += randomTerms.map(\.description)
    return "\(response) ~ \(parts.joined(separator: " + "))"
  }
}
