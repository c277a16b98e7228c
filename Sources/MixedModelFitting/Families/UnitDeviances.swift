// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import RealModule
import StatisticalFunctions

// Unit deviances that several families share, without the cancellation at a mean near the
// response and without loss where one is far from the other. McCullagh & Nelder (1989), p. 34.

/// 2 (y log(y/mu) - (y - mu)).
func poissonUnitDeviance(_ y: Double, mean: Double) -> Double {
  y > 0 ? -2 * y * logRatioExcess(mean, over: y) : 2 * mean
}

/// 2 (y log(y/mu) + (1 - y) log((1 - y)/(1 - mu))).
func binomialUnitDeviance(_ y: Double, mean: Double) -> Double {
  guard y > 0 else { return -2 * Double.log(onePlus: -mean) }
  guard y < 1 else { return -2 * Double.log(mean) }
  // The linear terms of the two logarithms cancel.
  return -2
    * (y * logRatioExcess(mean, over: y) + (1 - y) * logRatioExcess(1 - mean, over: 1 - y))
}

/// 2 ((y - mu)/mu - log(y/mu)).
func gammaUnitDeviance(_ y: Double, mean: Double) -> Double {
  -2 * logRatioExcess(y, over: mean)
}

/// 2 (y log(y/mu) - (y + a) log((y + a)/(mu + a))), a the size.
func negativeBinomialUnitDeviance(_ y: Double, mean: Double, size: Double) -> Double {
  let total = y + size
  guard y > 0 else { return 2 * size * Double.log(onePlus: mean / size) }
  guard mean < 2 * y else {
    return 2 * (y * Double.log(y / mean) + total * Double.log(onePlus: (mean - y) / total))
  }
  // The linear terms of the two logarithms cancel.
  return 2 * (total * logRatioExcess(mean + size, over: total) - y * logRatioExcess(mean, over: y))
}

/// log(p/q) - (p - q)/q, for positive p and q.
func logRatioExcess(_ p: Double, over q: Double) -> Double {
  let relative = (p - q) / q
  return abs(relative) < 0.5
    ? SpecialFunctions.logOnePlusMinus(relative) : Double.log(p / q) - relative
}
