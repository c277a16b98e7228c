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
  /// What the last three evaluations that lowered the objective took off it, the latest last.
  private var reductions: [Double] = []

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
      reductions = reductions.suffix(2) + [lowest - value]
    }
    lowest = value
  }

  /// The evaluations that are likely to follow, one at least; `nil` where nothing is known of the
  /// optimizer.
  ///
  /// Either what is left of those expected, or fewer if the objective falls by less and less: as
  /// many as it takes until the fall is negligible.
  var remainingEvaluationCount: Int? {
    guard let expectedEvaluationCount else { return nil }
    let planned = expectedEvaluationCount - evaluation
    guard let predicted = predictedEvaluationCount else { return max(1, planned) }
    return planned > 0 ? min(planned, predicted) : predicted
  }

  /// What the ratio of the last two falls says of those to come, if they become less: it stays, or,
  /// if it has become much less itself, squares with every step, as it does near the end of Newton's
  /// method.
  private var predictedEvaluationCount: Int? {
    guard reductions.count > 1 else { return nil }
    let ratios = zip(reductions.dropFirst(), reductions).map { $0 / $1 }
    guard var ratio = ratios.last, let last = reductions.last, ratio < 1 else { return nil }
    let isQuadratic = ratios.count > 1 && ratio < ratios[0] / 2
    var count = 1
    if isQuadratic { ratio *= ratio }
    var next = last * ratio
    while next > Self.finalReduction, count < Self.largestPrediction {
      count += 1
      if isQuadratic { ratio *= ratio }
      next *= ratio
    }
    return count
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
