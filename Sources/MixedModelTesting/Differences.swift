// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// Derivatives by central differences of sixth order, and how far they can be trusted.
///
/// Source: Fornberg, "Generation of finite difference formulas on arbitrarily spaced grids",
/// Math. Comp. 51 (1988), 699-706, table 1.
struct Difference {
  let derivative: Double
  /// How far off the derivative may be where it is small beside the function: by rounding, and by
  /// truncation, which is the sixth power of the relative step, 1/128, times the function's size.
  let error: Double

  /// - Parameter scale: over which the function changes by its own size, or the distance to where
  ///   it ends.
  init(at x: Double, scale: Double, of function: (Double) -> Double) {
    // A power of two, so that x ± step is exact for x of the same size.
    let step = Double(sign: .plus, exponent: scale.exponent - 7, significand: 1)
    var sum = 0.0
    // A small function may still be the difference of values of order one.
    var largest = 1.0
    for (k, weight) in [3.0 / 4, -3.0 / 20, 1.0 / 60].enumerated() {
      let above = function(x + Double(k + 1) * step)
      let below = function(x - Double(k + 1) * step)
      sum += weight * (above - below)
      largest = max(largest, abs(above), abs(below))
    }
    derivative = sum / step
    error = largest * (16 * Double.ulpOfOne / step + 1e-11 / scale)
  }

  /// Whether a derivative agrees to one part in a million, but for that error.
  func agrees(with exact: Double) -> Bool {
    abs(exact - derivative) <= 1e-6 * abs(derivative) + error
  }
}
