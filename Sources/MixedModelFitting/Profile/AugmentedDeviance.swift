// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import ModelOptimization

/// A criterion that is drawn to a value of one parameter:
///
///     d(x) + m (c(x) - v) + k/2 (c(x) - v)²
///
/// At its minimum x the gradient of d is a multiple of that of c, so that x is a point of the profile
/// of c, at the value c(x), whatever v, m and k are; the derivative of the profile there is
/// `-(m + k (c(x) - v))`. A good m brings c(x) near v at once.
///
/// Source: Hestenes, "Multiplier and gradient methods", Journal of Optimization Theory and
/// Applications 4 (1969), 303-320.
struct AugmentedDeviance<Base: SecondOrderObjective>: SecondOrderObjective {
  var base: Base
  let constraint: ParameterConstraint
  var target: Double
  var multiplier: Double
  var stiffness: Double
  /// A model of the curvature of the criterion without its quadratic term, for the first evaluation.
  var firstCurvature: Matrix?

  var parameterCount: Int { base.parameterCount }
  var relativeNoise: Double { base.relativeNoise }
  var hessianIsApproximate: Bool { true }

  /// The multiplier that the quadratic term stands for, added to the given one.
  func totalMultiplier(_ value: Double) -> Double { multiplier + stiffness * (value - target) }

  /// What is added to the base's value.
  func addition(_ value: Double) -> Double {
    let distance = value - target
    return multiplier * distance + stiffness / 2 * distance * distance
  }

  mutating func value(at parameters: [Double]) throws(MixedModelError) -> Double {
    try base.value(at: parameters) + addition(constraint.value(at: parameters))
  }

  mutating func evaluate(
    at parameters: [Double], into point: inout ObjectivePoint
  ) throws(MixedModelError) {
    let needsHessian = point.needsHessian
    let known = needsHessian ? firstCurvature : nil
    firstCurvature = nil
    point.needsHessian = needsHessian && known == nil
    try base.evaluate(at: parameters, into: &point)
    point.needsHessian = needsHessian
    guard point.value < .infinity else { return }
    let value = constraint.value(at: parameters)
    let gradient = constraint.gradient(at: parameters)
    let total = totalMultiplier(value)
    point.value += addition(value)
    for i in gradient.indices { point.gradient[i] += total * gradient[i] }
    guard needsHessian else { return }
    if let known {
      point.hessian = known
    } else {
      // Far from the target the multiplier is out of proportion, and the best one is unknown.
      let second = constraint.hessian(at: parameters)
      for j in gradient.indices {
        for i in gradient.indices { point.hessian[i, j] += multiplier * second[i, j] }
      }
    }
    point.hessian.addOuterProduct(of: gradient, times: stiffness)
  }
}

extension Matrix {
  /// Adds `factor v v'`.
  mutating func addOuterProduct(of vector: [Double], times factor: Double) {
    for j in vector.indices {
      for i in vector.indices { self[i, j] += factor * vector[i] * vector[j] }
    }
  }
}
