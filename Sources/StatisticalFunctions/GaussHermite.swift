// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// The Gauss-Hermite rule for expectations over the standard normal distribution:
/// E f(Z) ≈ Σ wₖ f(zₖ), exact for polynomials up to degree 2K - 1.
///
/// The nodes are the zeros of the probabilists' Hermite polynomial of degree K.
///
/// Source: Golub & Welsch, "Calculation of Gauss quadrature rules", Math. Comp. 23 (1969), 221-230,
/// with a Newton step and Christoffel's formula for the weights, which keep their relative accuracy
/// where an eigenvector's first component would lose it.
package struct GaussHermite: Sendable {
  /// The K nodes, ascending and exactly symmetric about zero.
  package let nodes: [Double]
  /// The K weights, positive, symmetric, with sum one.
  package let weights: [Double]

  /// The most nodes: beyond, the polynomials overflow.
  package static let largestCount = 500

  /// The rule of K nodes.
  /// - Precondition: the count is from 1 to ``largestCount``.
  /// - Complexity: O(K³).
  package init(count: Int) {
    precondition((1...Self.largestCount).contains(count), "a rule has from 1 to 500 nodes")
    var jacobi = Matrix(rowCount: count, columnCount: count)
    for k in 1..<count { jacobi[k, k - 1] = Double(k).squareRoot() }
    guard let eigen = SymmetricEigen(jacobi) else {
      preconditionFailure("a finite symmetric matrix has eigenvalues")
    }
    var nodes = [Double](repeating: 0, count: count)
    var weights = [Double](repeating: 1, count: count)
    for upper in (count / 2)..<count {
      let lower = count - 1 - upper
      var node = upper == lower ? 0 : eigen.values[upper]
      if upper != lower {
        let (last, previous, _) = hermite(count, at: node)
        node -= last / (Double(count).squareRoot() * previous)
      }
      let weight = 1 / hermite(count, at: node).sumOfSquares
      nodes[upper] = node
      nodes[lower] = -node
      weights[upper] = weight
      weights[lower] = weight
    }
    self.nodes = nodes
    self.weights = weights
  }
}

/// The orthonormal Hermite polynomials of degrees K and K - 1 at a place, and the sum of squares of
/// those of degree 0 to K - 1, by √(k+1) hₖ₊₁ = x hₖ - √k hₖ₋₁.
private func hermite(
  _ degree: Int, at x: Double
) -> (last: Double, previous: Double, sumOfSquares: Double) {
  var previous = 0.0
  var last = 1.0
  var sumOfSquares = 0.0
  for k in 0..<degree {
    sumOfSquares += last * last
    let next =
      (x * last - Double(k).squareRoot() * previous) / Double(k + 1).squareRoot()
    previous = last
    last = next
  }
  return (last, previous, sumOfSquares)
}
