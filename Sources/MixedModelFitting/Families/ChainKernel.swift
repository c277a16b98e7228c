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
    let value = unscaledValue(mean: link.mean(eta).value, y, parameter)
    return hasDispersion ? value * parameter.inverse : value
  }

  /// The log-density at φ = 1.
  @inline(__always)
  private func unscaledValue(mean: Double, _ y: Double, _ parameter: KernelParameter) -> Double {
    guard mean > lowestMean, mean < highestMean else { return -.infinity }
    let value = -0.5 * family.unitDeviance(y, mean: mean, parameter: parameter.value)
    return value > leastLogDensity ? value : -.infinity
  }

  @inline(__always)
  func derivatives(_ eta: Double, _ y: Double, _ parameter: KernelParameter) -> RowDerivatives {
    let mean = link.mean(eta)
    var row = RowDerivatives()
    row.value = unscaledValue(mean: mean.value, y, parameter)
    guard row.value > -.infinity, mean.first != 0 else { return row }
    let variance = family.variance(mean.value, parameter: parameter.value)
    // Each factor is a derivative in the linear predictor, so that with a mean near an end of the
    // range no power of a vanishing variance is divided by: those of the mean relative to its
    // slope, those of log V, and mu'²/V.
    let second = mean.second / mean.first
    let third = mean.third / mean.first
    let logVariance = variance.first / variance.value * mean.first
    let varianceCurvature = variance.second * mean.first / variance.value * mean.first
    let ratio = mean.first / variance.value
    let expected = ratio * mean.first
    let score = (y - mean.value) * ratio
    // The second and third derivative in the mean, times mu'² and mu'³.
    let curvature = -(expected + score * logVariance)
    let change = -(score * varianceCurvature + 2 * curvature * logVariance)
    row.score = score
    row.information = expected + score * (logVariance - second)
    row.informationSlope = -(change + 3 * curvature * second + score * third)
    row.expected = expected
    row.expectedSlope = expected * (2 * second - logVariance)
    if hasDispersion { return row.divided(by: parameter) }

    let sizeSlope = variance.sizeSlope / variance.value
    let mixedSlope = variance.mixedSlope / variance.value * mean.first
    row.parameterScore =
      -0.5 * family.unitDevianceSlope(y, mean: mean.value, parameter: parameter.value)
    row.scoreParameterSlope = -score * sizeSlope
    row.informationParameterSlope =
      expected * sizeSlope + score * mixedSlope + 2 * curvature * sizeSlope
      + score * sizeSlope * second
    row.expectedParameterSlope = -expected * sizeSlope
    return row
  }

  func greatestValue(_ y: Double, _ parameter: KernelParameter) -> SaturatedLogDensity {
    SaturatedLogDensity(0)
  }
}

/// A log-density below this, at φ = 1, is that of a mean so far from the response that its variance
/// function may under- or overflow; the density is zero.
private let leastLogDensity = -1e100
