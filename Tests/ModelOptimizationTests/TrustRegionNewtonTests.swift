// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import Testing

@testable import ModelOptimization

@Suite("Trust-region Newton method")
struct TrustRegionNewtonTests {
  let optimizer = TrustRegionNewton()

  @Test("A quadratic within the first radius takes two evaluations")
  func quadraticInOneStep() throws {
    var objective = quadratic
    let optimum = try optimizer.minimize(&objective, from: [2, -2])
    #expect(optimum.evaluations == 2)
    #expect(optimum.termination == .predictedReduction && optimum.termination.isSuccess)
    // One unit in the last place of each parameter.
    #expect(abs(optimum.parameters[0] - 3) <= 4.5e-16)
    #expect(abs(optimum.parameters[1] + 1) <= 2.3e-16)
    #expect(optimum.value < 1e-30)
    #expect(optimum.gradient == (try quadratic.function(optimum.parameters).1))
    #expect(optimum.hessian?.values == [2, 0, 0, 20])
    #expect(optimum.steps.map(\.parameters) == [[2, -2], optimum.parameters])
    #expect(optimum.steps.map(\.evaluation) == [1, 2])
  }

  @Test("Rosenbrock's valley is followed to its end", arguments: [[-1.2, 1], [5, -5], [0, 0]])
  func rosenbrockValley(start: [Double]) throws {
    var objective = rosenbrock
    let optimum = try optimizer.minimize(&objective, from: start)
    #expect(optimum.termination.isSuccess)
    #expect(optimum.evaluations <= 40)
    // The predicted reduction, which stops it at 1e-10, is the value itself near the minimum;
    // along the valley the curvature is 0.4, so that the parameters are good to 3e-5.
    #expect(optimum.value < 1e-10)
    #expect(optimum.parameters.allSatisfy { abs($0 - 1) < 5e-5 })
    #expect(optimum.value == optimum.steps.map(\.value).min())
  }

  @Test("The one-way model of the Dyestuff data has the deviance of lme4")
  func dyestuff() throws {
    // lme4 1.1-31, lmer(Yield ~ 1 + (1 | Batch), REML = FALSE): 327.327059881135, 0.752580695.
    for start in [0.1, 1, 5] {
      var objective = oneWayDeviance(between: 56_357.5, within: 58_830)
      let optimum = try optimizer.minimize(&objective, from: [start])
      #expect(optimum.termination.isSuccess && optimum.evaluations <= 10)
      #expect(abs(optimum.value - 327.327059881135) < 1e-9)
      #expect(abs(optimum.parameters[0] - 0.75258) < 1e-5)
    }
  }

  @Test("A zero variance is found as a stationary point in the interior")
  func singular() throws {
    // Less variance between the groups than within predicts: the minimum is at zero.
    for start in [0.1, 1, 5] {
      var objective = oneWayDeviance(between: 10, within: 360)
      let optimum = try optimizer.minimize(&objective, from: [start])
      #expect(optimum.termination.isSuccess && optimum.evaluations <= 10)
      #expect(abs(optimum.parameters[0]) < 1e-5)
    }
  }

  @Test("An interruption ends a run before an evaluation, at the best point")
  func interruption() throws {
    var objective = rosenbrock
    var seen: [([Double], Int)] = []
    let optimum = try optimizer.minimize(
      &objective, from: [-1.2, 1], options: OptimizationOptions(), onStep: nil
    ) { parameters, evaluations in
      seen.append((parameters, evaluations))
      return evaluations == 5
    }
    #expect(optimum.termination == .interrupted && optimum.evaluations == 5)
    #expect(seen.map { $0.1 } == [1, 2, 3, 4, 5])
    #expect(seen.last?.0 == optimum.parameters)
    #expect(optimum.value == optimum.steps.map(\.value).min())
    // A run that ends by itself is not asked about its end.
    var other = quadratic
    var questions = 0
    _ = try optimizer.minimize(
      &other, from: [2, -2], options: OptimizationOptions(), onStep: nil
    ) { _, _ in
      questions += 1
      return false
    }
    #expect(questions == 1)
  }

  @Test("An indefinite Hessian at the start leads away from the saddle")
  func saddle() throws {
    // x⁴/4 - x²/2 + y²/2: saddle at 0, minima -1/4 at (±1, 0).
    var objective = ClosureObjective(parameterCount: 2) { p in
      let (x, y) = (p[0], p[1])
      return (
        x * x * x * x / 4 - x * x / 2 + y * y / 2, [x * x * x - x, y],
        [3 * x * x - 1, 0, 0, 1]
      )
    }
    let optimum = try optimizer.minimize(&objective, from: [0, 1])
    #expect(optimum.termination.isSuccess)
    #expect(abs(abs(optimum.parameters[0]) - 1) < 1e-5 && abs(optimum.value + 0.25) < 1e-10)
  }

