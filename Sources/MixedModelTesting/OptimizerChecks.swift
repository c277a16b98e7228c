// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MixedModels

/// The contract of ``Optimizer``, to be run by the tests of every conforming type.
public enum OptimizerChecks {
  /// Checks an optimizer on small functions with known minima.
  ///
  /// - Parameter precision: how far above the minimum of a well-conditioned quadratic the method
  ///   may end; for Rosenbrock's valley a thousand times as much.
  /// - Returns: every promise found broken; none for an optimizer that keeps its contract.
  public static func failures(
    of optimizer: any Optimizer, precision: Double = 1e-6
  ) -> [CheckFailure] {
    var check = OptimizerCheck(optimizer: optimizer)
    check.record.expect(
      !optimizer.name.isEmpty, "An optimizer has a name.", "It is empty.")
    check.checkMinimum(.quadratic, from: [0, 0], within: precision)
    check.checkMinimum(.valley, from: [-1.2, 1], within: 1000 * precision)
    // To the left of the start this function has no value.
    check.checkMinimum(.halfDefined, from: [0.3, 0.5], within: precision)
    check.checkMinimum(.halfNotANumber, from: [0.3, 0.5], within: precision)
    check.checkUndefined()
    check.checkLimits()
    check.checkOptions()
    return check.record.failures
  }
}

/// A function of two parameters that counts and remembers its evaluations.
private struct TestFunction: SecondOrderObjective {
  enum Shape: String {
    case quadratic, valley, halfDefined, halfNotANumber, undefined
  }

  let shape: Shape
  var evaluated: [(parameters: [Double], value: Double)] = []
  var gradientCount = 0

  var parameterCount: Int { 2 }

  mutating func value(at parameters: [Double]) -> Double {
    let value = terms(parameters).value
    evaluated.append((parameters, value))
    return value
  }

  mutating func evaluate(at parameters: [Double], into point: inout ObjectivePoint) {
    let (value, gradient, hessian) = terms(parameters)
    evaluated.append((parameters, value))
    gradientCount += 1
    point.value = value
    point.gradient = gradient
    point.hessian = Matrix(rowCount: 2, columnCount: 2, values: hessian)
  }

  /// Value, gradient and Hessian; every minimum is zero.
  private func terms(_ p: [Double]) -> (value: Double, gradient: [Double], hessian: [Double]) {
    let (x, y) = (p[0], p[1])
    switch shape {
    case .quadratic:
      return (
        (x - 3) * (x - 3) + 10 * (y + 1) * (y + 1), [2 * (x - 3), 20 * (y + 1)], [2, 0, 0, 20]
      )
    case .valley:
      let height = y - x * x
      return (
        100 * height * height + (1 - x) * (1 - x),
        [-400 * x * height - 2 * (1 - x), 200 * height],
        [1200 * x * x - 400 * y + 2, -400 * x, -400 * x, 200]
      )
    case .halfDefined, .halfNotANumber:
      guard x > 0 else {
        return (shape == .halfDefined ? .infinity : .nan, [0, 0], [1, 0, 0, 1])
      }
      let log = Foundation.log(x)
      return (
        log * log + y * y, [2 * log / x, 2 * y], [2 * (1 - log) / (x * x), 0, 0, 2]
      )
    case .undefined:
      return (.nan, [.nan, .nan], [.nan, .nan, .nan, .nan])
    }
  }
}

/// What the observer of a run was shown.
private final class ObservedSteps: @unchecked Sendable {
  // Guarded by the lock.
  private var storage: [OptimizationStep] = []
  private let lock = NSLock()

  func append(_ step: OptimizationStep) { lock.withLock { storage.append(step) } }

  var steps: [OptimizationStep] { lock.withLock { storage } }
}

private struct OptimizerCheck {
  let optimizer: any Optimizer
  var record = CheckRecord()

