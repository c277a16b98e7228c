// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModels

/// How far a fit has come: evaluations, objective, time for each, and what may be left.
struct FitProgress {
  /// The evaluations that such a fit mostly takes, if that is known of its optimizer.
  let expectedEvaluationCount: Int?
  private var evaluation = 0
  private var value = Double.infinity
  private var elapsed = 0.0
  private var lowest = Double.infinity
  /// What the last two evaluations that lowered the objective took off it, the later one last.
  private var reductions: (Double, Double)?
  private var lastReduction: Double?

  /// A fit is near its end when a step lowers the objective by less than this.
  private static let finalReduction = 1e-6
  /// More evaluations than this are not foreseen.
  private static let largestPrediction = 100

  init(expectedEvaluationCount: Int?) {
    self.expectedEvaluationCount = expectedEvaluationCount
  }

  /// - Parameter elapsed: the seconds since the fit began.
  mutating func note(evaluation: Int, value: Double, elapsed: Double) {
    self.evaluation = evaluation
    self.value = value
    self.elapsed = elapsed
    guard value < lowest else { return }
    if lowest < .infinity {
      let reduction = lowest - value
      reductions = lastReduction.map { ($0, reduction) }
      lastReduction = reduction
    }
    lowest = value
  }

  /// The evaluations that are likely to follow, one at least; `nil` where nothing is known of the
  /// optimizer.
  ///
  /// Either what is left of those expected, or fewer if the objective falls by less and less: as
  /// many as it takes until the fall is negligible, if it goes on in the same ratio.
  var remainingEvaluationCount: Int? {
    guard let expectedEvaluationCount else { return nil }
    let planned = expectedEvaluationCount - evaluation
    guard let (earlier, later) = reductions, later < earlier else { return max(1, planned) }
    var predicted = 1
    var next = later * (later / earlier)
    while next > Self.finalReduction, predicted < Self.largestPrediction {
      next *= later / earlier
      predicted += 1
    }
    return planned > 0 ? min(planned, predicted) : predicted
  }

  /// A line such as `evaluation 3  objective 237662.6056  212 ms each  about 0.8 s left`.
  var text: String {
    let each = elapsed / Double(max(1, evaluation))
    var parts = [
      "evaluation \(evaluation)", "objective \(value.fixedText(decimals: 4))",
      "\(each.durationText) each",
    ]
    if let count = remainingEvaluationCount {
      parts.append("about \((Double(count) * each).durationText) left")
    }
    return parts.joined(separator: "  ")
  }
}
