// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import ModelOptimization
import Testing

@testable import MixedModelNLopt

@Suite("Names of NLopt's algorithms")
struct NLoptNameTests {
  @Test("An unknown name is answered with the nearest and the list")
  func unknownName() {
    let error = #expect(throws: MixedModelError.self) { try NLoptOptimizer(named: "bobiqa") }
    #expect(
      error?.description
        == "There is no NLopt optimizer \"bobiqa\". Did you mean \"bobyqa\"? NLopt's optimizers: "
        + "bobyqa, newuoa, neldermead, cobyla, sbplx, praxis, lbfgs, slsqp, mma, ccsaq, var1, "
        + "var2, tnewton, tnewton_restart, tnewton_precond, tnewton_precond_restart.")
    #expect(error?.kind == .unknownName)
  }

  #if !NLopt
    @Test("Without the library, every algorithm says that it is missing")
    func unavailable() {
      let error = #expect(throws: MixedModelError.self) { try NLoptOptimizer(named: "bobyqa") }
      #expect(error?.kind == .unavailable)
      #expect(
        error?.description
          == "The optimizer \"bobyqa\" needs the NLopt library, which this program was built "
          + "without. Use the default optimizer, or build with the package trait NLopt.")
    }
  #endif
}

#if NLopt
  @Suite("NLopt's algorithms")
  struct NLoptOptimizerTests {
    @Test("Every algorithm finds the minimum of a quadratic", arguments: NLoptAlgorithm.allCases)
    func quadraticMinimum(algorithm: NLoptAlgorithm) throws {
      let optimizer = try NLoptOptimizer(named: algorithm.rawValue)
      #expect(optimizer.name == algorithm.rawValue)
      var objective = quadratic
      let optimum = try optimizer.minimize(&objective, from: [1, 0])
      #expect(optimum.termination.isSuccess)
      // A value within the tolerance of 1e-8 a method stops at; simplices stop a little above.
      #expect(optimum.value < 1e-6)
      #expect(abs(optimum.parameters[0] - 3) < 1e-3 && abs(optimum.parameters[1] + 1) < 1e-3)
      #expect(optimum.value == optimum.steps.map(\.value).min())
      #expect(optimum.evaluations == optimum.steps.count)
    }

    @Test(
      "Every algorithm works with one parameter and with none", arguments: NLoptAlgorithm.allCases)
    func fewParameters(algorithm: NLoptAlgorithm) throws {
      let optimizer = try NLoptOptimizer(algorithm)
      var one = ClosureObjective(parameterCount: 1) { p in
        ((p[0] - 2) * (p[0] - 2), [2 * (p[0] - 2)], [2])
      }
      let optimum = try optimizer.minimize(&one, from: [1])
      #expect(abs(optimum.parameters[0] - 2) < 1e-3)
      #expect(optimum.termination.isSuccess, "\(optimum.termination) \(optimum.evaluations)")
      var none = ClosureObjective(parameterCount: 0) { _ in (7, [], []) }
      #expect(try optimizer.minimize(&none, from: []).value == 7)
    }

    @Test(
      "Rosenbrock's valley is followed to its end",
      arguments: [
        NLoptAlgorithm.bobyqa, .newuoa, .neldermead, .praxis, .lbfgs, .slsqp, .var2,
        .truncatedNewtonPreconditionedRestart,
      ])
    func rosenbrockValley(algorithm: NLoptAlgorithm) throws {
      var objective = rosenbrock
      let optimum = try NLoptOptimizer(algorithm).minimize(&objective, from: [-1.2, 1])
      #expect(optimum.termination.isSuccess && optimum.value < 1e-6)
    }

    @Test(
      "Gradient-based algorithms get the exact gradient",
      arguments: NLoptAlgorithm.allCases.filter { $0 != .mma && $0 != .ccsaq })
    func gradients(algorithm: NLoptAlgorithm) throws {
      var objective = rosenbrock
      let optimum = try NLoptOptimizer(algorithm).minimize(&objective, from: [-1.2, 1])
      // SLSQP asks for the gradient at accepted points only.
      let usesGradient = optimum.gradientEvaluations > 0
      let isGradientBased = ![
        NLoptAlgorithm.bobyqa, .newuoa, .neldermead, .cobyla, .sbplx, .praxis,
      ].contains(algorithm)
      #expect(usesGradient == isGradientBased)
      if isGradientBased { #expect(optimum.evaluations < 250) }
      if let gradient = optimum.gradient {
        #expect(gradient == (try rosenbrock.function(optimum.parameters).1))
      }
    }

    @Test("Runs are reproducible, random directions included", arguments: NLoptAlgorithm.allCases)
    func reproducible(algorithm: NLoptAlgorithm) throws {
      let optimizer = try NLoptOptimizer(algorithm)
      func steps() throws -> [OptimizationStep] {
        var objective = rosenbrock
        return try optimizer.minimize(
          &objective, from: [-1.2, 1], options: OptimizationOptions(maxEvaluations: 100)
        ).steps
      }
      #expect(try steps() == steps())
    }

    @Test("The first steps are those of MixedModels.jl")
    func firstSteps() {
      #expect(NLoptOptimizer.firstSteps(from: [1, 0, 1]) == [0.75, 1, 0.75])
    }
  }

  @Suite("Places without a value, for NLopt")
  struct NLoptUndefinedTests {
    @Test(
      "NaN at the fourth and fifth evaluation does not pass for a minimum",
      arguments: NLoptAlgorithm.allCases)
    func undefinedEvaluations(algorithm: NLoptAlgorithm) throws {
      // Passed on as NaN, this made BOBYQA report success at (1.84, 1.83), value 4.70.
      for hole in [Double.nan, .infinity, -.infinity] {
        var objective = UndefinedAt(evaluations: 4...5, hole: hole)
        let optimum = try NLoptOptimizer(algorithm).minimize(&objective, from: [1, 1])
        #expect(optimum.value.isFinite)
        #expect(!optimum.termination.isSuccess || optimum.value < 1e-4)
        #expect(optimum.steps.dropFirst(3).prefix(2).allSatisfy { $0.value == .infinity })
      }
    }

    @Test("A region without values does not pass for a minimum", arguments: NLoptAlgorithm.allCases)
    func undefinedRegion(algorithm: NLoptAlgorithm) throws {
      // The minimum (3, -1) lies beyond a strip, and at its edge the derivatives are not zero.
      var objective = ClosureObjective(parameterCount: 2) { p throws(MixedModelError) in
        p[0] > 2 && p[0] < 10 ? (.nan, [.nan, .nan], [2, 0, 0, 20]) : try quadratic.function(p)
      }
      let optimum = try NLoptOptimizer(algorithm).minimize(&objective, from: [1, 0])
      #expect(!optimum.termination.isSuccess)
      #expect(optimum.value.isFinite)
    }

    @Test("A start without a value fails at once", arguments: NLoptAlgorithm.allCases)
    func undefinedStart(algorithm: NLoptAlgorithm) throws {
      var objective = ClosureObjective(parameterCount: 2) { _ in (.nan, [0, 0], [0, 0, 0, 0]) }
      let optimum = try NLoptOptimizer(algorithm).minimize(&objective, from: [1, 0])
      #expect(optimum.termination == .undefinedStart && optimum.evaluations == 1)
      #expect(optimum.value == .infinity && optimum.parameters == [1, 0])
    }
  }

  @Suite("Options of NLopt's algorithms")
  struct NLoptOptionsTests {
    @Test("The limit on evaluations is honoured and reported", arguments: NLoptAlgorithm.allCases)
    func evaluationLimit(algorithm: NLoptAlgorithm) throws {
      var objective = rosenbrock
      let optimum = try NLoptOptimizer(algorithm).minimize(
        &objective, from: [-1.2, 1], options: OptimizationOptions(maxEvaluations: 4))
      #expect(optimum.evaluations == 4 && optimum.termination == .evaluationLimit)
      #expect(optimum.value == optimum.steps.map(\.value).min())
    }

    @Test("The time limit is honoured and reported")
    func timeLimit() throws {
      var objective = rosenbrock
      let optimum = try NLoptOptimizer(.bobyqa).minimize(
        &objective, from: [-1.2, 1], options: OptimizationOptions(maxTime: 1e-9))
      #expect(optimum.termination == .timeLimit && optimum.evaluations == 1)
    }

    @Test(
      "Lower bounds are kept by the algorithms that have them",
      arguments: NLoptAlgorithm.allCases.filter(\.keepsBounds))
    func lowerBounds(algorithm: NLoptAlgorithm) throws {
      // On y ≥ 0 the minimum of (x - 3)² + 10(y + 1)² is 10 at (3, 0).
      var objective = quadratic
      let optimum = try NLoptOptimizer(algorithm).minimize(
        &objective, from: [1, 1], options: OptimizationOptions(lowerBounds: [-.infinity, 0]))
      #expect(optimum.termination.isSuccess && abs(optimum.value - 10) < 1e-5)
      #expect(optimum.steps.allSatisfy { $0.parameters[1] >= 0 })
    }

    @Test("A start below a bound is refused with both numbers")
    func startBelowBound() throws {
      let optimizer = try NLoptOptimizer(.bobyqa)
      let error = #expect(throws: MixedModelError.self) {
        var objective = quadratic
        _ = try optimizer.minimize(
          &objective, from: [1, -1], options: OptimizationOptions(lowerBounds: [0, 0]))
      }
      #expect(
        error?.description
          == "The starting value -1.0 of parameter 2 is below its lower bound 0.0. "
          + "Start at or above the bound, or choose an optimizer without bounds.")
    }

    @Test("Looser tolerances stop earlier")
    func tolerances() throws {
      func evaluations(_ options: OptimizationOptions) throws -> Int {
        var objective = rosenbrock
        return try NLoptOptimizer(.neldermead).minimize(
          &objective, from: [-1.2, 1], options: options
        ).evaluations
      }
      let full = try evaluations(OptimizationOptions())
      #expect(try evaluations(OptimizationOptions(ftolAbsolute: 1e-2)) < full)
      #expect(try evaluations(OptimizationOptions(xtolAbsolute: 1e-1)) < full)
    }

    @Test("Errors of the objective come out", arguments: NLoptAlgorithm.allCases)
    func objectiveError(algorithm: NLoptAlgorithm) throws {
      let optimizer = try NLoptOptimizer(algorithm)
      let failure = MixedModelError(.numerical, .nothing, problem: "The objective broke.")
      #expect(throws: failure) {
        var objective = FailingAt(evaluation: 5, failure: failure)
        _ = try optimizer.minimize(&objective, from: [-1.2, 1])
      }
    }

    @Test("Every evaluation reaches the observer, in order")
    func observer() throws {
      // Unchecked: the observer is called from the minimization, which is on this thread.
      final class Record: @unchecked Sendable {
        var steps: [OptimizationStep] = []
      }
      let record = Record()
      var objective = rosenbrock
      let optimum = try NLoptOptimizer(.bobyqa).minimize(
        &objective, from: [-1.2, 1], options: OptimizationOptions()
      ) { record.steps.append($0) }
      #expect(record.steps == optimum.steps)
    }
  }

  /// (x - 3)² + y², without a value at some evaluations.
  private struct UndefinedAt: SecondOrderObjective {
    let evaluations: ClosedRange<Int>
    let hole: Double
    var count = 0
    let parameterCount = 2

    init(evaluations: ClosedRange<Int>, hole: Double) {
      self.evaluations = evaluations
      self.hole = hole
    }

    mutating func value(at parameters: [Double]) -> Double {
      count += 1
      let (x, y) = (parameters[0] - 3, parameters[1])
      return evaluations.contains(count) ? hole : x * x + y * y
    }

    mutating func evaluate(at parameters: [Double], into point: inout ObjectivePoint) {
      point.value = value(at: parameters)
      point.gradient = [2 * (parameters[0] - 3), 2 * parameters[1]]
      point.hessian = Matrix(rowCount: 2, columnCount: 2, values: [2, 0, 0, 2])
    }
  }

  /// Rosenbrock's valley, which throws at one evaluation.
  private struct FailingAt: SecondOrderObjective {
    let evaluation: Int
    let failure: MixedModelError
    var count = 0
    var valley = rosenbrock
    let parameterCount = 2

    init(evaluation: Int, failure: MixedModelError) {
      self.evaluation = evaluation
      self.failure = failure
    }

    mutating func value(at parameters: [Double]) throws(MixedModelError) -> Double {
      count += 1
      if count == evaluation { throw failure }
      return try valley.value(at: parameters)
    }

    mutating func evaluate(
      at parameters: [Double], into point: inout ObjectivePoint
    ) throws(MixedModelError) {
      count += 1
      if count == evaluation { throw failure }
      try valley.evaluate(at: parameters, into: &point)
    }
  }
#endif
