// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// The order in which a fit holds the effects of each term.
///
/// A criterion depends on covariance matrices only, so that their triangular factors may take the
/// effects in any order, as the pivots of a Cholesky factorization. The choice matters where a
/// covariance matrix is nearly singular. If an effect with hardly any variance comes first, its
/// small entry `λ_cc` stands above large ones, and a rotation of those below changes the
/// covariance only through their product with it: the criterion has a curved valley, along which
/// Newton steps creep. With the largest remaining variance first there is no such valley, and what
/// is nearly zero comes last, where zero is an ordinary stationary point.
package struct EffectOrder: Sendable, Hashable {
  /// For each term, the effects by the numbers that the model gives them, in the order of the fit.
  package private(set) var effects: [[Int]]

  package init(_ effects: [[Int]]) { self.effects = effects }

  /// The model's own order.
  package init(dimensions: [Int]) { effects = dimensions.map { Array(0..<$0) } }

  /// The order after another change, which numbers the effects by their places in this one.
  func followed(by next: EffectOrder) -> EffectOrder {
    EffectOrder(zip(effects, next.effects).map { here, there in there.map { here[$0] } })
  }

  /// The change that leads back to the model's own order.
  var inverse: EffectOrder {
    EffectOrder(
      effects.map { order in
        var places = order
        for (place, effect) in order.enumerated() { places[effect] = place }
        return places
      })
  }
}

extension RelativeCovarianceFactor {
  /// An effect may keep its place if its conditional standard deviation, given the effects before
  /// it, is this share of the largest one. Not far below one, to leave most models as they are;
  /// not far above zero, where the valley is.
  private static let keptShare = 0.3
  /// Below this share of a term's largest variance, conditional variances need no order: the
  /// products of entries this small do not matter.
  private static let leastShare = 1e-6

  /// An order in which each term's factor is better conditioned than at theta, or `nil` if none is
  /// or its structure cannot be reordered.
  /// - Parameter meanSquares: The mean squares of the covariates of each term, which bring its
  ///   effects to the units of the response.
  func betterOrder(at theta: [Double], meanSquares: [[Double]]) -> EffectOrder? {
    var order = EffectOrder(dimensions: meanSquares.map(\.count)).effects
    var isChanged = false
    for piece in pieces where piece.rows.count > 1 {
      let places = Array(0..<piece.rows.count)
      let theta = theta[piece.parameters]
      guard
        piece.structure.parameters(theta, dimension: places.count, ordering: places) != nil
      else { continue }
      let pivots = Self.pivots(
        piece.structure.termFactor(theta, dimension: places.count),
        meanSquares: meanSquares[piece.term][piece.rows])
      guard pivots != places else { continue }
      isChanged = true
      order[piece.term].replaceSubrange(piece.rows, with: pivots.map { $0 + piece.rows.lowerBound })
    }
    return isChanged ? EffectOrder(order) : nil
  }

  /// The pivots of a Cholesky factorization of `S λλ' S` that leaves effects where they are as far
  /// as it can.
  private static func pivots(_ lambda: Matrix, meanSquares: ArraySlice<Double>) -> [Int] {
    let k = lambda.rowCount
    // The rows of Sλ, less their projections on the rows chosen so far.
    var rows = zip(0..<k, meanSquares).map { row, meanSquare in
      (0..<k).map { lambda[row, $0] * meanSquare.squareRoot() }
    }
    func square(_ row: Int) -> Double { rows[row].reduce(0) { $0 + $1 * $1 } }
    let largest = (0..<k).reduce(0) { max($0, square($1)) }
    var remaining = Array(0..<k)
    var pivots: [Int] = []
    while let first = remaining.first {
      let squares = remaining.map(square)
      guard let most = squares.max(), most > leastShare * largest else { break }
      let pivot =
        squares[0] >= keptShare * keptShare * most
        ? first : remaining[squares.firstIndex(of: most) ?? 0]
      remaining.removeAll { $0 == pivot }
      pivots.append(pivot)
      let unit = square(pivot)
      for row in remaining {
        let share = zip(rows[row], rows[pivot]).reduce(0) { $0 + $1.0 * $1.1 } / unit
        for i in 0..<k { rows[row][i] -= share * rows[pivot][i] }
      }
    }
    return pivots + remaining
  }

  /// Parameters of the same covariances with the effects in another order.
  func reordered(_ theta: [Double], to order: EffectOrder) -> [Double] {
    pieces.flatMap { piece -> [Double] in
      let places = order.effects[piece.term][piece.rows].map { $0 - piece.rows.lowerBound }
      let own = theta[piece.parameters]
      return places == Array(0..<places.count)
        ? Array(own)
        : piece.structure.parameters(own, dimension: places.count, ordering: places) ?? Array(own)
    }
  }
}
