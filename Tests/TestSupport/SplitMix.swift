// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// A seeded generator for tests: SplitMix64.
///
/// Source: G. L. Steele, D. Lea and C. H. Flood (2014), Fast splittable pseudorandom number
/// generators, OOPSLA.
package struct SplitMix: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return bits ^ bits >> 31
  }

  /// A number in [-1, 1).
  package mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-52 - 1 }

  /// A number of roughly standard normal distribution: the sum of twelve uniform ones.
  package mutating func normal() -> Double {
    (0..<12).reduce(0) { sum, _ in sum + uniform() } / 2
  }

  package mutating func uniforms(_ count: Int) -> [Double] { (0..<count).map { _ in uniform() } }

  package mutating func normals(_ count: Int) -> [Double] { (0..<count).map { _ in normal() } }

  /// An index below `count`.
  package mutating func index(below count: Int) -> Int { Int(next() >> 33) % count }
}
