// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The entries of eight vectors at one place, side by side: a sweep over the cross-products serves all
/// eight, and what it looks up fills a line of the cache.
package typealias Lanes = SIMD8<Double>

extension Lanes {
  package static let count = Lanes.scalarCount
}

// Products and solutions with one lower-triangular k × k block, column-major, for eight vectors.

/// `y = l * x`; y may be x.
@inline(__always)
func multiplyLower(
  _ l: UnsafePointer<Double>, _ x: UnsafePointer<Lanes>, into y: UnsafeMutablePointer<Lanes>,
  _ k: Int
) {
  for i in (0..<k).reversed() {
    var sum = l[i] * x[0]
    for j in 1..<max(1, i + 1) { sum += l[i + j * k] * x[j] }
    y[i] = sum
  }
}

/// `y += l' * x`.
@inline(__always)
func addLowerTransposed(
  _ l: UnsafePointer<Double>, _ x: UnsafePointer<Lanes>, to y: UnsafeMutablePointer<Lanes>, _ k: Int
) {
  for j in 0..<k {
    var sum = y[j]
    for i in j..<k { sum += l[i + j * k] * x[i] }
    y[j] = sum
  }
}

/// Solves `l * x = x` in place.
@inline(__always)
func solveLower(_ l: UnsafePointer<Double>, _ x: UnsafeMutablePointer<Lanes>, _ k: Int) {
  for i in 0..<k {
    var sum = x[i]
    for j in 0..<i { sum -= l[i + j * k] * x[j] }
    x[i] = sum / l[i + i * k]
  }
}

/// Solves `l' * x = x` in place.
@inline(__always)
func solveLowerTransposed(_ l: UnsafePointer<Double>, _ x: UnsafeMutablePointer<Lanes>, _ k: Int) {
  for i in (0..<k).reversed() {
    var sum = x[i]
    for j in i + 1..<max(i + 1, k) { sum -= l[j + i * k] * x[j] }
    x[i] = sum / l[i + i * k]
  }
}

/// `y += factor * block * x`, the block `m × k` and stored row by row.
@inline(__always)
func addBlock(
  _ factor: Double, _ block: UnsafePointer<Double>, _ x: UnsafePointer<Lanes>,
  to y: UnsafeMutablePointer<Lanes>, _ m: Int, _ k: Int
) {
  for i in 0..<m {
    var sum = y[i]
    for j in 0..<k { sum += factor * block[i * k + j] * x[j] }
    y[i] = sum
  }
}

/// `y += block' * x`, the block `m × k` and stored row by row.
@inline(__always)
func addBlockTransposed(
  _ block: UnsafePointer<Double>, _ x: UnsafePointer<Lanes>, to y: UnsafeMutablePointer<Lanes>,
  _ m: Int, _ k: Int
) {
  for i in 0..<m {
    for j in 0..<k { y[j] += block[i * k + j] * x[i] }
  }
}
