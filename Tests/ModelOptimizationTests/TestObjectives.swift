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

/// Uniform numbers of a seeded linear congruential generator.
struct UniformStream {
  private var state: UInt64

  init(seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  /// A number in [-1, 1).
  mutating func next() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) * 0x1p-52 - 1
  }

  mutating func vector(_ count: Int) -> [Double] { (0..<count).map { _ in next() } }

  /// A sum of signed outer products of random vectors, one per sign.
  mutating func symmetricMatrix(_ order: Int, signs: [Double]) -> Matrix {
    var matrix = Matrix(rowCount: order, columnCount: order)
    for sign in signs {
      let vector = vector(order)
      for j in 0..<order {
        for i in 0..<order { matrix[i, j] += sign * vector[i] * vector[j] }
      }
    }
    return matrix
  }
}
