// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import ModelFormulas

/// Chooses the coding of terms, in their order, so that together they have full rank where they
/// can.
///
/// A categorical factor is coded by contrasts if the term without that factor is there already,
/// since its indicators would repeat that term's columns; otherwise by all its indicators, which
/// then also span the term without it. `fulldummy(f)` always has all indicators.
///
/// One coder goes through the fixed effects, and one through the random effects of each grouping
/// factor: its memory spans all terms on that factor.
///
/// Source: StatsModels.jl 0.7, `FullRank` in `terms.jl`.
struct TermCoder {
  let schema: Schema
  /// The terms whose columns are spanned.
  private var spanned: Set<Term> = []

  init(schema: Schema) { self.schema = schema }

  /// The coding of the next term.
  /// - Throws: ``MixedModelError`` if a factor is neither numeric nor categorical.
  mutating func coding(of term: Term) throws(MixedModelError) -> TermCoding {
    let plainFactors = term.factors.map(\.withoutFullDummy)
    spanned.insert(Term(factors: plainFactors))
    var factors: [TermCoding.Factor] = []
    for (position, factor) in term.factors.enumerated() {
      if let name = try schema.categoricalColumn(in: factor, of: term) {
        var others = plainFactors
        others.remove(at: position)
        let isPromoted = spanned.insert(Term(factors: others)).inserted
        let isFull = isPromoted || factor != plainFactors[position]
        factors.append(try schema.categoricalFactor(name, isFull: isFull, in: term))
      } else if factor.isPolynomial {
        factors.append(.polynomials(factor, degree: try factor.polynomialParts().degree))
      } else {
        factors.append(.numeric(factor))
      }
    }
    return TermCoding(factors: factors)
  }
}

extension Schema {
  /// The categorical column that a factor of a term names, or `nil` if the factor is numeric.
  fileprivate func categoricalColumn(
    in factor: Expression, of term: Term
  ) throws(MixedModelError) -> String? {
    if case .variable(let name) = factor.withoutFullDummy, levels(of: name) != nil { return name }
    guard factor == factor.withoutFullDummy else { throw .fullDummyOfNumbers(factor, in: term) }
    return nil
  }

  fileprivate func categoricalFactor(
    _ name: String, isFull: Bool, in term: Term
  ) throws(MixedModelError) -> TermCoding.Factor {
    guard case .categorical(let levels, let contrasts)? = variables[name] else {
      throw .missingColumn(name)
    }
    if isFull { return .categorical(name, levels: levels, contrasts: .indicators(of: levels)) }
    guard let contrasts else { throw .singleLevel(of: name, level: levels.first, in: term) }
    return .categorical(name, levels: levels, contrasts: contrasts)
  }
}

extension Expression {
  /// `f` for `fulldummy(f)`, otherwise the expression itself.
  var withoutFullDummy: Expression {
    if case .call(FormulaFunction.fullDummy.rawValue, let arguments) = self,
      let argument = arguments.first, arguments.count == 1
    {
      argument
    } else {
      self
    }
  }
}
