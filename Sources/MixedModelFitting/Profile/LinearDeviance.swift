// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import ModelOptimization
import RealModule

/// Minus twice the log-likelihood of a linear model as a function of theta and the logarithm of the
/// residual standard deviation, in the unit in which the response is held.
struct LinearDeviance: SecondOrderObjective {
  private(set) var profiled: ProfiledDeviance

  init(_ problem: LinearProblem) throws(MixedModelError) {
    profiled = try problem.profiledDeviance(.maximumLikelihood, residualVariance: 1)
  }

  var parameterCount: Int { profiled.parameterCount + 1 }
  var hessianIsApproximate: Bool { true }

  private mutating func theta(_ parameters: [Double]) -> [Double] {
    profiled.fixedVariance = Double.exp(2 * parameters[parameters.count - 1])
    return Array(parameters.dropLast())
  }

  mutating func value(at parameters: [Double]) -> Double {
    let theta = theta(parameters)
    return profiled.value(at: theta)
  }

  mutating func evaluate(at parameters: [Double], into point: inout ObjectivePoint) {
    let theta = theta(parameters)
    let count = theta.count
    var inner = ObjectivePoint(parameterCount: count)
    inner.needsHessian = point.needsHessian
    profiled.evaluate(at: theta, into: &inner)
    point.value = inner.value
    guard inner.value < .infinity, let variance = profiled.fixedVariance else { return }
    for i in 0..<count { point.gradient[i] = inner.gradient[i] }
    let share = profiled.leastSquares.penalizedResidualSumOfSquares / variance
    point.gradient[count] = 2 * (profiled.effectiveCount - share)
    guard point.needsHessian else { return }
    for j in 0..<count {
      for i in 0..<count { point.hessian[i, j] = inner.hessian[i, j] }
      let mixed = 2 * profiled.residualSensitivities[j] / variance
      point.hessian[count, j] = mixed
      point.hessian[j, count] = mixed
    }
    point.hessian[count, count] = 4 * share
  }

  /// The fixed effects at the parameters.
  mutating func coefficients(at parameters: [Double]) -> [Double]? {
    let theta = theta(parameters)
    return profiled.solution(at: theta).map {
      profiled.leastSquares.crossProducts.basis.coefficients($0.coordinates)
    }
  }
}
