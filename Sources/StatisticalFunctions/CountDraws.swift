// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import RealModule

// What has no distribution (a negative mean, a probability outside 0...1) is NaN.

extension RandomNumberGenerator {
  /// A number of the Poisson distribution.
  ///
  /// Small means by inversion, others by transformed rejection.
  ///
  /// Source: Hörmann, "The transformed rejection method for generating Poisson random variables",
  /// Insurance: Mathematics and Economics 12 (1993), 39-45, algorithm PTRS.
  package mutating func poisson(mean: Double) -> Double {
    guard mean >= 0, mean.isFinite else { return .nan }
    guard mean >= leastRejectionMean else {
      var probability = Double.exp(-mean)
      return invertedCount { k in
        if k > 0 { probability *= mean / k }
        return probability
      }
    }
    let b = 0.931 + 2.53 * mean.squareRoot()
    let a = -0.059 + 0.02483 * b
    let inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
    let squeeze = 0.9277 - 3.6224 / (b - 2)
    while true {
      let u = uniform() - 0.5
      let v = uniform()
      let distance = 0.5 - abs(u)
      let k = ((2 * a / distance + b) * u + mean + 0.43).rounded(.down)
      if distance >= 0.07, v <= squeeze { return k }
      if k < 0 || distance < 0.013 && v > distance { continue }
      let bound = Double.log(v * inverseAlpha / (a / (distance * distance) + b))
      if bound <= poissonLogProbability(k, mean: mean) { return k }
    }
  }

  /// A number of the binomial distribution.
  ///
  /// Small means by inversion, others by transformed rejection.
  ///
  /// Source: Hörmann, "The generation of binomial random variates", Journal of Statistical
  /// Computation and Simulation 46 (1993), 101-110, algorithm BTRS.
  /// - Parameter trials: a whole number.
  package mutating func binomial(trials: Double, probability: Double) -> Double {
    guard trials >= 0, trials.isFinite, probability >= 0, probability <= 1 else { return .nan }
    if trials == 1 { return uniform() < probability ? 1 : 0 }
    guard probability <= 0.5 else {
      return trials - binomial(trials: trials, probability: 1 - probability)
    }
    let mean = trials * probability
    guard mean >= leastRejectionMean else {
      let odds = probability / (1 - probability)
      var mass = Double.exp(trials * Double.log(onePlus: -probability))
      return invertedCount { k in
        if k > 0 { mass *= (trials - k + 1) / k * odds }
        return mass
      }
    }
    let deviation = (mean * (1 - probability)).squareRoot()
    let b = 1.15 + 2.53 * deviation
    let a = -0.0873 + 0.0248 * b + 0.01 * probability
    let squeeze = 0.92 - 4.2 / b
    let alpha = (2.83 + 5.1 / b) * deviation
    let mode = ((trials + 1) * probability).rounded(.down)
    let greatest = binomialLogProbability(mode, trials: trials, probability: probability)
    while true {
      let u = uniform() - 0.5
      let v = uniform()
      let distance = 0.5 - abs(u)
      let k = ((2 * a / distance + b) * u + mean + 0.5).rounded(.down)
      if distance >= 0.07, v <= squeeze { return k }
      guard k >= 0, k <= trials else { continue }
      let bound = Double.log(v * alpha / (a / (distance * distance) + b))
      let mass = binomialLogProbability(k, trials: trials, probability: probability)
      if bound <= mass - greatest { return k }
    }
  }

  /// A number of the negative binomial distribution with variance mean + mean² / size: a Poisson
  /// number whose mean is a gamma number.
  package mutating func negativeBinomial(mean: Double, size: Double) -> Double {
    poisson(mean: gamma(shape: size) * (mean / size))
  }

  /// The count at which the sum of the probabilities, given one after the other, passes a uniform
  /// number.
  private mutating func invertedCount(_ probability: (Double) -> Double) -> Double {
    var rest = uniform()
    var k = 0.0
    while true {
      let mass = probability(k)
      // What is left beyond here is the rounding of the sum.
      if rest <= mass || k > leastRejectionMean && mass < 1e-18 { return k }
      rest -= mass
      k += 1
    }
  }
}

/// From this mean on, the methods of rejection are valid; below, inversion takes few steps.
private let leastRejectionMean = 10.0

/// By Stirling's formula without cancellation.
private func poissonLogProbability(_ k: Double, mean: Double) -> Double {
  guard k > 0 else { return -mean }
  return k * SpecialFunctions.logOnePlusMinus((mean - k) / k) - SpecialFunctions.halfLogTwoPi
    - 0.5 * Double.log(k) - SpecialFunctions.stirlingRemainder(k)
}

/// By Stirling's formula without cancellation (Loader 2000, equation 6).
private func binomialLogProbability(_ k: Double, trials: Double, probability: Double) -> Double {
  let rest = trials - k
  if k == 0 { return trials * Double.log(onePlus: -probability) }
  if rest == 0 { return trials * Double.log(probability) }
  let mean = trials * probability
  let other = trials - mean
  return k * SpecialFunctions.logOnePlusMinus((mean - k) / k)
    + rest * SpecialFunctions.logOnePlusMinus((other - rest) / rest)
    - SpecialFunctions.halfLogTwoPi - 0.5 * Double.log(k * (rest / trials))
    + SpecialFunctions.stirlingRemainder(trials) - SpecialFunctions.stirlingRemainder(k)
    - SpecialFunctions.stirlingRemainder(rest)
}
