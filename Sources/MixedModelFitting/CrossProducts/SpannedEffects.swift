// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices

extension CrossProducts {
  /// What of a covariate may lie outside the fixed effects' columns as rounding error, in terms of
  /// squared lengths.
  private static let spanTolerance = 1e-12

  /// The effects, term by term, whose columns are combinations of the fixed effects' columns, in all
  /// levels.
  ///
  /// REML looks at what the fixed effects leave of the response, so that it knows nothing of the
  /// variances of such effects: `y ~ g + (1 | g)`.
  /// - Complexity: O(rank² levels) for terms with no more levels than fixed effects, which are few.
  var spannedEffects: [[Int]] {
    let layout = matrix.layout
    guard layout.terms.contains(where: { $0.levelCount <= rank }) else {
      return layout.terms.map { _ in [] }
    }
    guard let factor = fixedEffectsProducts.choleskyFactor else {
      return layout.terms.map { _ in [] }
    }
    return layout.terms.indices.map { term in
      let shape = layout.terms[term]
      guard shape.levelCount <= rank else { return [] }
      return (0..<shape.dimension).filter { effect in
        (0..<shape.levelCount).allSatisfy { isSpanned(term, effect, level: $0, factor) }
      }
    }
  }

  /// - Parameter factor: the Cholesky factor of the fixed effects' cross-products.
  private func isSpanned(_ term: Int, _ effect: Int, level: Int, _ factor: Matrix) -> Bool {
    let layout = matrix.layout
    let shape = layout.terms[term]
    let place = layout.diagonalStart[term] + (level * shape.dimension + effect) * shape.dimension
    let square = matrix.values[place + effect]
    let border =
      layout.borderStart + (shape.start + level * shape.dimension + effect) * layout.borderCount
    // The projection's squared length, by a solution with the factor.
    var solution = [Double](repeating: 0, count: rank)
    var projected = 0.0
    for i in 0..<rank {
      var sum = matrix.values[border + i]
      for j in 0..<i { sum -= factor[i, j] * solution[j] }
      solution[i] = sum / factor[i, i]
      projected += solution[i] * solution[i]
    }
    return square - projected <= Self.spanTolerance * square
  }
}
