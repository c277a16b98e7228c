// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import MixedModelErrors

extension LinearMixedModel {
  /// The leverage of each row used: the diagonal of the matrix H that maps the response to its
  /// conditional fitted values at the estimated theta.
  ///
  /// With L the Cholesky factor of the normal equations it is `‖L⁻¹ [Λ'z; x]‖²` for a row `[z; x]`
  /// multiplied by the square root of its prior weight. The sum lies between p and p + q and counts
  /// the parameters that the fit uses. With frequency weights the leverage is that of one of the
  /// row's observations, which all count in the sum.
  ///
  /// R: `hatvalues`. MixedModels.jl: `leverage`. Source: Bates, Mächler, Bolker & Walker (2015),
  /// section 5; Hodges & Sargent (2001).
  /// - Throws: ``MixedModelError`` if the log-determinant of the fit is stochastic: there is no factor.
  /// - Complexity: a factorization, and per row one solution in the part of the factor that the row
  ///   reaches; O(n) memory besides.
  public func leverage() throws(MixedModelError) -> [Double] {
    var leastSquares = PenalizedLeastSquares(problem.crossProducts, layout: try problem.layout)
    let breakdown = leastSquares.factorize(problem.covariance.factors(internalTheta))
    precondition(breakdown == nil, "the factor of a fitted model exists")
    let weighted = WeightedModelRows(self)
    return leastSquares.cholesky.squaredSolutionNorms(
      levelCodes: problem.rows.terms.map(\.levelCodes), effects: weighted.effects,
      border: weighted.fixed, borderRows: fixedEffects.count, rowCount: problem.rows.rowCount)
  }

  /// The observations less the sum of their leverages: the effective residual degrees of freedom.
  /// - Throws: as ``leverage()``.
  /// - Complexity: that of ``leverage()``.
  public func effectiveResidualDegreesOfFreedom() throws(MixedModelError) -> Double {
    let leverage = try leverage()
    let used =
      problem.rows.frequencies.map { zip($0, leverage).reduce(0) { $0 + $1.0 * $1.1 } }
      ?? leverage.reduce(0, +)
    return Double(observationCount) - used
  }
}

/// The rows of `[ZΛ B]`, B the fixed-effects basis, each times the square root of its weight.
struct WeightedModelRows {
  /// For each term the k entries of each row side by side, `k × n`.
  let effects: [[Double]]
  /// The entries of each row side by side, `rank × n`.
  let fixed: [Double]

  init(_ model: LinearMixedModel) {
    self.init(
      model.problem.rows, weights: model.problem.rows.weights,
      factors: model.problem.covariance.termFactors(model.internalTheta),
      effectUnits: model.problem.effectUnits, basis: model.problem.crossProducts.basis)
  }

  /// - Parameter weights: `nil` if all are one.
  init(
    _ rows: DesignRows, weights: [Double]?, factors: [Matrix], effectUnits: [EffectUnits],
    basis: FixedEffectsBasis
  ) {
    let n = rows.rowCount
    let rootWeights = weights?.map { $0.squareRoot() }
    effects = rows.terms.indices.map { index in
      let term = rows.terms[index].held(in: effectUnits[index], rootWeights: nil)
      let lambda = factors[index]
      let k = term.dimension
      var result = [Double](repeating: 0, count: n * k)
      for i in 0..<n {
        let weight = rootWeights?[i] ?? 1
        for j in 0..<k {
          var sum = 0.0
          for l in j..<k { sum += lambda[l, j] * term.values[i * k + l] }
          result[i * k + j] = weight * sum
        }
      }
      return result
    }
    let rank = basis.rank
    var fixed = [Double](repeating: 0, count: n * rank)
    for (l, column) in basis.estimable.enumerated() {
      for (i, x) in rows.fixedEffects.column(column).enumerated() {
        for j in 0..<rank { fixed[i * rank + j] += basis.transform[l, j] * x }
      }
    }
    if let rootWeights {
      for i in 0..<n {
        for j in 0..<rank { fixed[i * rank + j] *= rootWeights[i] }
      }
    }
    self.fixed = fixed
  }
}
