// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import CBoostMath
import RealModule

/// The gamma function's logarithm and its relatives, in forms from which likelihoods follow without
/// subtracting large values that are nearly equal.
package enum SpecialFunctions {
  /// log |Γ(x)|.
  package static func logGamma(_ x: Double) -> Double { mixed_models_log_gamma(x) }

  /// ψ(x), the derivative of log Γ.
  package static func digamma(_ x: Double) -> Double { mixed_models_digamma(x) }

  /// log(1 + x) - x, accurate for small x; minus infinity at -1 and NaN below.
  package static func logOnePlusMinus(_ x: Double) -> Double { mixed_models_log_one_plus_minus(x) }
}

// MARK: - Stirling's formula

extension SpecialFunctions {
  /// The remainder δ(x) of Stirling's formula, for positive x:
  /// log Γ(x) = (x - 1/2) log x - x + log(2π)/2 + δ(x).
  ///
  /// Source: Abramowitz & Stegun (1964), 6.1.41; Loader, "Fast and accurate computation of
  /// binomial probabilities" (2000), whose `stirlerr` it is.
  package static func stirlingRemainder(_ x: Double) -> Double {
    guard x < leastSeriesArgument else {
      let inverseSquare = 1 / (x * x)
      return polynomial(stirlingCoefficients, inverseSquare) / x
    }
    return logGamma(x) - ((x - 0.5) * Double.log(x) - x + halfLogTwoPi)
  }

  /// δ'(x) = ψ(x) - log x + 1/(2x), for positive x.
  ///
  /// Source: Abramowitz & Stegun (1964), 6.3.18.
  package static func stirlingRemainderSlope(_ x: Double) -> Double {
    guard x < leastSeriesArgument else {
      let inverseSquare = 1 / (x * x)
      return -inverseSquare * polynomial(digammaCoefficients, inverseSquare)
    }
    return digamma(x) - Double.log(x) + 1 / (2 * x)
  }

  /// log(2π)/2.
  package static let halfLogTwoPi = 0.918938533204672741780329736406

  /// From here on eight terms of the asymptotic series reach a relative 1e-17.
  private static let leastSeriesArgument = 16.0

  /// B₂ₖ / (2k (2k - 1)).
  private static let stirlingCoefficients: [Double] = [
    1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360_360, 1.0 / 156,
    -3617.0 / 122_400,
  ]

  /// B₂ₖ / 2k.
  private static let digammaCoefficients: [Double] = [
    1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32_760, 1.0 / 12,
    -3617.0 / 8160,
  ]

  private static func polynomial(_ coefficients: [Double], _ x: Double) -> Double {
    var sum = 0.0
    for coefficient in coefficients.reversed() { sum = sum * x + coefficient }
    return sum
  }
}
