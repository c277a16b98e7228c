// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

// Small dense products and solutions, a vector at a time.

extension Matrix {
  func product(_ x: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: rowCount)
    for j in 0..<columnCount {
      for i in 0..<rowCount { result[i] += self[i, j] * x[j] }
    }
    return result
  }

  /// `L⁻¹ x`, this being the lower triangle L.
  func forwardSolution(_ x: [Double]) -> [Double] {
    var x = x
    for i in x.indices {
      for j in 0..<i { x[i] -= self[i, j] * x[j] }
      x[i] /= self[i, i]
    }
    return x
  }

  /// `L⁻ᵀ x`, this being the lower triangle L.
  func backwardSolution(_ x: [Double]) -> [Double] {
    var x = x
    for i in x.indices.reversed() {
      for j in i + 1..<max(i + 1, x.count) { x[i] -= self[j, i] * x[j] }
      x[i] /= self[i, i]
    }
    return x
  }

  /// `x'(LL')⁻¹x`, this being the lower triangle L.
  func squaredLength(_ x: [Double]) -> Double {
    forwardSolution(x).reduce(0) { $0 + $1 * $1 }
  }
}
