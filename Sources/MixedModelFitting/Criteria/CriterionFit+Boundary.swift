// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

// The ways down from a singular covariance matrix.

extension CriterionFit {
  /// Parameters with a lower criterion next to these if some covariance matrix is singular and
  /// variance in a new direction would pay; `nil` at a minimum.
  mutating func descentFromBoundary() -> [Double]? {
    for condition in boundarySlopes() where condition.slope < -Certificate.slopeTolerance {
      let (lowest, next) = lowestAlong(condition)
      if lowest < value - Certificate.slopeTolerance / 10 { return next }
    }
    return nil
  }

  /// The lowest criterion when variance is added in the direction of a slope, by sizes from that of
  /// the term down to a thousandth of it, and where that is.
  mutating func lowestAlong(
    _ condition: BoundarySlope
  ) -> (value: Double, parameters: [Double]) {
    let piece = condition.piece
    let theta = theta
    let first = objective.thetaRange.lowerBound
    var lowest = (value: Double.infinity, parameters: parameters)
    for size in [1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001] {
      var next = parameters
      next.replaceSubrange(
        first + piece.parameters.lowerBound..<first + piece.parameters.upperBound,
        with: piece.structure.parameters(
          theta[piece.parameters], dimension: piece.rows.count,
          addingVarianceAlong: condition.direction.map { $0 * size * condition.scale }))
      let nextValue = objective.value(at: next)
      if nextValue < lowest.value { lowest = (nextValue, next) }
    }
    return lowest
  }

  struct BoundarySlope {
    let piece: RelativeCovarianceFactor.PieceView
    let direction: [Double]
    /// The size of the term's factor.
    let scale: Double
    /// The slope for a hundredth of the term's variance.
    let slope: Double
  }

  /// The steepest added variance of every singular piece.
  mutating func boundarySlopes() -> [BoundarySlope] {
    let theta = theta
    let singular = objective.covariance.pieces.filter { piece in
      let lambda = piece.structure.termFactor(theta[piece.parameters], dimension: piece.rows.count)
      return (0..<piece.rows.count).contains { lambda[$0, $0] == 0 }
    }
    guard !singular.isEmpty, let gradients = objective.covarianceGradients(at: parameters) else {
      return []
    }
    return singular.map { piece in
      let largest = theta[piece.parameters].reduce(0) { max($0, abs($1)) }
      let scale = largest > 0 ? largest : 1
      let (direction, slope) = piece.structure.steepestDirection(
        gradients[piece.term].block(piece.rows))
      return BoundarySlope(
        piece: piece, direction: direction, scale: scale, slope: slope * scale * scale / 100)
    }
  }
}
