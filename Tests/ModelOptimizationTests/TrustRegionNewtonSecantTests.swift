// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import Testing

@testable import ModelOptimization

@Suite("Trust-region Newton method with secant models")
struct TrustRegionNewtonSecantTests {
  let always = TrustRegionNewton()
  let secant = TrustRegionNewton(modelEvaluations: 4)

  @Test("A quadratic with a wrong model ends soon after its secant models begin")
  func quadraticModel() throws {
    for factor in [0.7, 1.3] {
      var objective = quadratic.withDiagonalModel(times: factor)
      let slow = try always.minimize(&objective, from: [0, 0])
      let fast = try secant.minimize(&objective, from: [0, 0])
      #expect(fast.termination == .predictedReduction && fast.value < 1e-20)
      #expect(fast.evaluations <= 7 && slow.evaluations >= 12)
    }
  }

  @Test(
    "Rosenbrock's valley, where a diagonal model creeps, is followed to its end",
    arguments: [[-1.2, 1], [5, -5], [0, 0]])
  func rosenbrockModel(start: [Double]) throws {
    for factor in [0.7, 1.3] {
      var objective = rosenbrock.withDiagonalModel(times: factor)
      let fast = try secant.minimize(&objective, from: start)
      #expect(fast.termination == .predictedReduction && fast.evaluations <= 80)
      #expect(fast.value < 1e-10)
      #expect(try always.minimize(&objective, from: start).termination == .evaluationLimit)
    }
  }

  @Test("Secant models converge superlinearly where a wrong model converges linearly")
  func superlinear() throws {
    var exact = logisticRegression
    let start = [1.0, 1, 1, 1, 1]
    // Newton's method squares the error, so one more step leaves rounding only.
    let least = try always.minimize(
      &exact, from: always.minimize(&exact, from: start).parameters.map { $0 + 1e-4 }
    ).value
    for factor in [0.7, 1.3] {
      var objective = logisticRegression.withDiagonalModel(times: factor)
      let slow = try always.minimize(&objective, from: start)
      let fast = try secant.minimize(&objective, from: start)
      #expect(fast.termination.isSuccess && fast.value - least < 1e-10)
      #expect(fast.evaluations <= 20 && slow.evaluations >= 4 * fast.evaluations)

      /// The evaluations that gain the six digits from 1e-3 to 1e-9.
      func lastDigits(_ optimum: Optimum) -> Int {
        optimum.steps.count { $0.value - least < 1e-3 && $0.value - least > 1e-9 }
      }
      #expect(lastDigits(fast) <= 6 && lastDigits(slow) >= 20)
    }
  }

  @Test("The model is asked for at four accepted points and not again")
  func skipped() throws {
    var objective = CountingObjective(rosenbrock.withDiagonalModel(times: 1.3))
    let optimum = try secant.minimize(&objective, from: [-1.2, 1])
    #expect(optimum.termination.isSuccess)
    #expect(objective.requests.count == optimum.evaluations)
    // Every point below all before it was accepted; the start is the first.
    var (acceptedCount, least) = (0, Double.infinity)
    for (step, request) in zip(optimum.steps, objective.requests) {
      #expect(request == (acceptedCount < 4))
      if step.value < least {
        least = step.value
        acceptedCount += 1
      }
    }
    #expect(acceptedCount > 10)
  }

  @Test("Without a number of models every evaluation asks for one")
  func unskipped() throws {
    var objective = CountingObjective(rosenbrock)
    _ = try always.minimize(&objective, from: [-1.2, 1])
    #expect(objective.requests.allSatisfy { $0 })
  }

  @Test("A model known to be approximate is given up where it is wrong, and only there")
  func approximate() throws {
    let start = [1.0, 1, 1, 1, 1]
    for factor in [0.7, 1.3] {
      var objective = logisticRegression.withDiagonalModel(times: factor)
      let creeping = try always.minimize(&objective, from: start)
      objective.hessianIsApproximate = true
      let optimum = try always.minimize(&objective, from: start)
      #expect(optimum.termination.isSuccess && abs(optimum.value - creeping.value) < 1e-9)
      // At six evaluations the model is found wrong; the rest is that of a secant method.
      #expect(optimum.evaluations <= 25 && creeping.evaluations >= 3 * optimum.evaluations)
      // What is left is not the objective's model, and is not passed for it.
      #expect(optimum.gradient != nil && optimum.hessian == nil)
    }
    var objective = CountingObjective(logisticRegression)
    objective.base.hessianIsApproximate = true
    let optimum = try always.minimize(&objective, from: start)
    #expect(objective.requests.allSatisfy { $0 } && optimum.hessian != nil)
  }

  @Test("A model that curves downwards is not frozen, so that saddles are left")
  func saddle() throws {
    // x⁴/4 - x²/2 + y²/2: saddle at 0, minima -1/4 at (±1, 0).
    var objective = CountingObjective(
      ClosureObjective(parameterCount: 2) { p in
        let (x, y) = (p[0], p[1])
        return (
          x * x * x * x / 4 - x * x / 2 + y * y / 2, [x * x * x - x, y], [3 * x * x - 1, 0, 0, 1]
        )
      })
    let optimum = try TrustRegionNewton(modelEvaluations: 1).minimize(&objective, from: [0, 1])
    #expect(optimum.termination.isSuccess && abs(optimum.value + 0.25) < 1e-10)
    #expect(objective.requests[1] && objective.requests.contains(false))
  }

