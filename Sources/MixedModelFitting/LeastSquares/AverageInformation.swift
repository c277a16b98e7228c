// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices

/// The average information of covariance parameters, up to the residual variance: forward solves
/// with the factor and products with A, no pass over rows.
///
/// Source: Gilmour, Thompson & Cullis, "Average information REML", Biometrics 51 (1995), 1440-1450.
struct AverageInformation {
  /// For each parameter, `z' V_a z`.
  let sensitivities: [Double]
  /// For each pair of parameters, `f_a' Z'PZ f_b` with `f_a` the image of z under `∂(ΛΛ')/∂a`.
  let matrix: Matrix

  /// - Parameters:
  ///   - z: the random-effects cross-products with the residual.
  ///   - matrix: the cross-products A.
  ///   - cholesky: their factor for the given term factors.
  ///   - borderRowsSkipped: how many of the last rows of the border take no part.
  init(
    _ z: [Double], matrix: BlockedMatrix, cholesky: BlockedCholesky, factors: [Double],
    directions: [RelativeCovarianceFactor.Derivative], borderRowsSkipped: Int
  ) {
    let layout = matrix.layout
    let count = directions.count
    let total = layout.randomCount + layout.borderCount
    var f = [Double](repeating: 0, count: total * count)
    var sensitivities = [Double](repeating: 0, count: count)
    for (a, direction) in directions.enumerated() {
      let term = layout.terms[direction.term]
      let k = term.dimension
      let change = Self.covarianceChange(
        direction, factor: factors[layout.factorStart[direction.term]...], k)
      for level in 0..<term.levelCount {
        let first = term.start + level * k
        for i in 0..<k {
          var sum = 0.0
          for j in 0..<k { sum += change[i + j * k] * z[first + j] }
          f[(first + i) * count + a] = sum
          sensitivities[a] += sum * z[first + i]
        }
      }
    }
    var product = matrix.multiplied(by: f, count: count)
    var information = Matrix(rowCount: count, columnCount: count)
    for b in 0..<count {
      for a in b..<count {
        var sum = 0.0
        for i in 0..<layout.randomCount { sum += f[i * count + a] * product[i * count + b] }
        information[a, b] = sum
      }
    }
    layout.scaleTransposed(&product, count: count, by: factors)
    cholesky.solveForward(&product, count: count, borderRowsSkipped: borderRowsSkipped)
    for b in 0..<count {
      for a in b..<count {
        var sum = 0.0
        for i in 0..<total - borderRowsSkipped {
          sum += product[i * count + a] * product[i * count + b]
        }
        information[a, b] -= sum
        information[b, a] = information[a, b]
      }
    }
    self.sensitivities = sensitivities
    self.matrix = information
  }

  /// `E λ' + λ E'` for a direction E in which a factor λ moves, k × k.
  private static func covarianceChange(
    _ direction: RelativeCovarianceFactor.Derivative, factor: ArraySlice<Double>, _ k: Int
  ) -> [Double] {
    var change = [Double](repeating: 0, count: k * k)
    let block = direction.block
    for column in 0..<block.columnCount {
      for row in column..<block.rowCount where block[row, column] != 0 {
        let i = direction.offset + row
        let entry = block[row, column]
        for j in 0..<k {
          let product = entry * factor[factor.startIndex + j + (direction.offset + column) * k]
          change[i + j * k] += product
          change[j + i * k] += product
        }
      }
    }
    return change
  }
}
