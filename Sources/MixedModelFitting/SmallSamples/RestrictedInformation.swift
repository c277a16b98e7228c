// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import MixedModelErrors

/// The expected information of the REML criterion on variance parameters, as traces.
///
/// With `P = V⁻¹ - V⁻¹X(X'V⁻¹X)⁻¹X'V⁻¹` and `V_a = Z (I ⊗ B_a) Z'` for changes B_a of the relative
/// covariance matrices, the traces `tr(P V_a P V_b)` are minus the second derivatives of
/// `log|V| + log|X'V⁻¹X|` along the changes, in which V is linear. Its first derivatives are exact
/// and come from the block factor; differences of them cost one evaluation per step and need no
/// matrix as large as all random effects.
package struct RestrictedInformation: Sendable {
  /// For each pair of changes `tr(P V_a P V_b)`; last, for V itself, `tr(P V_a)` and `n - p`.
  package let matrix: Matrix

  /// The step of the differences, on the natural scale, on which the changes have length one. The
  /// formula of fourth order leaves an error of about its fourth power; rounding leaves 1e-16 over
  /// it.
  private static let step = 1e-3
  /// Two steps must not leave the positive definite matrices.
  private static let leastEigenvalue = 4 * step

  /// - Returns: `nil` if the criterion has no value near the estimates.
  /// - Complexity: four evaluations of the gradient per change, twelve where a covariance matrix is
  ///   singular.
  package init?(_ model: LinearMixedModel, changes: [CovarianceChange]) throws(MixedModelError) {
    var derivatives = try RestrictedDerivatives(model)
    let estimate = derivatives.estimate
    let least = derivatives.leastEigenvalue
    let count = changes.count
    if least >= Self.leastEigenvalue {
      guard let traces = derivatives.traces(around: estimate, changes, step: Self.step) else {
        return nil
      }
      matrix = traces
      return
    }
    // At a singular matrix: from three points inside, by the parabola through them.
    var sum = Matrix(rowCount: count + 1, columnCount: count + 1)
    for (multiple, weight) in [(1.0, 3.0), (2, -3), (3, 1)] {
      let lifted = derivatives.lifted(by: multiple * Self.leastEigenvalue)
      guard let traces = derivatives.traces(around: lifted, changes, step: Self.step) else {
        return nil
      }
      for j in 0...count {
        for i in 0...count { sum[i, j] += weight * traces[i, j] }
      }
    }
    matrix = sum
  }
}

/// The derivatives of `log|V| + log|X'V⁻¹X|` in the relative covariance matrices.
private struct RestrictedDerivatives {
  private var leastSquares: PenalizedLeastSquares
  private var derivatives = TermFactorDerivatives()
  /// Σ of each term.
  let estimate: [Matrix]
  private let naturalScales: [Matrix]
  /// The least eigenvalue of any Σ on its natural scale.
  let leastEigenvalue: Double
  private let residualDegreesOfFreedom: Double

  init(_ model: LinearMixedModel) throws(MixedModelError) {
    leastSquares = PenalizedLeastSquares(
      model.problem.crossProducts, layout: try model.problem.layout)
    residualDegreesOfFreedom = Double(model.observationCount - model.fixedEffects.count)
    let covariance = model.problem.covariance
    naturalScales = model.naturalScales
    var estimate: [Matrix] = []
    var least = Double.infinity
    for (term, scale) in naturalScales.enumerated() {
      let lambda = covariance.factor(model.internalTheta, term: term)
      let sigma = lambda.timesTransposed(lambda)
      estimate.append(sigma)
      let relative = scale.lowerCholeskyFactor?.inverseCongruence(sigma)
      least = min(least, relative.flatMap(SymmetricEigen.init)?.values.first ?? 0)
    }
    self.estimate = estimate
    leastEigenvalue = least
  }

  /// The estimate plus a share of the natural scale.
  func lifted(by share: Double) -> [Matrix] {
    zip(estimate, naturalScales).map { $0.moved($1, by: share) }
  }

  /// The information at the given matrices.
  mutating func traces(
    around center: [Matrix], _ changes: [CovarianceChange], step: Double
  ) -> Matrix? {
    let count = changes.count
    var result = Matrix(rowCount: count + 1, columnCount: count + 1)
    result[count, count] = residualDegreesOfFreedom
    guard let gradient = gradient(at: center) else { return nil }
    for (a, change) in changes.enumerated() {
      let slope = gradient[change.term].innerProduct(change.matrix)
      result[a, count] = slope
      result[count, a] = slope
      // (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h
      for (multiple, weight) in [(1.0, 8.0), (-1, -8), (2, -1), (-2, 1)] {
        var moved = center
        moved[change.term] = moved[change.term].moved(
          change.matrix, by: multiple * step)
        guard let gradient = self.gradient(at: moved) else { return nil }
        for (b, other) in changes.enumerated() {
          let change = weight / (12 * step) * gradient[other.term].innerProduct(other.matrix)
          result[a, b] -= change / 2
          result[b, a] -= change / 2
        }
      }
    }
    return result
  }

  /// `Σ_g (Z'PZ)_gg` of each term at the given covariance matrices, which are positive definite.
  private mutating func gradient(at matrices: [Matrix]) -> [Matrix]? {
    var factors: [Double] = []
    for matrix in matrices {
      guard let factor = matrix.lowerCholeskyFactor else { return nil }
      factors += factor.values
    }
    guard leastSquares.factorize(factors) == nil else { return nil }
    // The response takes no part.
    leastSquares.differentiate(
      at: leastSquares.solution(factors: factors), includesFixedEffects: true, residualWeight: 0,
      into: &derivatives)
    return leastSquares.crossProducts.layout.covarianceGradients(
      derivatives.adjoint, factors: factors)
  }
}

extension Matrix {
  fileprivate func moved(_ change: Matrix, by length: Double) -> Matrix {
    Matrix(
      rowCount: rowCount, columnCount: columnCount,
      values: zip(values, change.values).map { $0 + length * $1 })
  }
}
