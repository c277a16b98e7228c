// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A small generator for simulated data, the same on every machine: SplitMix64.
///
/// Source: Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
struct RandomGenerator: Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  /// Uniform between 0 and 1, both excluded.
  mutating func uniform() -> Double { (Double(next() >> 11) + 0.5) * 0x1p-53 }

  /// A whole number from 0 up to `count`, that excluded, the lower ones more often: the density at
  /// the share x of the range is 1 / (2 √x).
  mutating func skewedIndex(below count: Int) -> Int {
    let share = uniform()
    return min(count - 1, Int(share * share * Double(count)))
  }

  /// Standard normal, by the method of Box and Muller.
  mutating func normal() -> Double {
    (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform())
  }

  mutating func normals(_ count: Int, standardDeviation: Double) -> [Double] {
    (0..<count).map { _ in standardDeviation * normal() }
  }

  mutating func bernoulli(_ probability: Double) -> Double { uniform() < probability ? 1 : 0 }

  /// By products of uniforms, for means that are not large.
  mutating func poisson(_ mean: Double) -> Double {
    let limit = exp(-mean)
    var product = uniform()
    var count = 0.0
    while product > limit {
      product *= uniform()
      count += 1
    }
    return count
  }

  /// Gamma with mean 1 and the given shape, at least one.
  ///
  /// Source: Marsaglia & Tsang, "A simple method for generating gamma variables", ACM Trans. Math.
  /// Softw. 26 (2000), 363-372.
  mutating func gamma(shape: Double) -> Double {
    precondition(shape >= 1, "The method is for shapes of at least one.")
    let d = shape - 1 / 3.0
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let v = pow(1 + c * x, 3)
      if v > 0, log(uniform()) < x * x / 2 + d - d * v + d * log(v) { return d * v / shape }
    }
  }
}
