// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import RealModule

/// A well-conditioned basis of the estimable fixed-effects columns, and the way back from it.
///
/// The basis is `B = X T`: estimable columns centred (where the model has a constant column),
/// divided by their root mean square and, where they are nearly collinear, orthogonalized. The
/// response is replaced by its residual on B; the least-squares coordinates `gamma` are added back
/// to the model's own when coefficients are asked for.
package struct FixedEffectsBasis: Sendable {
  /// The number of columns of X, aliased ones included.
  package let columnCount: Int
  /// The estimable columns, ascending.
  package let estimable: [Int]
  /// The columns left out that yet differ from a combination of earlier ones by more than rounding.
  var nearlyDetermined: [Int] = []
  /// T, `rank × rank`.
  package let transform: Matrix
  /// `log |det T|`, by which the REML criterion depends on the basis.
  package let logDeterminant: Double
  /// The least-squares coordinates of the response in the basis.
  package internal(set) var gamma: [Double]
  /// A power of two, mostly one: the unit in which the response is held.
  package internal(set) var responseScale: Double
  /// How the columns were centred, where rows at hand would do it a little differently.
  var centring: Centring?

  /// The centre and the scale of each estimable column.
  struct Centring: Sendable {
    let centres: [Double]
    let scales: [Double]
  }

  package var rank: Int { estimable.count }

  /// The same in storage of its own, as a refit to another response needs it.
  func detached() -> FixedEffectsBasis {
    FixedEffectsBasis(
      columnCount: columnCount, estimable: estimable.detached,
      transform: Matrix(rowCount: rank, columnCount: rank, values: transform.values.detached),
      logDeterminant: logDeterminant, gamma: gamma.detached, responseScale: responseScale,
      centring: centring.map {
        Centring(centres: $0.centres.detached, scales: $0.scales.detached)
      })
  }

  /// The coefficients of the estimable columns of X, from coordinates relative to ``gamma``.
  package func coefficients(_ coordinates: [Double]) -> [Double] {
    (0..<rank).map { i in
      var sum = 0.0
      for j in 0..<rank { sum += transform[i, j] * (gamma[j] + coordinates[j]) }
      return sum * responseScale
    }
  }

  /// `scale * T * phi * T'` in the response's units, for a symmetric `phi` in basis coordinates.
  package func covariance(_ phi: Matrix, scale: Double) -> Matrix {
    var half = Matrix(rowCount: rank, columnCount: rank)
    var result = half
    for j in 0..<rank {
      for i in 0..<rank {
        for k in 0..<rank { half[i, j] += transform[i, k] * phi[k, j] }
      }
    }
    let unit = scale * responseScale * responseScale
    for j in 0..<rank {
      for i in j..<rank {
        var sum = 0.0
        for k in 0..<rank { sum += half[i, k] * transform[j, k] }
        result[i, j] = unit * sum
        result[j, i] = unit * sum
      }
    }
    return result
  }
}