  @Test("A value that is not finite is stepped back from")
  func steppingBack() throws {
    for hole in [Double.nan, .infinity] {
      // x - log x, minimum 1 at 1; the model is that of the start, far too soft.
      var objective = ClosureObjective(parameterCount: 1) { p in
        let x = p[0]
        return x > 0 ? (x - logarithm(x), [1 - 1 / x], [0.01]) : (hole, [hole], [hole])
      }
      let optimum = try TrustRegionNewton(modelEvaluations: 1).minimize(&objective, from: [10])
      #expect(optimum.termination.isSuccess && abs(optimum.parameters[0] - 1) < 1e-5)
      #expect(optimum.steps.contains { $0.value == .infinity })
    }
  }

  @Test("The Hessian of the result is the secant model there")
  func resultingHessian() throws {
    var objective = quadratic.withDiagonalModel(times: 1.3)
    let hessian = try #require(secant.minimize(&objective, from: [0, 0]).hessian)
    #expect(hessian.values.allSatisfy(\.isFinite) && hessian == hessian.transposed)
  }
}

@Suite("Trust-region Newton method on noisy values")
struct TrustRegionNewtonNoiseTests {
  @Test(
    "Noise of 1e-9 neither stalls the method nor keeps it from the optimum",
    arguments: [1e3, -1e4, 1e6], [nil, 4] as [Int?])
  func noise(level: Double, modelEvaluations: Int?) throws {
    let optimizer = TrustRegionNewton(modelEvaluations: modelEvaluations)
    for shift in [0, 1e-3, 2e-3, 3e-3] {
      // A difference of two values has twice the noise of one.
      for (exact, start) in [
        (quadratic, [shift, 0]), (logisticRegression, [1 + shift, 1, 1, 1, 1]),
      ] {
        let model = exact.withDiagonalModel(times: 1.3)
        var objective = model.withNoise(1e-9, level: level, declared: 2e-9)
        let optimum = try optimizer.minimize(&objective, from: start)
        #expect(optimum.termination.isSuccess)
        var noiseless = exact
        let least = try TrustRegionNewton().minimize(&noiseless, from: start).value
        // The gradients resolve what the values, with noise of 1e-6 to 1e-3, do not.
        #expect(try exact.value(at: optimum.parameters) < least + 1e-8)
        #expect(optimum.evaluations < 100)
      }
    }
  }

  @Test("A result is no further above the least value seen than the noise")
  func leastValue() throws {
    for shift in 0..<20 {
      var objective = quadratic.withDiagonalModel(times: 1.3)
        .withNoise(1e-9, level: 1e4, declared: 2e-9)
      let optimum = try TrustRegionNewton().minimize(&objective, from: [0.1 * Double(shift), 0])
      let least = try #require(optimum.steps.map(\.value).min())
      #expect(optimum.value <= least + 2e-9 * abs(least))
    }
  }

  @Test("A wrong gradient still ends as stalled, however large the value")
  func wrongGradient() throws {
    for level in [1e3, 1e6, 1e9] {
      var objective = ClosureObjective(parameterCount: 1) { p in
        (level + p[0] * p[0], [-2 * p[0]], [2])
      }
      for optimizer in [TrustRegionNewton(), TrustRegionNewton(modelEvaluations: 1)] {
        #expect(try optimizer.minimize(&objective, from: [200]).termination == .stalled)
      }
    }
  }

  @Test("A last step lost in the rounding of a large value is judged by its gradients")
  func largeValue() throws {
    // The values differ by multiples of 1.2e-7, more than the last steps gain.
    var objective = ClosureObjective(parameterCount: 2) { p throws(MixedModelError) in
      let (value, gradient, hessian) = try rosenbrock.function(p)
      return (1e9 + value, gradient, hessian)
    }
    let optimum = try TrustRegionNewton().minimize(&objective, from: [-1.2, 1])
    #expect(optimum.termination == .predictedReduction)
    // The tolerance is 1e-15 relative, 1e-6, which the last step squares.
    #expect(try rosenbrock.value(at: optimum.parameters) < 1e-6)
  }
}

/// An objective that notes whether each evaluation was to include the Hessian.
private struct CountingObjective: SecondOrderObjective {
  var base: ClosureObjective
  private(set) var requests: [Bool] = []

  init(_ base: ClosureObjective) { self.base = base }

  var parameterCount: Int { base.parameterCount }
  var hessianIsApproximate: Bool { base.hessianIsApproximate }

  func value(at parameters: [Double]) throws(MixedModelError) -> Double {
    try base.value(at: parameters)
  }

  mutating func evaluate(
    at parameters: [Double], into point: inout ObjectivePoint
  ) throws(MixedModelError) {
    requests.append(point.needsHessian)
    try base.evaluate(at: parameters, into: &point)
  }
}
