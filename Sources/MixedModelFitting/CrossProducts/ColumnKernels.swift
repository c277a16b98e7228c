// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

// Kernels on columns of numbers. Partial sums stand side by side, so that an addition need not wait
// for the one before; their number, and thus the rounding of a sum, is the same on every machine.

/// `x'y`.
func scalarProduct(
  _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, count: Int
) -> Double {
  var sums = SIMD8<Double>()
  let even = count & ~7
  for i in stride(from: 0, to: even, by: 8) {
    sums +=
      UnsafeRawPointer(x + i).loadUnaligned(as: SIMD8<Double>.self)
      * UnsafeRawPointer(y + i).loadUnaligned(as: SIMD8<Double>.self)
  }
  var sum = sums.sum()
  for i in even..<count { sum += x[i] * y[i] }
  return sum
}

/// `y += factor * x`.
func addMultiple(
  _ factor: Double, of x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>, count: Int
) {
  for i in 0..<count { y[i] += factor * x[i] }
}
