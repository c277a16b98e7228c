// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import CBoostMath

/// A continuous distribution that tests and intervals refer to.
///
/// Values are accurate to a relative 1e-13 in both tails. What is not defined (degrees of
/// freedom that are not positive, a probability outside 0...1, a NaN) is NaN.
///
/// Source: Boost.Math, except for the normal tails; R's `p…`, `p…(lower.tail = FALSE)`, `q…`.
package protocol Distribution: Sendable {
  /// P(X ≤ x).
  func cumulative(_ x: Double) -> Double

  /// P(X > x), accurate where it is small.
  func survival(_ x: Double) -> Double

  /// The x with P(X ≤ x) equal to the probability.
  func quantile(_ probability: Double) -> Double
}

/// The standard normal distribution.
package struct Normal: Distribution {
  package init() {}

  package func cumulative(_ x: Double) -> Double { mixed_models_normal_cumulative(x) }

  package func survival(_ x: Double) -> Double { mixed_models_normal_survival(x) }

  package func quantile(_ probability: Double) -> Double {
    mixed_models_normal_quantile(probability)
  }
}

/// The chi-squared distribution.
package struct ChiSquared: Distribution {
  /// Positive and finite.
  package let degreesOfFreedom: Double

  package init(degreesOfFreedom: Double) { self.degreesOfFreedom = degreesOfFreedom }

  package func cumulative(_ x: Double) -> Double {
    mixed_models_chi_squared_cumulative(x, degreesOfFreedom)
  }

  package func survival(_ x: Double) -> Double {
    mixed_models_chi_squared_survival(x, degreesOfFreedom)
  }

  package func quantile(_ probability: Double) -> Double {
    mixed_models_chi_squared_quantile(probability, degreesOfFreedom)
  }
}

/// Student's t distribution.
package struct StudentT: Distribution {
  /// Positive; infinite for the normal distribution.
  package let degreesOfFreedom: Double

  package init(degreesOfFreedom: Double) { self.degreesOfFreedom = degreesOfFreedom }

  package func cumulative(_ x: Double) -> Double {
    if degreesOfFreedom == .infinity { return Normal().cumulative(x) }
    return mixed_models_student_t_cumulative(x, degreesOfFreedom)
  }

  package func survival(_ x: Double) -> Double {
    if degreesOfFreedom == .infinity { return Normal().survival(x) }
    return mixed_models_student_t_survival(x, degreesOfFreedom)
  }

  package func quantile(_ probability: Double) -> Double {
    if degreesOfFreedom == .infinity { return Normal().quantile(probability) }
    return mixed_models_student_t_quantile(probability, degreesOfFreedom)
  }
}

/// Fisher's F distribution.
package struct FisherF: Distribution {
  /// Positive and finite.
  package let numeratorDegreesOfFreedom: Double
  /// Positive; infinite for a chi-squared variable divided by its degrees of freedom.
  package let denominatorDegreesOfFreedom: Double

  package init(numeratorDegreesOfFreedom: Double, denominatorDegreesOfFreedom: Double) {
    self.numeratorDegreesOfFreedom = numeratorDegreesOfFreedom
    self.denominatorDegreesOfFreedom = denominatorDegreesOfFreedom
  }

  package func cumulative(_ x: Double) -> Double {
    if let limit { return limit.cumulative(x * numeratorDegreesOfFreedom) }
    return mixed_models_fisher_f_cumulative(
      x, numeratorDegreesOfFreedom, denominatorDegreesOfFreedom)
  }

  package func survival(_ x: Double) -> Double {
    if let limit { return limit.survival(x * numeratorDegreesOfFreedom) }
    return mixed_models_fisher_f_survival(
      x, numeratorDegreesOfFreedom, denominatorDegreesOfFreedom)
  }

  package func quantile(_ probability: Double) -> Double {
    if let limit { return limit.quantile(probability) / numeratorDegreesOfFreedom }
    return mixed_models_fisher_f_quantile(
      probability, numeratorDegreesOfFreedom, denominatorDegreesOfFreedom)
  }

  /// Scheffé's critical value `√(r F)` for t statistics of combinations in a space of r dimensions, r
  /// being the degrees of freedom of the numerator.
  package func scheffeCriticalValue(_ level: Double) -> Double {
    (numeratorDegreesOfFreedom * quantile(level)).squareRoot()
  }

  private var limit: ChiSquared? {
    denominatorDegreesOfFreedom == .infinity
      ? ChiSquared(degreesOfFreedom: numeratorDegreesOfFreedom) : nil
  }
}

// MARK: - Two-sided tests

extension Normal {
  /// P(|X| > |z|), the p-value of a z test, accurate down to the least positive number.
  package func twoSidedTail(_ z: Double) -> Double { 2 * survival(abs(z)) }
}

extension StudentT {
  /// P(|X| > |t|), the p-value of a t test.
  package func twoSidedTail(_ t: Double) -> Double { 2 * survival(abs(t)) }
}
