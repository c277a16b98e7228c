// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelFitting

/// A model's hat matrix from its definition, with dense n × n matrices: what leverages are checked
/// against.
///
/// With `V = W⁻¹ + ZΛΛ'Z'` relative to sigma², all rows multiplied by the square roots of their
/// weights: `P = V⁻¹ - V⁻¹X (X'V⁻¹X)⁻¹ X'V⁻¹` maps the response to its conditional residuals.
struct DenseHatMatrix {
  /// `I - P`.
  let hat: Matrix
  /// The covariance of the population residuals, relative to sigma².
  let populationVariance: Matrix

  init(_ model: LinearMixedModel) {
    let n = model.observationCount
    let roots = model.weights.map { $0.squareRoot() }
    var v = Matrix(rowCount: n, columnCount: n)
    for i in 0..<n { v[i, i] = 1 }
    for group in model.randomEffects {
      guard let z = model.randomEffectsMatrix(group.groupingFactor),
        let lambda = model.relativeCovarianceFactor(group.groupingFactor)
      else { continue }
      let k = group.names.count
      for j in 0..<n {
        for i in 0..<n where z.levelCodes[i] == z.levelCodes[j] {
          for c in 0..<k {
            var left = 0.0
            var right = 0.0
            for r in c..<k {
              left += z.entries[i * k + r] * lambda[r, c]
              right += z.entries[j * k + r] * lambda[r, c]
            }
            v[i, j] += roots[i] * left * right * roots[j]
          }
        }
      }
    }
    let columns = model.fixedEffects.estimable
    var x = Matrix(rowCount: n, columnCount: columns.count)
    for (j, column) in columns.enumerated() {
      for i in 0..<n { x[i, j] = roots[i] * model.fixedEffectsMatrix[i, column] }
    }
    let vInverse = Self.inverse(v)
    let vx = Self.product(vInverse, x)
    let inner = Self.inverse(Self.product(x.transposed, vx))
    let outer = Self.product(Self.product(vx, inner), vx.transposed)
    let fixed = Self.product(Self.product(x, inner), x.transposed)
    var hat = Matrix(rowCount: n, columnCount: n)
    var variance = hat
    for j in 0..<n {
      for i in 0..<n {
        hat[i, j] = (i == j ? 1 : 0) - vInverse[i, j] + outer[i, j]
        variance[i, j] = v[i, j] - fixed[i, j]
      }
    }
    self.hat = hat
    populationVariance = variance
  }

  static func product(_ a: Matrix, _ b: Matrix) -> Matrix {
    var values = [Double](repeating: 0, count: a.rowCount * b.columnCount)
    for j in 0..<b.columnCount {
      for l in 0..<a.columnCount {
        let factor = b[l, j]
        for i in 0..<a.rowCount { values[i + j * a.rowCount] += a[i, l] * factor }
      }
    }
    return Matrix(rowCount: a.rowCount, columnCount: b.columnCount, values: values)
  }

  /// The inverse of a symmetric positive definite matrix by Gauss–Jordan elimination.
  static func inverse(_ a: Matrix) -> Matrix {
    let n = a.rowCount
    var m = a.values
    for p in 0..<n {
      let pivot = 1 / m[p + p * n]
      let column = (0..<n).map { m[$0 + p * n] }
      let row = (0..<n).map { m[p + $0 * n] }
      for j in 0..<n {
        let factor = row[j] * pivot
        for i in 0..<n { m[i + j * n] -= column[i] * factor }
      }
      for i in 0..<n {
        m[i + p * n] = -column[i] * pivot
        m[p + i * n] = row[i] * pivot
      }
      m[p + p * n] = pivot
    }
    return Matrix(rowCount: n, columnCount: n, values: m)
  }
}
