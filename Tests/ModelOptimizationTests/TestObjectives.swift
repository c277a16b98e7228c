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

/// The profiled deviance (ML) of one-way data in six groups of five, by its sums of squares
/// between and within, as a function of the relative standard deviation of the groups.
func oneWayDeviance(between: Double, within: Double) -> ClosureObjective {
  ClosureObjective(parameterCount: 1) { p in
    let (groups, rows, twoPi) = (6.0, 30.0, 6.283185307179586)
    let theta = p[0]
    let (s, s1, s2) = (1 + 5 * theta * theta, 10 * theta, 10.0)
    let residual = within + between / s
    let r1 = -between * s1 / (s * s) / residual
    let r2 = between * (2 * s1 * s1 / s - s2) / (s * s) / residual
    return (
      groups * logarithm(s) + rows * (1 + logarithm(twoPi * residual / rows)),
      [groups * s1 / s + rows * r1],
      [groups * (s2 / s - s1 * s1 / (s * s)) + rows * (r2 - r1 * r1)]
    )
  }
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
