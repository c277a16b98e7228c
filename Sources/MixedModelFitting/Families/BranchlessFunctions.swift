// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

// Elementary functions without branches, tables or calls, so that a loop over them compiles to vector
// instructions. Errors are a few units in the last place. The polynomials interpolate at Chebyshev
// nodes, coefficients rounded, with relative errors of 2e-17 and 1e-17.

/// Where ``branchlessExponential(_:)`` may be used: neither its result nor a power of two that it
/// forms on the way leaves the normal range.
let exponentialRange = 700.0

/// exp(x) for `|x| <= exponentialRange`.
///
/// With k the integer nearest to x / log 2, it is 2ᵏ exp(x - k log 2).
@inline(__always)
func branchlessExponential(_ x: Double) -> Double {
  // Added to this, a number is rounded to an integer, which the last bits then hold.
  let shifter = 0x1.8p52
  let shifted = x * 1.4426950408889634 + shifter
  let k = shifted - shifter
  // log 2 in two parts, of which the first has so few bits that its multiples are exact.
  let r = (x - k * 0x1.62e42fefa38p-1) - k * 0x1.ef35793c7673p-45
  var p = 2.51003758422237e-08
  p = p * r + 2.7620075892548164e-07
  p = p * r + 2.7557268480289716e-06
  p = p * r + 2.480152132234228e-05
  p = p * r + 0.00019841269863040559
  p = p * r + 0.0013888888917196736
  p = p * r + 0.008333333333330065
  p = p * r + 0.041666666666624164
  p = p * r + 0.16666666666666669
  p = p * r + 0.5000000000000001
  let power = 1 + (r + r * r * p)
  return Double(bitPattern: power.bitPattern &+ shifted.bitPattern &<< 52)
}

/// log(1 + s) for s from 0 to 1: twice the inverse hyperbolic tangent of s / (2 + s).
@inline(__always)
func branchlessLogOnePlus(_ s: Double) -> Double {
  let z = s / (2 + s)
  let w = z * z
  var p = 0.08082022805971766
  p = p * w + 0.04400369243072337
  p = p * w + 0.06000536404795356
  p = p * w + 0.06657072104827468
  p = p * w + 0.07692785032479312
  p = p * w + 0.09090894718066429
  p = p * w + 0.11111111358713932
  p = p * w + 0.1428571428355438
  p = p * w + 0.20000000000007292
  p = p * w + 0.3333333333333333
  return 2 * (z + z * (w * p))
}
