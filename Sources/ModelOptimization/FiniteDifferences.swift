// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors

/// Derivatives by central differences: to check exact ones, and for Hessians that have no
/// formula.
package enum FiniteDifferences {
  /// The order of the truncation error in the step.
  package enum Order: Sendable, CaseIterable {
    /// (f(x+h) - f(x-h))/2h: two values a parameter, about ten digits of a smooth function.
    case second
    /// Six values a parameter, about twelve digits of a smooth function.
    case sixth

    /// The weights of f(x+kh) - f(x-kh) for k = 1, 2, ...
    ///
    /// Source: Fornberg, "Generation of finite difference formulas on arbitrarily spaced
    /// grids", Math. Comp. 51 (1988), 699-706, table 1.
    fileprivate var weights: [Double] {
      switch self {
      case .second: [1.0 / 2]
      case .sixth: [3.0 / 4, -3.0 / 20, 1.0 / 60]
      }
    }

    /// The step, relative to a parameter of order one, that balances truncation hⁿ against
    /// rounding ε/h: ε^(1/(n+1)).
    fileprivate var relativeStep: Double {
      switch self {
      case .second: 6e-6
      case .sixth: 6e-3
      }
    }
  }

  /// The gradient of an objective, m entries, from its values.
  /// - Complexity: 2m or 6m evaluations.
  package static func gradient<O: Objective>(
    of objective: inout O, at parameters: [Double], order: Order = .sixth
  ) throws(MixedModelError) -> [Double] {
    var gradient = [Double](repeating: 0, count: parameters.count)
    var moved = parameters
    for i in parameters.indices {
      let step = step(order, at: parameters[i])
      for (k, weight) in order.weights.enumerated() {
        let offset = Double(k + 1) * step
        moved[i] = parameters[i] + offset
        let above = try objective.value(at: moved)
        moved[i] = parameters[i] - offset
        let below = try objective.value(at: moved)
        gradient[i] += weight * (above - below) / step
      }
      moved[i] = parameters[i]
    }
    return gradient
  }

  /// The Hessian of an objective, m × m and exactly symmetric, from its exact gradients.
  ///
  /// The asymmetry of the differences is rounding and truncation error; averaging removes it.
  /// - Complexity: 2m or 6m evaluations of the gradient.
  package static func hessian<O: SecondOrderObjective>(
    of objective: inout O, at parameters: [Double], order: Order = .second
  ) throws(MixedModelError) -> Matrix {
    let count = parameters.count
    var hessian = Matrix(rowCount: count, columnCount: count)
    var point = ObjectivePoint(parameterCount: count)
    point.needsHessian = false
    var moved = parameters
    for j in 0..<count {
      let step = step(order, at: parameters[j])
      for (k, weight) in order.weights.enumerated() {
        for side in [1.0, -1] {
          moved[j] = parameters[j] + side * Double(k + 1) * step
          try objective.evaluate(at: moved, into: &point)
          let factor = point.value.isFinite ? side * weight / step : .nan
          for i in 0..<count { hessian[i, j] += factor * point.gradient[i] }
        }
      }
      moved[j] = parameters[j]
    }
    for j in 0..<count {
      for i in j..<count {
        let mean = (hessian[i, j] + hessian[j, i]) / 2
        hessian[i, j] = mean
        hessian[j, i] = mean
      }
    }
    return hessian
  }

  /// The Hessian by one-sided differences from the exact gradient at the parameters, to about five
  /// digits.
  /// - Complexity: m evaluations of the gradient.
  package static func hessian<O: SecondOrderObjective>(
    of objective: inout O, at parameters: [Double], gradient: [Double]
  ) throws(MixedModelError) -> Matrix {
    let count = parameters.count
    var hessian = Matrix(rowCount: count, columnCount: count)
    var point = ObjectivePoint(parameterCount: count)
    point.needsHessian = false
    var moved = parameters
    for j in 0..<count {
      let step = powerOfTwo(near: oneSidedStep * max(abs(parameters[j]), 1))
      moved[j] = parameters[j] + step
      try objective.evaluate(at: moved, into: &point)
      moved[j] = parameters[j]
      for i in 0..<count {
        let entry = point.value.isFinite ? (point.gradient[i] - gradient[i]) / step : .nan
        hessian[i, j] += entry / 2
        hessian[j, i] += entry / 2
      }
    }
    return hessian
  }

  /// Between truncation, h, and the rounding of a gradient that sums many terms, 1e-12/h.
  private static let oneSidedStep = 1e-5

  /// A power of two near the best step, so that x ± h is exact for x of the same size.
  private static func step(_ order: Order, at parameter: Double) -> Double {
    powerOfTwo(near: order.relativeStep * max(abs(parameter), 1))
  }

  private static func powerOfTwo(near step: Double) -> Double {
    Double(sign: .plus, exponent: step.exponent, significand: 1)
  }
}
