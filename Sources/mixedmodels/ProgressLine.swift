// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModels

/// The progress of a long fit on one line of the screen.
///
/// Unchecked, because an optimizer calls its observer once per evaluation and in order, so that no
/// two calls overlap.
final class ProgressLine: @unchecked Sendable {
  private let start = ContinuousClock.now
  private var lastShown = ContinuousClock.now
  private var isShown = false
  private var progress: FitProgress

  /// A fit shorter than this shows nothing.
  private static let patience = 1.0
  private static let interval = Duration.milliseconds(100)

  /// - Parameters:
  ///   - work: what the fit is likely to take.
  ///   - isDefaultMethod: whether the expected number of evaluations is that of the optimizer.
  init(work: FitPlan.Work, isDefaultMethod: Bool) {
    progress = FitProgress(
      expectedEvaluationCount: isDefaultMethod ? work.expectedEvaluationCount : nil)
    // Where the first evaluation takes long, the wait for it is announced.
    let seconds = work.secondsPerEvaluation(.standard)
    guard seconds > Self.patience else { return }
    isShown = true
    Terminal.showLine("evaluation 1, about \(seconds.durationText)")
  }

  func update(_ step: OptimizationStep) {
    let now = ContinuousClock.now
    let elapsed = (now - start).seconds
    progress.note(evaluation: step.evaluation, value: step.value, elapsed: elapsed)
    guard elapsed >= Self.patience, !isShown || now - lastShown >= Self.interval else { return }
    isShown = true
    lastShown = now
    Terminal.showLine(progress.text)
  }

  func clear() {
    if isShown { Terminal.showLine("") }
  }
}
