// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelFitting
import TestSupport

/// Kenward and Roger's quantities by their definitions, with n × n matrices and the residual variance as
/// the last variance parameter.
struct DenseSmallSample {
  /// The derivatives of `Var(y)/σ²` in the variance parameters, n × n.
  let slopes: [Matrix]
  /// `(X'V⁻¹X)⁻¹`.
  let phi: Matrix
  /// `V⁻¹X`.
  let weighted: Matrix
  private let inverse: Matrix
  private let projection: Matrix

  init(_ model: LinearMixedModel, _ changes: [CovarianceChange]) {
    let dense = DenseModel(model.problem)
    let layout = model.problem.crossProducts.layout
    slopes =
      changes.map { change in
        var middle = Matrix(rowCount: layout.randomCount, columnCount: layout.randomCount)
        let shape = layout.terms[change.term]
        for first in stride(
          from: shape.start, to: shape.start + shape.count, by: shape.dimension)
        {
          for j in 0..<shape.dimension {
            for i in 0..<shape.dimension {
              middle[first + i, first + j] = change.matrix[i, j]
            }
          }
        }
        return dense.z * middle * dense.z.transposed
      } + [Matrix(dense.rowCount, dense.rowCount) { $0 == $1 ? 1 / dense.weights[$0] : 0 }]
    inverse = dense.relativeCovariance(model.theta).inverse
    weighted = inverse * dense.x
    phi = (dense.x.transposed * weighted).inverse
    projection = inverse - weighted * phi * weighted.transposed
  }

  /// `tr(P V_a P V_b)`.
  var information: Matrix {
    let products = slopes.map { projection * $0 }
    return Matrix(slopes.count, slopes.count) { a, b in
      zip(products[a].values, products[b].transposed.values).reduce(0) { $0 + $1.0 * $1.1 }
    }
  }

  /// `Φ X'V⁻¹ V_a V⁻¹X Φ`, the derivatives of Φ.
  var derivatives: [Matrix] {
    slopes.map { phi * weighted.transposed * $0 * weighted * phi }
  }

  /// `2Φ Σ W_ab (Q_ab - P_a Φ P_b) Φ` for the covariance matrix W of the variance parameters.
  func adjustment(_ parameterCovariance: Matrix) -> Matrix {
    let half = slopes.map { $0 * weighted }
    let p = half.map { weighted.transposed * $0 }
    var sum = Matrix(rowCount: phi.rowCount, columnCount: phi.rowCount)
    for a in slopes.indices {
      for b in slopes.indices {
        let q = half[a].transposed * inverse * half[b]
        let rest = q - p[a] * phi * p[b]
        let weight = parameterCovariance[a, b]
        sum = sum + Matrix(rest.rowCount, rest.rowCount) { weight * rest[$0, $1] }
      }
    }
    let product = phi * sum * phi
    return Matrix(product.rowCount, product.rowCount) { 2 * product[$0, $1] }
  }
}
