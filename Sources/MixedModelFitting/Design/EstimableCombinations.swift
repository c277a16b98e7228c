// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import MixedModelErrors

/// Tells which combinations of the coefficients the data determine.
///
/// An aliased column of the model matrix is a combination `Σ a_j x_j` of the others. A combination
/// `l'β` is estimable if l is one of rows of the matrix, which is to say if its entries satisfy the
/// same equations, `l_aliased = Σ a_j l_j`; it then is the combination of the estimable coefficients
/// alone.
///
/// Source: S. R. Searle, Linear Models (1971), section 5.4.
package struct EstimableCombinations: Sendable {
  private let estimable: [Int]
  /// For each aliased column, its number and the `a_j`, one per estimable column.
  private let aliases: [(column: Int, coefficients: [Double])]

  /// The deviation from an equation, beside the size of its terms, that counts as rounding.
  private static let tolerance = 1e-8

  /// - Parameter data: the table of the fit; needed if a column is aliased.
  /// - Throws: ``MixedModelError`` if the data are needed and not there or not those of the fit.
  /// - Complexity: O(n rank (rank + aliased)) if a column is aliased.
  package init(of model: some MixedModel, data: DataTable?) throws(MixedModelError) {
    estimable = model.fixedEffects.estimable
    let columnCount = model.fixedEffects.allNames.count
    let aliased = (0..<columnCount).filter { !model.fixedEffects.estimable.contains($0) }
    guard !aliased.isEmpty else {
      aliases = []
      return
    }
    guard let data else { throw .estimabilityNeedsData(model.fixedEffects.aliasedNames) }
    let matrix = try model.design.rows(of: data).fixedEffects
    var basis = OrthogonalColumns()
    for column in estimable { basis.append(matrix.column(column)) }
    aliases = aliased.map { ($0, basis.coefficients(of: matrix.column($0))) }
  }

  /// Whether the data determine the combination, which has an entry for every column.
  package func contains(_ combination: [Double]) -> Bool {
    aliases.allSatisfy { alias in
      var difference = combination[alias.column]
      var size = abs(difference)
      for (column, coefficient) in zip(estimable, alias.coefficients) {
        difference -= coefficient * combination[column]
        size += abs(coefficient * combination[column])
      }
      return abs(difference) <= Self.tolerance * max(size, 1)
    }
  }

  /// The entries of the estimable columns.
  package func reduced(_ combination: [Double]) -> [Double] { estimable.map { combination[$0] } }
}
