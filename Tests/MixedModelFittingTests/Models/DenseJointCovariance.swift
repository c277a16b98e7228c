// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import TestSupport

@testable import MixedModelFitting

/// The conditional mean squared errors of prediction from their definition, with a dense matrix.
///
/// With `K = [X ZΛ]` the inverse of `[X'WX, X'WZΛ; ΛZ'WX, ΛZ'WZΛ + I]`, times s², is the joint
/// covariance of `(β̂ - β, û - u)`: Henderson (1975), McLean & Sanders (1988).
struct DenseJointCovariance {
  private let rank: Int
  /// `(ΛZ'WZΛ + I)⁻¹`.
  private let randomInverse: Matrix
  /// `ΛZ'WX`.
  private let mixed: Matrix
  private let joint: Matrix
  private let scale: Double

  init(x: Matrix, scaledZ z: Matrix, weights: [Double], scale: Double) {
    rank = x.columnCount
    self.scale = scale
    let n = x.rowCount
    let weightedZ = Matrix(n, z.columnCount) { weights[$0] * z[$0, $1] }
    let inner = z.transposed * weightedZ + .identity(z.columnCount)
    mixed = weightedZ.transposed * x
    randomInverse = inner.inverse
    let p = rank
    let corner = x.transposed * Matrix(n, p) { weights[$0] * x[$0, $1] }
    let mixed = mixed
    joint =
      Matrix(p + z.columnCount, p + z.columnCount) { i, j in
        if i < p { return j < p ? corner[i, j] : mixed[j - p, i] }
        return j < p ? mixed[i - p, j] : inner[i - p, j - p]
      }.inverse
  }

  /// The mean squared errors of the rows `[x z]`.
  func errors(x: Matrix, scaledZ z: Matrix) -> [Double] {
    (0..<x.rowCount).map { row in
      let v = Matrix(rank + z.columnCount, 1) { i, _ in
        i < rank ? x[row, i] : z[row, i - rank]
      }
      return scale * scale * (v.transposed * (joint * v))[0, 0]
    }
  }

  /// The mean squared errors of the rows with another covariance of β̂: that of b given β, and what
  /// the mode's dependence on β carries of its uncertainty.
  func errors(x: Matrix, scaledZ z: Matrix, covariance: Matrix) -> [Double] {
    (0..<x.rowCount).map { row in
      let u = Matrix(z.columnCount, 1) { i, _ in z[row, i] }
      let carried = mixed.transposed * (randomInverse * u)
      let r = Matrix(rank, 1) { i, _ in x[row, i] - carried[i, 0] }
      return scale * scale * (u.transposed * (randomInverse * u))[0, 0]
        + (r.transposed * (covariance * r))[0, 0]
    }
  }
}
