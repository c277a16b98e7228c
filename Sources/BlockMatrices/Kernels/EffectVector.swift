// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// A number for each effect of one level, in a vector of the processor.
///
/// Kernels for levels of few effects are generic over it, and specialized for each conforming type;
/// places beyond the number of effects hold zeros or are never read.
protocol EffectVector {
  init()
  subscript(effect: Int) -> Double { get set }
  /// Adds `factor * other`.
  mutating func add(_ factor: Double, _ other: Self)
  mutating func multiply(by factor: Double)
}

extension EffectVector {
  /// The numbers of k effects, `stride` places apart.
  @inline(__always)
  init(_ source: UnsafePointer<Double>, stride: Int = 1, count k: Int) {
    self.init()
    for effect in 0..<k { self[effect] = source[effect * stride] }
  }

  /// Writes the numbers of k effects to places side by side.
  @inline(__always)
  func store(to target: UnsafeMutablePointer<Double>, count k: Int) {
    for effect in 0..<k { target[effect] = self[effect] }
  }
}

extension SIMD2<Double>: EffectVector {
  @inline(__always)
  mutating func add(_ factor: Double, _ other: Self) { self += factor * other }

  @inline(__always)
  mutating func multiply(by factor: Double) { self *= factor }
}

extension SIMD4<Double>: EffectVector {
  @inline(__always)
  mutating func add(_ factor: Double, _ other: Self) { self += factor * other }

  @inline(__always)
  mutating func multiply(by factor: Double) { self *= factor }
}
