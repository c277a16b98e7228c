// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import ModelOptimization

/// An objective given by a closure that returns value, gradient and Hessian (column-major).
struct ClosureObjective: SecondOrderObjective, Sendable {
  let parameterCount: Int
  let function: @Sendable ([Double]) throws(MixedModelError) -> (Double, [Double], [Double])

  func value(at parameters: [Double]) throws(MixedModelError) -> Double {
    try function(parameters).0
  }

  func evaluate(
    at parameters: [Double], into point: inout ObjectivePoint
  ) throws(MixedModelError) {
    let (value, gradient, hessian) = try function(parameters)
    point.value = value
    point.gradient = gradient
    point.hessian = Matrix(rowCount: parameterCount, columnCount: parameterCount, values: hessian)
  }
}

/// (x - 3)² + 10(y + 1)², minimum 0 at (3, -1).
let quadratic = ClosureObjective(parameterCount: 2) { p in
  let (x, y) = (p[0] - 3, p[1] + 1)
  return (x * x + 10 * y * y, [2 * x, 20 * y], [2, 0, 0, 20])
}

/// Rosenbrock's valley, minimum 0 at (1, 1).
let rosenbrock = ClosureObjective(parameterCount: 2) { p in
  let (x, y) = (p[0], p[1])
  let valley = y - x * x
  return (
    100 * valley * valley + (1 - x) * (1 - x),
    [-400 * x * valley - 2 * (1 - x), 200 * valley],
    [1200 * x * x - 400 * y + 2, -400 * x, -400 * x, 200]
  )
}
