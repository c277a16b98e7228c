// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// Any family with any link: minus half the unit deviance over φ, differentiated by the chain rule
/// through the mean.
///
/// With r = y - mu, the derivative of the log-density in the mean is r/V, from which the others
/// follow; McCullagh & Nelder (1989), equation 2.13 and section 2.5.
struct ChainKernel<ChainFamily: Family, ChainLink: Link>: RowKernel {
  let family: ChainFamily
  let link: ChainLink
  private let hasDispersion: Bool
  private let lowestMean: Double
  private let highestMean: Double

  init(_ family: ChainFamily, _ link: ChainLink) {
    self.family = family
    self.link = link
    hasDispersion = family.dispersion == .likelihood
    lowestMean = family.meanRange.lowerBound
    highestMean = family.meanRange.upperBound
  }

  @inline(__always)
  func value(_ eta: Double, _ y: Double, _ parameter: KernelParameter) -> Double {
    let mean = link.mean(eta).value
    guard mean > lowestMean, mean < highestMean else { return -.infinity }
    let value = -0.5 * family.unitDeviance(y, mean: mean, parameter: parameter.value)
    return hasDispersion ? value * parameter.inverse : value
  }

  @inline(__always)
  func derivatives(_ eta: Double, _ y: Double, _ parameter: KernelParameter) -> RowDerivatives {
    let mean = link.mean(eta)
    var row = RowDerivatives()
    guard mean.value > lowestMean, mean.value < highestMean else {
      row.value = -.infinity
      return row
    }
    let variance = family.variance(mean.value, parameter: parameter.value)
    let precision = 1 / variance.value
    let relative = variance.first * precision
    // First to third derivative of the log-density in the mean.
    let first = (y - mean.value) * precision
    let second = -(precision + first * relative)
    let third = -(first * variance.second * precision + 2 * second * relative)
    // Products run from the left, so that a square of a large slope never meets a small variance.
    row.value = -0.5 * family.unitDeviance(y, mean: mean.value, parameter: parameter.value)
    row.score = first * mean.first
    row.information = -(second * mean.first * mean.first + first * mean.second)
    row.informationSlope =
      -(third * mean.first * mean.first * mean.first + 3 * (second * mean.first * mean.second)
      + first * mean.third)
    row.expected = precision * mean.first * mean.first
    row.expectedSlope =
      2 * (precision * mean.first * mean.second) - row.expected * relative * mean.first
    if hasDispersion { return row.divided(by: parameter) }

    let sizeSlope = variance.sizeSlope * precision
    let firstSlope = -first * sizeSlope
    let secondSlope =
      -(precision * sizeSlope + first * (variance.mixedSlope * precision)) - 2 * second * sizeSlope
    row.parameterScore =
      -0.5 * family.unitDevianceSlope(y, mean: mean.value, parameter: parameter.value)
    row.scoreParameterSlope = firstSlope * mean.first
    row.informationParameterSlope =
      -(secondSlope * mean.first * mean.first + firstSlope * mean.second)
    row.expectedParameterSlope = -row.expected * sizeSlope
    return row
  }

  func greatestValue(_ y: Double, _ parameter: KernelParameter) -> SaturatedLogDensity {
    SaturatedLogDensity(0)
  }
}
