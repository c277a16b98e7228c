// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import RealModule
import StatisticalFunctions

/// The nodes of Gauss-Hermite quadrature in one to three dimensions: every combination of the
/// nodes of the rule in one.
struct AdaptiveQuadratureGrid: Sendable {
  let dimension: Int
  /// The coordinates of the nodes z from the centre outwards, `dimension × count`, column-major.
  let nodes: [Double]
  /// `log w + z'z/2` for each node: the rule's weight relative to the normal density.
  let logWeights: [Double]

  var count: Int { logWeights.count }

  /// The most points per dimension, for one, two and three dimensions: beyond, values differ by
  /// rounding only, and the number of nodes is the power.
  static let largestPointCounts = [100, 11, 7]

  init(points: Int, dimension: Int) {
    let rule = GaussHermite(count: points)
    self.dimension = dimension
    let count = (0..<dimension).reduce(1) { product, _ in product * points }
    let grid = (0..<count).map { index in
      var rest = index
      return (0..<dimension).map { _ -> Int in
        defer { rest /= points }
        return rest % points
      }
    }
    // From the centre outwards, where summands become less: sums then keep their scale.
    let ordered = grid.sorted { left, right in
      func squaredNorm(_ places: [Int]) -> Double {
        places.reduce(0) { $0 + rule.nodes[$1] * rule.nodes[$1] }
      }
      return squaredNorm(left) < squaredNorm(right)
    }
    nodes = ordered.flatMap { $0.map { rule.nodes[$0] } }
    logWeights = ordered.map { places in
      places.reduce(0) {
        $0 + Double.log(rule.weights[$1]) + rule.nodes[$1] * rule.nodes[$1] / 2
      }
    }
  }

  /// - Throws: ``MixedModelError`` if the model has several grouping factors, or more random
  ///   effects or points than a grid is offered for.
  static func check(points: Int, terms: [RandomEffectsTerm]) throws(MixedModelError) {
    guard terms.count == 1, let term = terms.first else {
      throw .quadratureOverSeveralFactors(points: points, terms.map(\.groupingFactor))
    }
    let dimension = term.effectNames.count
    guard dimension <= largestPointCounts.count else {
      throw .quadratureOverTooManyEffects(
        points: points, term, accepted: largestPointCounts.count)
    }
    let accepted = 1...largestPointCounts[dimension - 1]
    guard accepted.contains(points) else {
      throw .quadraturePointsOutOfRange(points, term, accepted: accepted)
    }
  }
}
