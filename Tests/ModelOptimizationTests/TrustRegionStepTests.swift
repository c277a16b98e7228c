// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import Testing

@testable import ModelOptimization

@Suite("The trust-region step")
struct TrustRegionStepTests {
  @Test("The Newton step of many parameters is that of few, by another factorization")
  func largeNewtonStep() throws {
    let count = 300
    let numbers = (0..<count).map { Double($0 * 7919 % 101) / 50 - 1 }
    var hessian = Matrix(rowCount: count, columnCount: count)
    for j in 0..<count {
      for i in 0..<count { hessian[i, j] = (i == j ? 3 : 0) + 1 / Double(1 + abs(i - j)) }
    }
    let (step, reduction) = try #require(
      TrustRegionNewton.newtonStep(numbers, hessian: hessian))
    var square = 0.0
    for i in 0..<count {
      var sum = numbers[i]
      for j in 0..<count { sum += hessian[max(i, j), min(i, j)] * step[j] }
      #expect(abs(sum) < 1e-11)
      square -= numbers[i] * step[i]
    }
    #expect(abs(reduction - square / 2) < 1e-10 * square)
    var indefinite = hessian
    indefinite[200, 200] = -1
    #expect(TrustRegionNewton.newtonStep(numbers, hessian: indefinite) == nil)
  }

  @Test(
    "Satisfies the conditions that characterize the constrained minimum",
    arguments: [1, 2, 3, 4, 9, 20])
  func optimalityConditions(count: Int) throws {
    var stream = UniformStream(seed: count)
    for trial in 0..<200 {
      // Positive definite, singular, indefinite, negative definite, zero.
      let signs: [Double] =
        switch trial % 5 {
        case 0: Array(repeating: 1, count: 2 * count)
        case 1: Array(repeating: 1, count: count - 1)
        case 2: (0..<2 * count).map { $0.isMultiple(of: 2) ? 1 : -1 }
        case 3: Array(repeating: -1, count: count)
        default: []
        }
      let hessian = stream.symmetricMatrix(count, signs: signs)
      let gradient = stream.vector(count)
      let scale = stream.vector(count).map { 0.01 + abs($0) }
      for radius in [1e-6, 0.1, 1, 100] {
        try check(gradient: gradient, hessian: hessian, scale: scale, radius: radius)
      }
    }
  }

  @Test("Completes the step to the boundary in the hard case")
  func hardCase() throws {
    // Curvatures -1 and 2, gradient along the second only: without the completion, p = -g/3.
    let quadratic = try #require(
      ScaledQuadratic(
        gradient: [0, 0.3], hessian: Matrix(rowCount: 2, columnCount: 2, values: [-1, 0, 0, 2]),
        scale: [1, 1]))
    let step = quadratic.step(radius: 2)
    #expect(step.multiplier == 1)
    #expect(abs(step.step[1] + 0.1) < 1e-15)
    #expect(abs(step.length - 2) < 1e-15)
    // 3.99/2 from the first direction, 0.03 - 0.01 from the second.
    #expect(abs(step.predictedReduction - (3.99 / 2 + 0.02)) < 1e-14)
  }

  @Test(
    "Hard and nearly hard cases satisfy the conditions too", arguments: [0, 1e-300, 1e-15, 1e-8])
  func nearlyHardCase(component: Double) throws {
    let hessian = Matrix(rowCount: 3, columnCount: 3, values: [-2, 0, 0, 0, -2, 0, 0, 0, 1])
    for radius in [1e-3, 1, 1e3] {
      try check(
        gradient: [component, 0, 0.5], hessian: hessian, scale: [1, 1, 1], radius: radius)
    }
  }

  @Test("Stays put where the gradient is zero and the model has no negative curvature")
  func stationary() throws {
    let hessian = Matrix(rowCount: 2, columnCount: 2, values: [1, 1, 1, 1])
    let quadratic = try #require(
      ScaledQuadratic(gradient: [0, 0], hessian: hessian, scale: [1, 1]))
    let step = quadratic.step(radius: 1)
    #expect(step.step == [0, 0] && step.predictedReduction == 0 && !step.isOnBoundary)
  }

  @Test("Moves only as far as needed where the model is flat across the gradient")
  func semidefinite() throws {
    // (x + y)²/2 + x + y: every minimum has x + y = -1; the shortest is (-1/2, -1/2).
    let hessian = Matrix(rowCount: 2, columnCount: 2, values: [1, 1, 1, 1])
    let quadratic = try #require(
      ScaledQuadratic(gradient: [1, 1], hessian: hessian, scale: [1, 1]))
    let step = quadratic.step(radius: 10)
    #expect(abs(step.step[0] + 0.5) < 1e-15 && abs(step.step[1] + 0.5) < 1e-15)
    #expect(!step.isOnBoundary)
  }

  @Test("Is no worse than the best of a fine grid", arguments: [1, 2])
  func bruteForce(count: Int) throws {
    var stream = UniformStream(seed: 77 + count)
    for trial in 0..<40 {
      let hessian = stream.symmetricMatrix(
        count, signs: [[1, 1], [1, -1], [-1, -1], [1], []][trial % 5])
      let gradient = stream.vector(count)
      let radius = 0.2 + abs(stream.next())
      let quadratic = try #require(
        ScaledQuadratic(
          gradient: gradient, hessian: hessian, scale: [Double](repeating: 1, count: count)))
      let step = quadratic.step(radius: radius)
      let reached = modelValue(gradient, hessian, step.step)
      #expect(abs(reached + step.predictedReduction) < 1e-14)
      for i in -100...100 {
        for j in count == 1 ? 0...0 : -100...100 {
          let point = [Double(i), Double(j)].prefix(count).map { $0 * radius / 100 }
          guard point.reduce(0, { $0 + $1 * $1 }) <= radius * radius else { continue }
          #expect(reached <= modelValue(gradient, hessian, point) + 1e-14)
        }
      }
    }
  }

  @Test("Derivatives that are not finite, or whose squares are not, give no model")
  func notFinite() {
    let identity = Matrix.identity(2)
    for entry in [Double.nan, .infinity, 1e200] {
      #expect(ScaledQuadratic(gradient: [entry, 0], hessian: identity, scale: [1, 1]) == nil)
    }
    var hessian = identity
    hessian[1, 0] = .nan
    #expect(ScaledQuadratic(gradient: [1, 0], hessian: hessian, scale: [1, 1]) == nil)
  }
}

