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
    let basis = OrthogonalBasis(estimable.map { Array(matrix.column($0)) })
    aliases = aliased.map { ($0, basis.coefficients(of: Array(matrix.column($0)))) }
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

/// Orthonormal columns with the triangular matrix that makes others of them: X = QR.
private struct OrthogonalBasis {
  private var columns: [[Double]] = []
  /// R, column by column.
  private var triangle: [[Double]] = []

  /// - Parameter vectors: linearly independent.
  init(_ vectors: [[Double]]) {
    for vector in vectors {
      let (projection, rest) = project(vector)
      let norm = rest.reduce(0) { $0 + $1 * $1 }.squareRoot()
      triangle.append(projection + [norm])
      columns.append(rest.map { $0 / norm })
    }
  }

  /// The coefficients with which the vectors make the given one.
  func coefficients(of vector: [Double]) -> [Double] {
    var result = project(vector).projection
    for j in result.indices.reversed() {
      result[j] /= triangle[j][j]
      for i in 0..<j { result[i] -= triangle[j][i] * result[j] }
    }
    return result
  }

  /// Gram and Schmidt's method, twice, which is enough for full accuracy.
  private func project(_ vector: [Double]) -> (projection: [Double], rest: [Double]) {
    var projection = [Double](repeating: 0, count: columns.count)
    var rest = vector
    for _ in 0..<2 {
      for (j, column) in columns.enumerated() {
        var product = 0.0
        for i in rest.indices { product += column[i] * rest[i] }
        for i in rest.indices { rest[i] -= product * column[i] }
        projection[j] += product
      }
    }
    return (projection, rest)
  }
}
