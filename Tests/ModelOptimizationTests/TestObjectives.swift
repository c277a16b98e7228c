// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import ModelOptimization

/// An objective given by a closure that returns value, gradient and Hessian (column-major).
///
/// Where no Hessian is asked for, it writes one of NaN, which no method may read.
struct ClosureObjective: SecondOrderObjective, Sendable {
  let parameterCount: Int
  var relativeNoise = 1e-11
  var hessianIsApproximate = false
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
    point.hessian = Matrix(
      rowCount: parameterCount, columnCount: parameterCount,
      values: point.needsHessian ? hessian : hessian.map { _ in .nan })
  }
}

extension ClosureObjective {
  /// The same objective with a model in place of its Hessian: the diagonal only, times a factor.
  func withDiagonalModel(times factor: Double) -> ClosureObjective {
    let (count, function) = (parameterCount, function)
    return ClosureObjective(parameterCount: count) { p throws(MixedModelError) in
      let (value, gradient, hessian) = try function(p)
      let model = hessian.indices.map { $0 % (count + 1) == 0 ? factor * hessian[$0] : 0 }
      return (value, gradient, model)
    }
  }

  /// The same objective on a level, with deterministic noise of the given relative size.
  func withNoise(_ size: Double, level: Double, declared: Double) -> ClosureObjective {
    let function = function
    return ClosureObjective(parameterCount: parameterCount, relativeNoise: declared) {
      p throws(MixedModelError) in
      let (value, gradient, hessian) = try function(p)
      var hash: UInt64 = 0
      for x in p {
        hash = (hash ^ x.bitPattern) &* 0x9E37_79B9_7F4A_7C15
        hash ^= hash >> 29
      }
      var stream = UniformStream(seed: Int(truncatingIfNeeded: hash))
      return ((level + value) * (1 + size * stream.next()), gradient, hessian)
    }
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

/// The deviance of a logistic regression on five correlated variables in sixty rows, convex.
let logisticRegression = ClosureObjective(parameterCount: 5) { p in
  var stream = UniformStream(seed: 3)
  var value = 0.0
  var gradient = [Double](repeating: 0, count: 5)
  var hessian = [Double](repeating: 0, count: 25)
  for _ in 0..<60 {
    var x = stream.vector(5)
    for i in 1..<5 { x[i] = 0.6 * x[i] + 0.4 * x[0] }
    let y = stream.next() + 0.4 * x[0] - 0.3 * x[3] > 0 ? 1.0 : 0
    let eta = x.indices.reduce(0) { $0 + x[$1] * p[$1] }
    let mu = 1 / (1 + exponential(-eta))
    value += 2 * (logarithm(1 + exponential(eta)) - y * eta)
    for i in 0..<5 {
      gradient[i] += 2 * (mu - y) * x[i]
      for j in 0..<5 { hessian[i + 5 * j] += 2 * mu * (1 - mu) * x[i] * x[j] }
    }
  }
  return (value, gradient, hessian)
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
