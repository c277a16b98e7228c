// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

// The errors of planning a fit: each failure's wording in one place.

extension MixedModelError {
  /// - Parameter blocks: those of the factor, if it has been analysed.
  static func memoryLimitExceeded(
    _ memory: FitPlan.Memory, limit: Int, design: ModelDesign, blocks: [FitPlan.Block]
  ) -> MixedModelError {
    let estimate = blocks.isEmpty ? "at least" : "about"
    let start =
      "The fit would take \(estimate) \(memory.peak.byteText) of memory, and the limit is "
      + "\(limit.byteText)"
    let raise = "raise the limit (memoryLimit, --memory-limit) if the machine has more."
    let others = [memory[.factor], memory[.rows] + memory[.table], memory[.program]]
    guard memory[.workspace] <= others.max() ?? 0 else {
      let term = design.randomEffects.max {
        $0.covarianceParameterCount < $1.covarianceParameterCount
      }
      let name = term?.groupingFactor ?? ""
      let count = (term?.covarianceParameterCount ?? 0).groupedText
      return MixedModelError(
        .model, .term(name),
        problem: start + ": the derivatives by the \(count) covariance parameters of \(name) take "
          + "most of it, \(memory[.workspace].byteText) with all others.",
        remedy: "Take correlations out of the term, as in zerocorr(...), or effects, or " + raise)
    }
    let costliestBlock = blocks.max { $0.factorByteCount < $1.factorByteCount }
    guard let block = costliestBlock, memory[.factor] > memory[.rows] + memory[.table] else {
      return MixedModelError(
        .model, .nothing,
        problem: start + ": the program takes \(memory[.program].byteText), the rows, "
          + "\(design.rowCount.groupedText) with \(design.fixedEffectCount.groupedText) columns of "
          + "fixed effects, "
          + "\(memory[.rows].byteText), the data \(memory[.table].byteText).",
        remedy: "Leave out terms or rows, or " + raise)
    }
    let size = "\(block.rowCount.groupedText) × \(block.columnCount.groupedText)"
    let share = block.factorByteCount.byteText
    let place = "the block of \(block.row) by \(block.column) in the factor"
    return MixedModelError(
      .model, .term(block.row),
      problem: start + ": \(place), \(size) and \(block.form.factor.adjective), takes \(share).",
      remedy: remedy(for: block, raise))
  }

  private static func remedy(for block: FitPlan.Block, _ raise: String) -> String {
    if block.row == "fixed" { return "Leave out fixed effects, or " + raise }
    let dense =
      block.form.factor == .dense
      ? " A linear model with a stochastic log-determinant (logDeterminant, --log-determinant "
        + "stochastic) has no such block, which would be sparse if fewer of its levels occurred together."
      : ""
    return "Join rare levels of \(block.row), leave the term out, or " + raise + dense
  }
}

extension BlockStructure.Form {
  /// The form within a sentence.
  fileprivate var adjective: String {
    switch self {
    case .diagonal: "diagonal"
    case .blockDiagonal: "block diagonal"
    case .sparse: "sparse"
    case .dense: "dense"
    case .notFormed: "not formed"
    }
  }
}
