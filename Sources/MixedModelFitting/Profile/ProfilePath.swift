// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors

/// A parameter of a model that a profile holds at one value after another.
package enum ProfiledParameter: Sendable, Hashable {
  /// The estimable fixed effect of the given number.
  case coefficient(Int)
  /// Sigma, or the square root of the dispersion.
  case residualStandardDeviation
  /// The size of a negative binomial model.
  case size
  /// The standard deviation of an effect of a term.
  case standardDeviation(term: Int, effect: Int)
  /// The correlation of two effects of a term.
  case correlation(term: Int, Int, Int)
}

/// The estimates of all parameters with one of them held at a value.
package struct ProfilePoint: Sendable {
  /// The value of the parameter that is held.
  package let value: Double
  /// The least deviance with it.
  package let deviance: Double
  /// The derivative of that deviance with respect to the value.
  package let slope: Double
  /// The estimable fixed effects.
  package let coefficients: [Double]
  package let sigma: Double?
  package let sizeParameter: Double?
  /// The covariance parameters, as a model reports them.
  package let theta: [Double]
  /// Where the next minimization starts: parameters, and a model of the curvature, of the path's own.
  let state: [Double]
  let curvature: Matrix?
}

/// The profile of one parameter, found point by point.
package protocol ProfilePath {
  /// The unrestricted minimum.
  var minimum: ProfilePoint { get }
  /// The standard error of the parameter from the curvature at the minimum: a first step.
  var standardError: Double { get }

  /// A point of the profile near a value, from an earlier one: its own `value` says where it is, and
  /// deviance and slope belong to that.
  /// - Returns: `nil` where the minimization does not converge.
  mutating func point(near value: Double, from start: ProfilePoint) throws(MixedModelError)
    -> ProfilePoint?
}