  /// Runs the optimizer and checks what holds for every run.
  private mutating func run(
    _ shape: TestFunction.Shape, from start: [Double],
    options: OptimizationOptions = OptimizationOptions()
  ) -> Optimum? {
    var function = TestFunction(shape: shape)
    let observed = ObservedSteps()
    let optimum: Optimum
    do {
      optimum = try optimizer.minimize(&function, from: start, options: options) {
        observed.append($0)
      }
    } catch {
      record.expect(false, "Failure to converge is not an error.", "\(error) (\(shape.rawValue)).")
      return nil
    }
    let place = "(\(shape.rawValue) from \(start))"
    record.expect(
      optimum.evaluations == function.evaluated.count
        && optimum.steps.count == function.evaluated.count,
      "Every evaluation is in the log.",
      "There were \(function.evaluated.count), of which \(optimum.steps.count) are there \(place).")
    record.expect(
      optimum.gradientEvaluations == function.gradientCount,
      "Evaluations of the gradient are counted.",
      "There were \(function.gradientCount), not \(optimum.gradientEvaluations) \(place).")
    for (index, (step, actual)) in zip(optimum.steps, function.evaluated).enumerated() {
      let value = actual.value.isFinite ? actual.value : .infinity
      record.expect(
        step.evaluation == index + 1 && step.parameters == actual.parameters && step.value == value,
        "The log has parameters and value of each evaluation, in order.",
        "Entry \(index + 1) is \(step), not \(actual) \(place).")
    }
    record.expect(
      observed.steps == optimum.steps, "The observer is shown every entry of the log.",
      "It saw \(observed.steps.count) of \(optimum.steps.count) \(place).")
    let least = optimum.steps.map(\.value).min() ?? .infinity
    record.expect(
      optimum.value == least, "The result is the best point evaluated.",
      "The value is \(optimum.value), the least was \(least) \(place).")
    if least < .infinity {
      record.expect(
        optimum.steps.contains { $0.parameters == optimum.parameters && $0.value == least },
        "The parameters of the result are those of its value.",
        "\(optimum.parameters) was not evaluated at \(least) \(place).")
    }
    return optimum
  }

  mutating func checkMinimum(
    _ shape: TestFunction.Shape, from start: [Double], within precision: Double
  ) {
    guard let optimum = run(shape, from: start) else { return }
    record.expect(
      optimum.value < precision, "The minimum is found.",
      "The value is \(optimum.value) after \(optimum.evaluations) evaluations of the "
        + "\(shape.rawValue) function: \(optimum.termination).")
    if shape != .halfDefined && shape != .halfNotANumber {
      record.expect(
        optimum.termination.isSuccess, "A minimum found ends as success.",
        "It ended as \(optimum.termination.rawValue) (\(shape.rawValue)).")
    }
    let again = run(shape, from: start)
    record.expect(
      again?.steps == optimum.steps, "The same run gives the same log.",
      "A second one differs (\(shape.rawValue)).")
  }

  mutating func checkUndefined() {
    guard let optimum = run(.undefined, from: [1, 2]) else { return }
    record.expect(
      optimum.value == .infinity && !optimum.termination.isSuccess,
      "A function without any value does not end as success.",
      "The value is \(optimum.value), the end \(optimum.termination.rawValue).")
  }

  mutating func checkLimits() {
    for limit in [1, 2, 5] {
      let options = OptimizationOptions(maxEvaluations: limit)
      guard let optimum = run(.valley, from: [-1.2, 1], options: options) else { continue }
      record.expect(
        optimum.evaluations <= limit && optimum.evaluations >= 1,
        "The limit on evaluations is kept, and there is always one.",
        "There were \(optimum.evaluations) with a limit of \(limit).")
      record.expect(
        optimum.termination == .evaluationLimit, "The limit reached is named as the cause.",
        "With \(limit) evaluations the end is \(optimum.termination.rawValue).")
    }
    let options = OptimizationOptions(maxTime: 1e-9)
    if let optimum = run(.valley, from: [-1.2, 1], options: options) {
      record.expect(
        optimum.termination == .timeLimit && optimum.evaluations >= 1,
        "A time limit ends the run after at least one evaluation.",
        "It ended as \(optimum.termination.rawValue) after \(optimum.evaluations).")
    }
  }

  mutating func checkOptions() {
    let unusable = [
      OptimizationOptions(ftolRelative: -1), OptimizationOptions(ftolAbsolute: .nan),
      OptimizationOptions(initialStep: [1]), OptimizationOptions(maxEvaluations: 0),
      OptimizationOptions(maxTime: -1), OptimizationOptions(lowerBounds: [0, 0, 0]),
    ]
    for options in unusable {
      var function = TestFunction(shape: .quadratic)
      do {
        _ = try optimizer.minimize(&function, from: [0, 0], options: options, onStep: nil)
        record.expect(false, "Options that make no sense are refused.", "\(options) passed.")
      } catch {
        record.expect(
          error.kind == .option, "The error names the option.", "It is \(error).")
      }
    }
  }
}
