// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The lower-triangular factor `λ` of a covariance matrix `λ λ'`, and what that says of its effects.
package struct CovarianceFactor: Sendable {
  /// k × k, column-major.
  private let entries: ArraySlice<Double>
  private let dimension: Int

  package init(_ entries: ArraySlice<Double>, dimension: Int) {
    self.entries = entries
    self.dimension = dimension
  }

  /// The covariance of effects `i` and `j`.
  package func covariance(_ i: Int, _ j: Int) -> Double {
    var sum = 0.0
    for column in 0...min(i, j) {
      let start = entries.startIndex + column * dimension
      sum += entries[start + i] * entries[start + j]
    }
    return sum
  }

  /// The standard deviation of effect `i`.
  package func norm(_ i: Int) -> Double { covariance(i, i).squareRoot() }

  /// The correlation of effects `i` and `j`; `nil` where one does not vary.
  package func correlation(_ i: Int, _ j: Int) -> Double? {
    let (left, right) = (norm(i), norm(j))
    guard left > 0, right > 0 else { return nil }
    // Rounding could leave the range by a unit in the last place.
    return i == j ? 1 : min(1, max(-1, covariance(i, j) / (left * right)))
  }
}