  @Test(
    "A value that is not finite is stepped back from",
    arguments: [Double.nan, .infinity, -.infinity])
  func steppingBack(hole: Double) throws {
    // x - log x, minimum 1 at 1; the full Newton step from 10 goes far below zero.
    var objective = ClosureObjective(parameterCount: 1) { p in
      let x = p[0]
      return x > 0 ? (x - logarithm(x), [1 - 1 / x], [1 / (x * x)]) : (hole, [0], [1])
    }
    let optimum = try optimizer.minimize(&objective, from: [10])
    #expect(optimum.termination.isSuccess && abs(optimum.parameters[0] - 1) < 1e-5)
    #expect(optimum.steps.contains { $0.value == .infinity })
    #expect(optimum.steps.allSatisfy { $0.value > 0.999 })
  }

  @Test(
    "No success where the value is finite at the start only", arguments: [Double.nan, .infinity])
  func surrounded(hole: Double) throws {
    var objective = ClosureObjective(parameterCount: 1) { p in
      p[0] == 2 ? (4, [4], [2]) : (hole, [hole], [hole])
    }
    let optimum = try optimizer.minimize(&objective, from: [2])
    #expect(optimum.termination == .stalled && !optimum.termination.isSuccess)
    #expect(optimum.termination.returnCode == "FAILURE")
    #expect(optimum.value == 4 && optimum.parameters == [2])
  }

  @Test("A wrong gradient ends as stalled, not as success")
  func wrongGradient() throws {
    var objective = ClosureObjective(parameterCount: 1) { p in (p[0] * p[0], [-2 * p[0]], [2]) }
    #expect(try optimizer.minimize(&objective, from: [2]).termination == .stalled)
  }

  @Test("Values too rough for the predicted reduction end as rounding")
  func roughValues() throws {
    // The value moves in units of 1e-5 on a level of 1e6: 1e-11 relative.
    var objective = ClosureObjective(parameterCount: 1) { p in
      let x = p[0] - 1
      return (1e6 + (x * x * 1e5).rounded() * 1e-5, [2 * x], [2])
    }
    let optimum = try optimizer.minimize(&objective, from: [1.0001])
    #expect(optimum.termination.isSuccess && optimum.evaluations < 10)
  }

  @Test(
    "A start without a finite value fails after one evaluation", arguments: [Double.nan, .infinity])
  func undefinedStart(value: Double) throws {
    var objective = ClosureObjective(parameterCount: 1) { _ in (value, [0], [1]) }
    let optimum = try optimizer.minimize(&objective, from: [2])
    #expect(optimum.termination == .undefinedStart && optimum.evaluations == 1)
    #expect(optimum.value == .infinity && optimum.gradient == nil)
  }

  @Test("Derivatives that are not finite count as no value")
  func undefinedDerivatives() throws {
    var objective = ClosureObjective(parameterCount: 1) { _ in (1, [.nan], [1]) }
    #expect(
      try optimizer.minimize(&objective, from: [2]).termination == .undefinedStart)
  }

  @Test("A lower value without derivatives is stepped back from")
  func undefinedTrialDerivatives() throws {
    // (x - 3)², without a Hessian beyond 2.
    var objective = ClosureObjective(parameterCount: 1) { p in
      let x = p[0] - 3
      return (x * x, [2 * x], [p[0] > 2 ? .nan : 2])
    }
    let optimum = try optimizer.minimize(&objective, from: [0])
    #expect(optimum.termination == .stalled && optimum.parameters[0] <= 2)
    #expect(optimum.evaluations < 100)
  }

  @Test("Only the lower triangle of the Hessian is read")
  func lowerTriangle() throws {
    var objective = ClosureObjective(parameterCount: 2) { p throws(MixedModelError) in
      var (value, gradient, hessian) = try rosenbrock.function(p)
      hessian[2] = .nan
      return (value, gradient, hessian)
    }
    #expect(try optimizer.minimize(&objective, from: [-1.2, 1]).value < 1e-10)
  }

  @Test("A zero Hessian and a zero gradient are a stationary point")
  func constant() throws {
    var objective = ClosureObjective(parameterCount: 2) { _ in (7, [0, 0], [0, 0, 0, 0]) }
    let optimum = try optimizer.minimize(&objective, from: [1, 2])
    #expect(optimum.termination == .predictedReduction && optimum.evaluations == 1)
  }

  @Test("Nothing to optimize is one evaluation")
  func noParameters() throws {
    var objective = ClosureObjective(parameterCount: 0) { _ in (7, [], []) }
    let optimum = try optimizer.minimize(&objective, from: [])
    #expect(optimum.value == 7 && optimum.termination.isSuccess && optimum.evaluations == 1)
  }

  @Test("A function without a minimum ends at the default limit of 200 evaluations")
  func unbounded() throws {
    var objective = ClosureObjective(parameterCount: 1) { p in
      (-logarithm(1 + p[0] * p[0]), [-2 * p[0] / (1 + p[0] * p[0])], [1])
    }
    let optimum = try optimizer.minimize(&objective, from: [1])
    #expect(optimum.evaluations <= 200 && optimum.value.isFinite)
    #expect(optimum.termination == .evaluationLimit || optimum.termination.isSuccess)
  }
}