private func modelValue(_ gradient: [Double], _ hessian: Matrix, _ step: [Double]) -> Double {
  var value = 0.0
  for j in step.indices {
    value += gradient[j] * step[j]
    for i in step.indices { value += step[i] * hessian[i, j] * step[j] / 2 }
  }
  return value
}

/// (H + μD²)p = -g, μ ≥ 0, μ(Δ - ‖Dp‖) = 0, H + μD² positive semidefinite, and the reported
/// length and reduction those of p.
private func check(gradient: [Double], hessian: Matrix, scale: [Double], radius: Double) throws {
  let count = gradient.count
  let quadratic = try #require(
    ScaledQuadratic(gradient: gradient, hessian: hessian, scale: scale))
  let step = quadratic.step(radius: radius)
  var scaled = hessian
  for j in 0..<count {
    for i in 0..<count { scaled[i, j] /= scale[i] * scale[j] }
  }
  let q = zip(scale, step.step).map { $0 * $1 }
  let c = zip(gradient, scale).map { $0 / $1 }
  // Rounding error: of the terms of the residual, which the eigenvector basis mixes.
  let norm = scaled.values.reduce(0) { $0 + $1 * $1 }.squareRoot()
  let gradientNorm = c.reduce(0) { $0 + $1 * $1 }.squareRoot()
  let tolerance = 1e-13 * Double(count) * (gradientNorm + (norm + step.multiplier) * step.length)
  for i in 0..<count {
    var residual = c[i] + step.multiplier * q[i]
    for j in 0..<count { residual += scaled[i, j] * q[j] }
    #expect(abs(residual) <= tolerance)
  }
  let length = q.reduce(0) { $0 + $1 * $1 }.squareRoot()
  #expect(step.multiplier >= 0)
  #expect(step.length <= radius * (1 + 1e-12))
  #expect(abs(step.length - length) <= 1e-12 * radius)
  if step.multiplier > 0 { #expect(abs(step.length - radius) <= 1e-12 * radius) }
  let lowest = try #require(SymmetricEigen(scaled)).values[0]
  #expect(lowest + step.multiplier >= -1e-14 * Double(count) * (norm + step.multiplier))
  let reduction = -modelValue(gradient, hessian, step.step)
  #expect(abs(step.predictedReduction - reduction) <= tolerance * radius + 1e-300)
}
