// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import RealModule
import StatisticalFunctions

/// A family whose distribution function is known, so that a new observation has a prediction
/// interval.
///
/// All families of the package but the quasi families are such.
public protocol CumulativeFamily: Family {
  /// Whether `w y` is a whole number, with w the weight, so that responses lie on a lattice.
  var isDiscrete: Bool { get }

  /// P(Y ≤ y).
  /// - Parameters:
  ///   - mean: in the interior of the range of means.
  ///   - weight: the prior weight, positive.
  ///   - parameter: the dispersion or the size; one if the family has neither.
  func cumulative(_ y: Double, mean: Double, weight: Double, parameter: Double) -> Double
}

extension Gaussian: CumulativeFamily {
  public var isDiscrete: Bool { false }

  public func cumulative(
    _ y: Double, mean: Double, weight: Double, parameter: Double
  ) -> Double {
    Normal().cumulative((y - mean) * (weight / parameter).squareRoot())
  }
}

extension Gamma: CumulativeFamily {
  public var isDiscrete: Bool { false }

  public func cumulative(
    _ y: Double, mean: Double, weight: Double, parameter: Double
  ) -> Double {
    let degreesOfFreedom = 2 * weight / parameter
    return ChiSquared(degreesOfFreedom: degreesOfFreedom).cumulative(degreesOfFreedom * y / mean)
  }
}

extension InverseGaussian: CumulativeFamily {
  public var isDiscrete: Bool { false }

  // Chhikara & Folks, *The Inverse Gaussian Distribution* (1989), section 2.4. The second term is a
  // product of a large number and a small one, which meet as logarithms.
  public func cumulative(
    _ y: Double, mean: Double, weight: Double, parameter: Double
  ) -> Double {
    guard y > 0 else { return 0 }
    guard y < .infinity else { return 1 }
    let shape = weight / parameter
    let root = (shape / y).squareRoot()
    let reflected = Normal().logCumulativeDerivatives(-root * (y / mean + 1)).value
    return Normal().cumulative(root * (y / mean - 1)) + Double.exp(2 * shape / mean + reflected)
  }
}

extension Poisson: CumulativeFamily {
  public var isDiscrete: Bool { true }

  // The counts of a Poisson process against the waiting time of the next event.
  public func cumulative(
    _ y: Double, mean: Double, weight: Double, parameter: Double
  ) -> Double {
    guard let count = countBelow(y, weight: weight) else { return 0 }
    guard count < .infinity else { return 1 }
    return ChiSquared(degreesOfFreedom: 2 * (count + 1)).survival(2 * weight * mean)
  }
}

extension NegativeBinomial: CumulativeFamily {
  public var isDiscrete: Bool { true }

  // An incomplete beta integral with the parameters size and count + 1, by its F distribution.
  public func cumulative(
    _ y: Double, mean: Double, weight: Double, parameter: Double
  ) -> Double {
    guard let count = countBelow(y, weight: weight) else { return 0 }
    guard count < .infinity else { return 1 }
    return FisherF(
      numeratorDegreesOfFreedom: 2 * weight * (size ?? parameter),
      denominatorDegreesOfFreedom: 2 * (count + 1)
    ).cumulative((count + 1) / (weight * mean))
  }
}

extension Binomial: CumulativeFamily {
  public var isDiscrete: Bool { true }

  // An incomplete beta integral with the parameters failures and successes + 1.
  public func cumulative(
    _ y: Double, mean: Double, weight: Double, parameter: Double
  ) -> Double {
    guard let successes = countBelow(y, weight: weight) else { return 0 }
    let failures = weight - successes
    guard failures > 0 else { return 1 }
    return FisherF(
      numeratorDegreesOfFreedom: 2 * failures, denominatorDegreesOfFreedom: 2 * (successes + 1)
    ).cumulative((1 - mean) / mean * ((successes + 1) / failures))
  }
}

/// The greatest whole count at most `w y`; `nil` if there is none.
private func countBelow(_ y: Double, weight: Double) -> Double? {
  let count = wholeCount(y, weight: weight).rounded(.down)
  return count >= 0 ? count : nil
}
