// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import ModelOptimization

/// The profile of any function of a criterion's parameters, by minimization under a constraint.
struct ConstrainedPath<Base: SecondOrderObjective>: ProfilePath {
  /// The estimates that belong to parameters of the criterion.
  typealias Estimates = (
    coefficients: [Double], sigma: Double?, sizeParameter: Double?, theta: [Double]
  )

  private var base: Base
  private let constraint: ParameterConstraint
  private let estimates: (inout Base, [Double]) -> Estimates?
  private let stiffness: Double
  let minimum: ProfilePoint
  let standardError: Double

  /// The quadratic term curves this many times as much as the profile at its minimum.
  private static var relativeStiffness: Double { 10 }
  /// Diagonal entries of factors below this start here: at zero the criterion is stationary.
  private static var leastDiagonal: Double { 1e-2 }
  /// The parameter's standard error in a direction without curvature, as a share of the parameter.
  private static var defaultError: Double { 0.3 }

  /// - Parameters:
  ///   - parameters: where the criterion has its minimum.
  ///   - curvature: its Hessian there.
  /// - Returns: `nil` if the criterion has no value there.
  init?(
    _ base: Base, _ constraint: ParameterConstraint, minimum parameters: [Double],
    curvature: Matrix, estimates: @escaping (inout Base, [Double]) -> Estimates?
  ) throws(MixedModelError) {
    self.base = base
    self.constraint = constraint
    self.estimates = estimates
    let deviance = try self.base.value(at: parameters)
    guard deviance < .infinity, let all = estimates(&self.base, parameters) else { return nil }
    let value = constraint.value(at: parameters)
    let gradient = constraint.gradient(at: Self.moved(parameters, constraint))
    var variance = 0.0
    if let inverse = curvature.pseudoInverse(flatness: 1e-10) {
      for j in gradient.indices {
        for i in gradient.indices { variance += 2 * gradient[i] * inverse[i, j] * gradient[j] }
      }
    }
    let error = variance.squareRoot()
    standardError =
      error.isFinite && error > 0 ? error : Self.defaultError * (value == 0 ? 1 : abs(value))
    stiffness = Self.relativeStiffness * 2 / (standardError * standardError)
    minimum = ProfilePoint(
      value: value, deviance: deviance, slope: 0, coefficients: all.coefficients, sigma: all.sigma,
      sizeParameter: all.sizeParameter, theta: all.theta, state: parameters, curvature: curvature)
  }

  mutating func point(
    near value: Double, from start: ProfilePoint
  ) throws(MixedModelError) -> ProfilePoint? {
    var augmented = AugmentedDeviance(
      base: base, constraint: constraint, target: value,
      multiplier: -predictedSlope(at: value, from: start), stiffness: stiffness,
      firstCurvature: start.curvature)
    let optimum = try TrustRegionNewton(modelEvaluations: 1).minimize(
      &augmented, from: Self.moved(start.state, constraint))
    base = augmented.base
    guard optimum.termination.isSuccess, let all = estimates(&base, optimum.parameters) else {
      return nil
    }
    let reached = constraint.value(at: optimum.parameters)
    var curvature = optimum.hessian
    curvature?.addOuterProduct(
      of: constraint.gradient(at: optimum.parameters), times: -stiffness)
    return ProfilePoint(
      value: reached, deviance: optimum.value - augmented.addition(reached),
      slope: -augmented.totalMultiplier(reached), coefficients: all.coefficients,
      sigma: all.sigma, sizeParameter: all.sizeParameter, theta: all.theta,
      state: optimum.parameters, curvature: curvature)
  }

  /// The derivative of the profile if its signed root goes on in a straight line.
  private func predictedSlope(at value: Double, from start: ProfilePoint) -> Double {
    let rise = start.deviance - minimum.deviance
    guard start.slope != 0, rise > 0 else {
      return 2 * (value - minimum.value) / (standardError * standardError)
    }
    let ratio = start.slope / (2 * rise)
    return start.slope * (1 + ratio * (value - start.value))
  }

  private static func moved(
    _ parameters: [Double], _ constraint: ParameterConstraint
  ) -> [Double] {
    var parameters = parameters
    for (index, identity) in constraint.covariance.identityParameters.enumerated() {
      let place = constraint.thetaStart + index
      if identity == 1, abs(parameters[place]) < leastDiagonal {
        parameters[place] = parameters[place] < 0 ? -leastDiagonal : leastDiagonal
      }
    }
    return parameters
  }
}
