// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices

/// Effects of two terms that the data cannot tell apart: both grouping factors put the same rows
/// together, and the covariates are the same but for a factor.
///
/// The distribution of the response depends on their variances through one sum.
struct CoincidingEffects: Sendable, Hashable, Codable {
  /// The terms, the one that comes first in the design first.
  let terms: [Int]
  /// For each of these terms, the effects concerned; the first of one coincides with the first of
  /// the other, and so on.
  let effects: [[Int]]

  /// What the square of a correlation, and the ratio of two levels' variances, may differ from one
  /// as rounding error.
  private static let tolerance = 1e-10

  /// - Parameter matrix: cross-products of the random effects.
  /// - Complexity: O(levels × effects²) for terms with as many levels as another, which few have.
  static func all(in matrix: BlockedMatrix) -> [CoincidingEffects] {
    let terms = matrix.layout.terms
    return terms.indices.flatMap { later in
      (0..<later).compactMap { earlier in
        guard let levels = pairedLevels(matrix.layout, later, earlier) else { return nil }
        var effects: [[Int]] = [[], []]
        for i in 0..<terms[earlier].dimension {
          for j in 0..<terms[later].dimension
          where coincide(matrix, (earlier, i), (later, j), levels: levels) {
            effects[0].append(i)
            effects[1].append(j)
          }
        }
        return effects[0].isEmpty
          ? nil : CoincidingEffects(terms: [earlier, later], effects: effects)
      }
    }
  }

  /// The level of the later term that has the same rows as each level of the earlier one, or `nil`
  /// if the two group the rows differently.
  private static func pairedLevels(
    _ layout: BlockLayout, _ later: Int, _ earlier: Int
  ) -> [Int32]? {
    let count = layout.terms[earlier].levelCount
    let pattern = layout.patterns[layout.pairIndex(later, earlier)]
    // Every level has rows: with as many blocks as levels on either side, each has one partner.
    guard layout.terms[later].levelCount == count, pattern.levels.count == count,
      zip(pattern.starts, pattern.starts.dropFirst()).allSatisfy({ $1 - $0 == 1 })
    else { return nil }
    return pattern.levels
  }

  private static func coincide(
    _ matrix: BlockedMatrix, _ first: (term: Int, effect: Int), _ second: (term: Int, effect: Int),
    levels: [Int32]
  ) -> Bool {
    let layout = matrix.layout
    let (rows, columns) = (layout.terms[second.term].dimension, layout.terms[first.term].dimension)
    let pairs = layout.pairStart[layout.pairIndex(second.term, first.term)]
    func square(_ effect: (term: Int, effect: Int), _ level: Int, _ dimension: Int) -> Double {
      matrix.values[
        layout.diagonalStart[effect.term] + (level * dimension + effect.effect) * dimension
          + effect.effect]
    }
    var ratio: Double?
    for (level, partner) in levels.enumerated() {
      let a = square(first, level, columns)
      let b = square(second, Int(partner), rows)
      let product =
        matrix.values[pairs + (level * rows + second.effect) * columns + first.effect]
      guard a > 0 || b > 0 else { continue }
      guard a > 0, b > 0, product * product >= (1 - tolerance) * a * b else { return false }
      let expected = ratio ?? b / a
      guard abs(b / a - expected) <= tolerance * expected else { return false }
      ratio = expected
    }
    return ratio != nil
  }
}