@Suite("Options of the trust-region Newton method")
struct TrustRegionNewtonOptionsTests {
  let optimizer = TrustRegionNewton()

  @Test("The limit on evaluations is honoured and reported")
  func evaluationLimit() throws {
    var objective = rosenbrock
    let optimum = try optimizer.minimize(
      &objective, from: [-1.2, 1], options: OptimizationOptions(maxEvaluations: 5))
    #expect(optimum.evaluations == 5 && optimum.termination == .evaluationLimit)
    #expect(optimum.termination.returnCode == "MAXEVAL_REACHED")
    #expect(!optimum.termination.isSuccess)
    #expect(optimum.value == optimum.steps.map(\.value).min())
  }

  @Test("The time limit is honoured and reported")
  func timeLimit() throws {
    var objective = rosenbrock
    let optimum = try optimizer.minimize(
      &objective, from: [-1.2, 1], options: OptimizationOptions(maxTime: 1e-9))
    #expect(optimum.evaluations == 1 && optimum.termination == .timeLimit)
    #expect(optimum.termination.returnCode == "MAXTIME_REACHED")
    objective = rosenbrock
    #expect(
      try optimizer.minimize(
        &objective, from: [-1.2, 1], options: OptimizationOptions(maxTime: .infinity)
      ).termination.isSuccess)
  }

  @Test("Tolerances set by the user stop earlier")
  func tolerances() throws {
    func evaluations(_ options: OptimizationOptions) throws -> (Int, Termination) {
      var objective = rosenbrock
      let optimum = try optimizer.minimize(&objective, from: [-1.2, 1], options: options)
      return (optimum.evaluations, optimum.termination)
    }
    let (full, _) = try evaluations(OptimizationOptions())
    let (byValue, valueCause) = try evaluations(OptimizationOptions(ftolAbsolute: 0.1))
    #expect(byValue < full && valueCause.returnCode == "FTOL_REACHED")
    let (byParameter, parameterCause) = try evaluations(OptimizationOptions(xtolAbsolute: 0.1))
    #expect(byParameter < full && parameterCause.returnCode == "XTOL_REACHED")
    let (byRatio, ratioCause) = try evaluations(OptimizationOptions(xtolRelative: 0.1))
    #expect(byRatio < full && ratioCause == .parameterTolerance)
  }

  @Test("Every evaluation reaches the observer, in order")
  func observer() throws {
    // Unchecked: the observer is called from the minimization, which is on this thread.
    final class Record: @unchecked Sendable {
      var steps: [OptimizationStep] = []
    }
    let record = Record()
    var objective = rosenbrock
    let optimum = try optimizer.minimize(
      &objective, from: [-1.2, 1], options: OptimizationOptions()
    ) { step in record.steps.append(step) }
    #expect(record.steps == optimum.steps)
  }

  @Test("Errors of the objective come out")
  func objectiveError() {
    let failure = MixedModelError(.numerical, .nothing, problem: "The objective broke.")
    var objective = ClosureObjective(parameterCount: 1) { _ throws(MixedModelError) in
      throw failure
    }
    #expect(throws: failure) { try optimizer.minimize(&objective, from: [1]) }
  }

  @Test("Options not accepted are named with what is")
  func validation() throws {
    let cases: [(OptimizationOptions, String)] = [
      (
        OptimizationOptions(ftolAbsolute: -1),
        "The option ftol-abs cannot be -1.0. "
          + "It accepts a finite number, zero (no such test) or positive."
      ),
      (
        OptimizationOptions(xtolRelative: .nan),
        "The option xtol-rel cannot be nan. "
          + "It accepts a finite number, zero (no such test) or positive."
      ),
      (
        OptimizationOptions(maxEvaluations: 0),
        "The option max-evaluations cannot be 0. It accepts a whole number of at least 1."
      ),
      (
        OptimizationOptions(maxTime: .nan),
        "The option max-time cannot be nan. It accepts a positive number of seconds."
      ),
      (
        OptimizationOptions(start: [1]),
        "The option start has 1 value, but the model has 2 parameters to optimize. "
          + "Give one value for each parameter."
      ),
      (
        OptimizationOptions(start: [1, .infinity]),
        "The option start cannot be inf. It accepts finite numbers."
      ),
      (
        OptimizationOptions(initialStep: [0, 1]),
        "The option initial-step cannot be 0.0. It accepts positive finite numbers."
      ),
      (
        OptimizationOptions(lowerBounds: [-.infinity, .nan]),
        "The option lower-bounds cannot be nan. It accepts finite numbers or -inf."
      ),
    ]
    for (options, message) in cases {
      var objective = quadratic
      let error = #expect(throws: MixedModelError.self) {
        try optimizer.minimize(&objective, from: [1, 1], options: options)
      }
      #expect(error?.description == message)
      #expect(error?.kind == .option)
    }
    var objective = quadratic
    #expect(throws: MixedModelError.self) { try optimizer.minimize(&objective, from: [1]) }
  }
}
