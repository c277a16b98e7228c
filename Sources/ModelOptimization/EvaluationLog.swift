// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

/// What every optimizer keeps about its evaluations: the fit log, the limits, the observer.
package struct EvaluationLog {
  /// Every evaluation, in order.
  package private(set) var steps: [OptimizationStep] = []
  private let largestCount: Int
  /// When the time limit is reached, if there is one.
  let deadline: ContinuousClock.Instant?
  private let onStep: (@Sendable (OptimizationStep) -> Void)?

  /// An empty log; the time limit, if any, counts from here.
  /// - Parameter largestCount: The limit on evaluations where the options set none.
  package init(
    options: OptimizationOptions, largestCount: Int,
    onStep: (@Sendable (OptimizationStep) -> Void)?
  ) {
    self.largestCount = options.maxEvaluations ?? largestCount
    self.deadline = options.maxTime.flatMap {
      $0 < Self.unlimitedSeconds ? ContinuousClock.now + .seconds($0) : nil
    }
    self.onStep = onStep
    steps.reserveCapacity(Self.usualCount)
  }

  /// Most runs of Newton's method are not longer.
  private static let usualCount = 8

  /// A longer time limit (thirty years) is none; converting it could overflow the clock.
  private static let unlimitedSeconds = 1e9

  /// Records an evaluation and shows it to the observer; a value that is not finite counts as
  /// positive infinity, the one value that never wins.
  package mutating func record(_ parameters: [Double], value: Double) {
    let step = OptimizationStep(
      evaluation: steps.count + 1, parameters: parameters,
      value: value.isFinite ? value : .infinity)
    steps.append(step)
    onStep?(step)
  }

  /// The limit that forbids another evaluation, if one does; none forbids the first.
  package var reachedLimit: Termination? {
    if steps.isEmpty { return nil }
    if steps.count >= largestCount { return .evaluationLimit }
    if let deadline, ContinuousClock.now >= deadline { return .timeLimit }
    return nil
  }
}
