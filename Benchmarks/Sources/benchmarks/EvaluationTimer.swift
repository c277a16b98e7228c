// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModels
import Synchronization

/// An optimizer that stays where it starts and times single evaluations of the criterion there.
///
/// An optimizer is handed the criterion of any model, so this needs no access to the internals of
/// the package.
struct EvaluationTimer: Optimizer {
  struct Result: Sendable {
    var value: Timing
    var valueWithDerivatives: Timing
  }

  /// A value that an optimizer, which is not mutated, can leave behind.
  final class Box: Sendable {
    let result = Mutex<Result?>(nil)
  }

  let name = "evaluation-timer"
  let budget: Double
  let box = Box()

  func minimize<O: SecondOrderObjective>(
    _ objective: inout O, from start: [Double], options: OptimizationOptions,
    onStep: (@Sendable (OptimizationStep) -> Void)?
  ) throws(MixedModelError) -> Optimum {
    var point = ObjectivePoint(parameterCount: start.count)
    do {
      let value = try Stopwatch.time(budget: budget) { _ = try objective.value(at: start) }
      let both = try Stopwatch.time(budget: budget) {
        try objective.evaluate(at: start, into: &point)
      }
      box.result.withLock { $0 = Result(value: value, valueWithDerivatives: both) }
    } catch let error as MixedModelError {
      throw error
    } catch {
      preconditionFailure("An objective threw an error that is not of the package: \(error)")
    }
    return Optimum(
      parameters: start, value: point.value, gradient: point.gradient, hessian: point.hessian,
      gradientEvaluations: 1, termination: .converged,
      steps: [OptimizationStep(evaluation: 1, parameters: start, value: point.value)])
  }
}
