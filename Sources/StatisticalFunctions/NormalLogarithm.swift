// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import RealModule

extension Normal {
  /// exp(-x²/2) / √(2π).
  package func density(_ x: Double) -> Double {
    Double.exp(-0.5 * x * x) * inverseRootTwoPi
  }

  /// log P(X ≤ x), finite for every finite x, with its first three derivatives: r = φ/Φ, then
  /// -r (x + r), and so on.
  ///
  /// In the lower tail x + r is the small difference of large values; there it is the continued
  /// fraction of the hazard instead, from which the higher derivatives follow without
  /// cancellation.
  ///
  /// Source: Abramowitz & Stegun (1964), 26.2.14.
  package func logCumulativeDerivatives(
    _ x: Double
  ) -> (value: Double, first: Double, second: Double, third: Double) {
    guard x < tailBeginning else {
      let cumulative = cumulative(x)
      let hazard = density(x) / cumulative
      let second = -hazard * (x + hazard)
      let third = -second * (x + hazard) - hazard * (1 + second)
      return (
        x > 0 ? Double.log(onePlus: -survival(x)) : Double.log(cumulative), hazard, second, third
      )
    }
    let tail = HazardTail(-x)
    let hazard = -x + tail.excess
    return (
      logDensity(x) - Double.log(hazard), hazard, -hazard * tail.excess, tail.thirdDerivative
    )
  }

  private func logDensity(_ x: Double) -> Double { -0.5 * x * x + Double.log(inverseRootTwoPi) }
}

/// Below this the tail is a continued fraction; `fractionDepth` terms of it reach a relative
/// 1e-17 here, and more further out.
private let tailBeginning = -5.0
private let fractionDepth = 40

private let inverseRootTwoPi = 0.398942280401432677939946059934

/// The hazard of the normal distribution at a large positive x, as x + 1/(x + 2/(x + 3/(x + …))).
private struct HazardTail {
  /// The hazard less x, 1/(x + K), with K = 2/(x + L) and L = 3/(x + …).
  let excess: Double
  let thirdDerivative: Double

  init(_ x: Double) {
    var fraction = 0.0
    for k in stride(from: fractionDepth, through: 3, by: -1) {
      fraction = Double(k) / (x + fraction)
    }
    let inner = fraction
    let middle = 2 / (x + inner)
    let product = (x + inner) * (x + middle)
    excess = 1 / (x + middle)
    // One plus the second derivative, excess · (K - excess).
    let slack = excess * (x + 2 * middle - inner) / product
    // excess · (1 - x (K - excess) - 2 slack), the leading terms cancelled by hand.
    thirdDerivative =
      excess * ((x * (2 * inner - middle) + inner * middle) / product - 2 * slack)
  }
}
