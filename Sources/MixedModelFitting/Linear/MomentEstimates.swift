// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices

/// Covariances of the random effects that equate quadratic forms of the response with their
/// expectations: near the maximum of the likelihood, at the price of a part of an evaluation of it.
///
/// Let the covariance of the response be the combination `Σ σ_a V_a` of known matrices: the identity
/// for the residual variance, `Z_i Z_i'` for the variance of an effect, `Z_i Z_j' + Z_j Z_i'` for the
/// covariance of two. With M the projection off the fixed effects, the estimates solve
///
///     Σ_b tr(M V_a M V_b) σ_b = y'M V_a M y
///
/// They are unbiased, on balanced data those of the analysis of variance, and may be negative.
///
/// Source: Rao, "Estimation of variance and covariance components: MINQUE theory", J. Multivariate
/// Anal. 1 (1971), 257-275, with prior weights of zero; Goodnight, "Computing MIVQUE0 estimates of
/// variance components", SAS Technical Report R-105 (1978).
struct MomentEstimates {
  /// For each term the covariance matrix of its effects over the residual variance, k × k.
  let relativeCovariances: [Matrix]

  /// With more unknowns or larger matrices than these, the equations cost more than evaluations.
  private static let largestUnknownCount = 200
  private static let largestGramOrder = 400
  /// A pivot below this share of its diagonal entry belongs to a combination of others.
  private static let leastPivot = 1e-10
  /// A residual variance below this share of the response's, or none, says that the random effects can
  /// take up everything.
  private static let leastResidualShare = 1e-6

  /// - Parameter residualVariance: where it is known, in the squared unit in which the response is held.
  /// - Returns: `nil` if the equations are too many, or do not determine the residual variance.
  /// - Complexity: O(levels k² rank² + blocks k² (rank + k²)) where terms of k effects meet.
  init?(_ crossProducts: CrossProducts, residualVariance: Double? = nil) {
    let layout = crossProducts.layout
    let unknowns = layout.terms.map { EffectPairs(dimension: $0.dimension) }
    let count = unknowns.reduce(0) { $0 + $1.pairs.count }
    guard count <= Self.largestUnknownCount,
      layout.largestDimension * layout.borderCount <= Self.largestGramOrder,
      let forms = ProjectedForms(crossProducts)
    else { return nil }

    var equations = Matrix(rowCount: count + 1, columnCount: count + 1)
    var right = [Double].zeros(count + 1)
    var first = 0
    for (later, rows) in unknowns.enumerated() {
      let gram = forms.grams[later]
      var column = 0
      for earlier in 0...later {
        forms.addProducts(
          later, rows, earlier, unknowns[earlier], to: &equations, at: first, column)
        column += unknowns[earlier].pairs.count
      }
      let trace = forms.traces(ofTerm: later)
      for (place, pair) in rows.pairs.enumerated() {
        equations[count, first + place] = pair.weight * trace[pair.row, pair.column]
        right[first + place] = pair.weight * gram.responseProducts[pair.row, pair.column]
      }
      first += rows.pairs.count
    }
    equations[count, count] = Double(crossProducts.observationCount - crossProducts.rank)
    let responseSquare = crossProducts.matrix.values[layout.valueCount - 1]
    right[count] = responseSquare

    if let residualVariance {
      for place in 0..<count { right[place] -= residualVariance * equations[count, place] }
      (equations[count, count], right[count]) = (1, residualVariance)
      for place in 0..<count { equations[count, place] = 0 }
    }
    equations.solvePositive(&right, leastPivot: Self.leastPivot)
    let variance = right[count]
    guard right.allSatisfy(\.isFinite),
      variance * Double(crossProducts.observationCount) > Self.leastResidualShare * responseSquare
    else { return nil }
    first = 0
    relativeCovariances = unknowns.map { pairs in
      defer { first += pairs.pairs.count }
      return pairs.matrix(right[first...], dividedBy: variance)
    }
  }
}

/// The unknown entries of a symmetric matrix.
struct EffectPairs {
  struct Pair {
    let row: Int
    let column: Int
    /// How often the entry occurs in the matrix.
    var weight: Double { row == column ? 1 : 2 }
  }

  let dimension: Int
  /// The lower triangle, column by column.
  let pairs: [Pair]

  init(dimension: Int) {
    self.dimension = dimension
    pairs = (0..<dimension).flatMap { column in
      (column..<dimension).map { Pair(row: $0, column: column) }
    }
  }

  func matrix(_ values: ArraySlice<Double>, dividedBy divisor: Double) -> Matrix {
    var result = Matrix(rowCount: dimension, columnCount: dimension)
    for (pair, value) in zip(pairs, values) {
      result[pair.row, pair.column] = value / divisor
      result[pair.column, pair.row] = value / divisor
    }
    return result
  }
}

extension Matrix {
  /// Overwrites `right` with the solution of `self x = right` for a positive semidefinite matrix, of
  /// which the lower triangle is read; zero for unknowns that those before them determine.
  fileprivate func solvePositive(_ right: inout [Double], leastPivot: Double) {
    let order = rowCount
    var l = self
    for j in 0..<order {
      var pivot = self[j, j]
      for k in 0..<j { pivot -= l[j, k] * l[j, k] }
      l[j, j] = pivot > leastPivot * self[j, j] ? pivot.squareRoot() : 0
      for i in j + 1..<max(j + 1, order) {
        var sum = self[i, j]
        for k in 0..<j { sum -= l[i, k] * l[j, k] }
        l[i, j] = l[j, j] > 0 ? sum / l[j, j] : 0
      }
    }
    for i in 0..<order {
      for k in 0..<i { right[i] -= l[i, k] * right[k] }
      right[i] = l[i, i] > 0 ? right[i] / l[i, i] : 0
    }
    for i in (0..<order).reversed() {
      for k in i + 1..<max(i + 1, order) { right[i] -= l[k, i] * right[k] }
      right[i] = l[i, i] > 0 ? right[i] / l[i, i] : 0
    }
  }
}
