// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors

/// A method of minimizing an objective.
///
/// To add one, conform a type to this protocol. The contract: the result is the best point
/// evaluated, as far as the noise of the values lets tell; every evaluation is in its log and was
/// shown to the observer; a value that is not finite never wins, and never ends as success; the
/// limits of the options are honoured and named as the cause of the end.
public protocol Optimizer: Sendable {
  /// The name by which users choose the method.
  var name: String { get }

  /// The library that the method comes from, as a fit report names it.
  var backend: String { get }

  /// Minimizes `objective`, starting at m parameters.
  /// - Parameters:
  ///   - objective: Evaluated in place; its workspace is left as the last evaluation made it.
  ///   - start: The m starting parameters (`options.start` is the caller's to resolve).
  ///   - options: Tolerances and limits.
  ///   - onStep: Called after each evaluation, in order.
  /// - Throws: An error of the objective, or one that names an option not accepted. Failure to
  ///   converge is not an error: see ``Optimum/termination``.
  func minimize<O: SecondOrderObjective>(
    _ objective: inout O, from start: [Double], options: OptimizationOptions,
    onStep: (@Sendable (OptimizationStep) -> Void)?
  ) throws(MixedModelError) -> Optimum
}

extension Optimizer {
  public var backend: String { "mixedmodels" }

  /// Minimizes `objective`, starting at m parameters, without an observer.
  public func minimize<O: SecondOrderObjective>(
    _ objective: inout O, from start: [Double],
    options: OptimizationOptions = OptimizationOptions()
  ) throws(MixedModelError) -> Optimum {
    try minimize(&objective, from: start, options: options, onStep: nil)
  }
}

/// One evaluation of an objective, an entry of the fit log.
public struct OptimizationStep: Sendable, Hashable {
  /// The number of the evaluation, from one.
  public let evaluation: Int
  /// The m parameters tried.
  public let parameters: [Double]
  /// The objective there; positive infinity where it has no value.
  public let value: Double

  public init(evaluation: Int, parameters: [Double], value: Double) {
    self.evaluation = evaluation
    self.parameters = parameters
    self.value = value
  }
}

/// The result of a minimization.
public struct Optimum: Sendable {
  /// The m parameters of the least value found; between values that differ by no more than the
  /// objective's noise, the gradients may have decided.
  public let parameters: [Double]
  /// The objective at `parameters`; positive infinity if no finite value was found.
  public let value: Double
  /// The gradient at `parameters`, m entries; `nil` if the method did not compute it there.
  public let gradient: [Double]?
  /// The method's model Hessian at `parameters`, m × m: the objective's own, or a secant
  /// approximation if the method was asked to use one; `nil` if the method has none there.
  public let hessian: Matrix?
  /// How many times the objective was evaluated, with or without derivatives.
  public let evaluations: Int
  /// How many of these evaluations included the gradient.
  public let gradientEvaluations: Int
  public let termination: Termination
  /// Every evaluation, in order.
  public let steps: [OptimizationStep]

  public init(
    parameters: [Double], value: Double, gradient: [Double]?, hessian: Matrix?,
    gradientEvaluations: Int, termination: Termination, steps: [OptimizationStep]
  ) {
    self.parameters = parameters
    self.value = value
    self.gradient = gradient
    self.hessian = hessian
    self.evaluations = steps.count
    self.gradientEvaluations = gradientEvaluations
    self.termination = termination
    self.steps = steps
  }
}
