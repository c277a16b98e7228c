// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// A seeded generator for tests: SplitMix64.
///
/// Source: G. L. Steele, D. Lea and C. H. Flood (2014), Fast splittable pseudorandom number
/// generators, OOPSLA.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return bits ^ bits >> 31
  }
}
