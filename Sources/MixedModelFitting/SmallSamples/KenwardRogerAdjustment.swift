// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import MixedModelErrors

/// What Kenward and Roger add to the covariance matrix of the fixed effects, and the covariance matrix
/// of variance parameters from which they take degrees of freedom.
///
/// The variance parameters are chosen so that `Var(y)/σ²` is linear in them: the changes of the
/// relative covariance matrices, and V itself in place of the residual variance. With
/// `W = 2 tr(P V_a P V_b)⁻¹` and S of ``CovarianceSensitivity``, the adjustment is
///
///     2 σ² Σ_ab W_ab (B_a S)' Z'PZ (B_b S)
///
/// in which V takes no part: along it, the weights change in proportion. The double sum is one over the
/// eigenvectors of W, each with a solution of p right-hand sides.
///
/// Source: Kenward & Roger, "Small sample inference for fixed effects from restricted maximum
/// likelihood", Biometrics 53 (1997), 983-997, without second derivatives, which vanish here; Alnosaier
/// (2007), for the invariance under linear reparametrization.
package struct KenwardRogerAdjustment: Sendable {
  /// The derivatives of the covariance matrix of the fixed effects along each change, and last
  /// along V, rank × rank: the last is that covariance matrix.
  package let derivatives: [Matrix]
  /// The covariance matrix W of the variance parameters.
  package let parameterCovariance: Matrix
  /// What is added to the covariance matrix of the fixed effects.
  package let adjustment: Matrix

  /// Below this share of the largest, an eigenvalue of the information is rounding.
  private static let flatness = 1e-7

  /// - Returns: `nil` if the criterion has no value near the estimates.
  package init?(_ model: LinearMixedModel) throws(MixedModelError) {
    let sensitivity = try CovarianceSensitivity(model)
    let changes = model.linearChanges
    guard let information = try RestrictedInformation(model, changes: changes),
      let inverse = information.matrix.pseudoInverse(flatness: Self.flatness)
    else { return nil }
    parameterCovariance = inverse.scaled(by: 2)
    derivatives =
      changes.map(sensitivity.derivative(along:)) + [model.fixedEffects.covariance]
    guard
      let adjustment = try Self.adjustment(
        model, sensitivity, changes, parameterCovariance.block(0..<changes.count))
    else { return nil }
    self.adjustment = adjustment
  }

  private static func adjustment(
    _ model: LinearMixedModel, _ sensitivity: CovarianceSensitivity,
    _ changes: [CovarianceChange], _ covariance: Matrix
  ) throws(MixedModelError) -> Matrix? {
    guard let eigen = SymmetricEigen(covariance) else { return nil }
    let rank = sensitivity.rank
    let crossProducts = model.problem.crossProducts
    let layout = crossProducts.layout
    let factors = model.problem.covariance.factors(model.internalTheta)
    let cholesky = try model.factorized().cholesky
    var sum = [Double](repeating: 0, count: rank * rank)
    for (index, value) in eigen.values.enumerated() where value > 0 {
      // (ΣB) S for the combination of changes that the eigenvector stands for.
      var moved = [Double](
        repeating: 0, count: (layout.randomCount + layout.borderCount) * rank)
      for (place, change) in changes.enumerated() {
        sensitivity.addImage(
          of: change, factor: eigen.vectors[place, index], shape: layout.terms[change.term],
          to: &moved)
      }
      var product = crossProducts.matrix.multiplied(by: moved, count: rank)
      let weight = 2 * value * model.dispersion
      addProduct(&sum, rank, moved, product, count: layout.randomCount, scale: weight)
      layout.scaleTransposed(&product, count: rank, by: factors)
      cholesky.solveForward(&product, count: rank, borderRowsSkipped: 1)
      addProduct(
        &sum, rank, product, product, count: layout.randomCount + layout.borderCount - 1,
        scale: -weight)
    }
    var result = Matrix(rowCount: rank, columnCount: rank, values: sum)
    for j in 0..<rank {
      for i in 0..<j {
        let mean = (result[i, j] + result[j, i]) / 2
        result[i, j] = mean
        result[j, i] = mean
      }
    }
    return result
  }

  /// Adds `scale * A'B` for the first `count` rows of A and B, whose entries stand side by side.
  private static func addProduct(
    _ sum: inout [Double], _ rank: Int, _ a: [Double], _ b: [Double], count: Int, scale: Double
  ) {
    sum.withUnsafeMutableBufferPointer { sum in
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          guard let sum = sum.baseAddress, let a = a.baseAddress, let b = b.baseAddress
          else { return }
          multiply(
            DenseFactor(a, leadingDimension: rank),
            DenseFactor(b, leadingDimension: rank, isTransposed: true),
            rowCount: rank, columnCount: rank, inner: count, scale: scale, into: sum,
            leadingDimension: rank, kept: 1)
        }
      }
    }
  }
}

extension CovarianceSensitivity {
  /// Adds `factor * (I ⊗ B) S` in the rows of the change's term.
  fileprivate func addImage(
    of change: CovarianceChange, factor: Double, shape: BlockShape, to sum: inout [Double]
  ) {
    let k = shape.dimension
    for j in 0..<k {
      for i in 0..<k where change.matrix[i, j] != 0 {
        let entry = factor * change.matrix[i, j]
        for first in stride(from: shape.start, to: shape.start + shape.count, by: k) {
          for c in 0..<rank {
            sum[(first + i) * rank + c] += entry * values[(first + j) * rank + c]
          }
        }
      }
    }
  }
}
