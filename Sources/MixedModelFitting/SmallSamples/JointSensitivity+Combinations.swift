// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices

extension JointSensitivity {
  /// The derivatives of the covariance matrix of `H (β̂ - β) + K (b̂ - b)` along each change, `r × r`.
  /// - Parameters:
  ///   - fixedEffects: H, r × rank.
  ///   - randomEffects: K, r × q, in units of the data.
  /// - Complexity: r solutions with the factor to either side.
  package func slopes(fixedEffects: Matrix, randomEffects: Matrix) -> [Matrix] {
    let count = fixedEffects.rowCount
    var z = [Double](repeating: 0, count: layout.randomCount * count)
    var carried = [[Double]](repeating: [Double](repeating: 0, count: fixed.rank), count: count)
    for (term, shape) in layout.terms.enumerated() {
      for level in 0..<shape.levelCount {
        let first = shape.start + level * shape.dimension
        for c in 0..<count {
          let values = effectUnits[term].held(
            (0..<shape.dimension).map { randomEffects[c, first + $0] })
          guard values.contains(where: { $0 != 0 }) else { continue }
          for (i, value) in values.enumerated() { z[(first + i) * count + c] = value }
          let share = self.carried([LevelEffects(term: term, level: level, values: values)])
          for l in share.indices { carried[c][l] += share[l] }
        }
      }
    }
    var r = images(of: z, count: count)
    for c in 0..<count {
      let u = carried[c].indices.map { fixedEffects[c, $0] - carried[c][$0] }
      for place in 0..<layout.randomCount {
        for l in u.indices { r[place * count + c] -= fixed.values[place * fixed.rank + l] * u[l] }
      }
    }
    return changes.map { quadraticForm(of: r, count: count, along: $0) }
  }

  /// `σ² R'(I ⊗ B)R` for the vectors R, `count` values per random effect side by side.
  private func quadraticForm(
    of r: [Double], count: Int, along change: CovarianceChange
  ) -> Matrix {
    let shape = layout.terms[change.term]
    let k = shape.dimension
    var result = Matrix(rowCount: count, columnCount: count)
    for first in stride(from: shape.start, to: shape.start + shape.count, by: k) {
      for j in 0..<k {
        for i in 0..<k where change.matrix[i, j] != 0 {
          let entry = dispersion * change.matrix[i, j]
          for right in 0..<count {
            let product = entry * r[(first + j) * count + right]
            for left in 0..<count {
              result[left, right] += r[(first + i) * count + left] * product
            }
          }
        }
      }
    }
    return result
  }
}
