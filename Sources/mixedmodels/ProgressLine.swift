// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModels

/// The progress of a long fit on one line of the screen: evaluations, objective, time for each.
///
/// Unchecked, because an optimizer calls its observer once per evaluation and in order, so that no
/// two calls overlap.
final class ProgressLine: @unchecked Sendable {
  private let start = ContinuousClock.now
  private var lastShown = ContinuousClock.now
  private var isShown = false

  /// A fit shorter than this shows nothing.
  private static let patience = Duration.seconds(1)
  private static let interval = Duration.milliseconds(100)

  func update(_ step: OptimizationStep) {
    let now = ContinuousClock.now
    let elapsed = now - start
    guard elapsed >= Self.patience, !isShown || now - lastShown >= Self.interval else { return }
    isShown = true
    lastShown = now
    let milliseconds = elapsed.seconds * 1000 / Double(step.evaluation)
    Terminal.showLine(
      "evaluation \(step.evaluation)  objective \(step.value.fixedText(decimals: 4))"
        + "  \(milliseconds.fixedText(decimals: 1)) ms each")
  }

  func clear() {
    if isShown { Terminal.showLine("") }
  }
}
