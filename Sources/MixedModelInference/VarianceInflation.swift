// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import MixedModelFitting
import RealModule

/// How much the correlation of a term's coefficients with those of the other terms adds to their
/// variances.
///
/// `det R₁ det R₂ / det R` for the correlation matrix R of the estimates without the intercept, R₁
/// the part of the term and R₂ the rest.
///
/// R: `car::vif`, `performance::check_collinearity`. Source: Fox & Monette, "Generalized collinearity
/// diagnostics", JASA 87 (1992).
public struct VarianceInflation: Sendable, Hashable {
  /// The term as the formula shows it.
  public let term: String
  /// Its estimable coefficients.
  public let degreesOfFreedom: Int
  /// One where the term is not correlated with others.
  public let factor: Double

  /// The factor's 2d-th root for d coefficients: that of a standard error, comparable between terms.
  public var standardErrorFactor: Double {
    Double.pow(factor, 1 / (2 * Double(degreesOfFreedom)))
  }
}

extension MixedModel {
  /// The variance inflation of each fixed-effects term with estimable coefficients but the intercept.
  /// - Throws: ``MixedModelError`` if there are fewer than two such terms.
  public func varianceInflation() throws(MixedModelError) -> [VarianceInflation] {
    var places: [(term: String, places: [Int])] = []
    for (term, columns) in zip(design.formula.fixedTerms, design.fixedTermColumns)
    where !term.factors.isEmpty {
      let own = fixedEffects.estimable.indices.filter {
        columns.contains(fixedEffects.estimable[$0])
      }
      if !own.isEmpty { places.append((term.description, own)) }
    }
    guard places.count > 1 else { throw .tooFewTermsForInflation() }
    let correlation = fixedEffects.correlation
    let all = places.flatMap(\.places)
    let whole = correlation.logDeterminant(of: all)
    return places.map { term, own in
      let rest = all.filter { !own.contains($0) }
      let logarithm =
        correlation.logDeterminant(of: own) + correlation.logDeterminant(of: rest) - whole
      return VarianceInflation(
        term: term, degreesOfFreedom: own.count, factor: Double.exp(logarithm))
    }
  }
}

extension Matrix {
  /// The log-determinant of some rows and columns; NaN if they are not positive definite.
  fileprivate func logDeterminant(of places: [Int]) -> Double {
    var block = Matrix(rowCount: places.count, columnCount: places.count)
    for (j, column) in places.enumerated() {
      for (i, row) in places.enumerated() { block[i, j] = self[row, column] }
    }
    guard let factor = block.lowerCholeskyFactor else { return .nan }
    return places.indices.reduce(0) { $0 + 2 * Double.log(factor[$1, $1]) }
  }
}
