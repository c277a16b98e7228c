// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import RealModule

// What has no distribution (parameters that are not positive and finite) is NaN.

extension RandomNumberGenerator {
  /// A number of the gamma distribution of the given shape and scale one.
  ///
  /// Shapes below one are raised by one first: with X of shape a + 1 and U uniform, X U^(1/a) has
  /// shape a. It may underflow to zero.
  ///
  /// Source: Marsaglia & Tsang, "A simple method for generating gamma variables", ACM Transactions
  /// on Mathematical Software 26 (2000), 363-372.
  package mutating func gamma(shape: Double) -> Double {
    guard shape > 0, shape.isFinite else { return .nan }
    guard shape >= 1 else {
      return gamma(shape: shape + 1) * Double.exp(Double.log(uniform()) / shape)
    }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let root = 1 + c * x
      guard root > 0 else { continue }
      let v = root * root * root
      if Double.log(uniform()) < 0.5 * x * x + d * (1 - v + Double.log(v)) { return d * v }
    }
  }

  /// A number of the inverse Gaussian distribution with variance mean³ / shape.
  ///
  /// The two roots of the source's equation have the product mean²; the smaller one is found
  /// without cancellation.
  ///
  /// Source: Michael, Schucany & Haas, "Generating random variates using transformations with
  /// multiple roots", The American Statistician 30 (1976), 88-90.
  package mutating func inverseGaussian(mean: Double, shape: Double) -> Double {
    guard mean > 0, mean.isFinite, shape > 0 else { return .nan }
    let z = normal()
    let w = z * z * (mean / shape)
    let ratio = 1 / (1 + 0.5 * w + (w + 0.25 * w * w).squareRoot())
    return uniform() * (1 + ratio) <= 1 ? mean * ratio : mean / ratio
  }
}
