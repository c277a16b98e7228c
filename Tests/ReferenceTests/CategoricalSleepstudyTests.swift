// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelDatasets
import MixedModels
import Testing

/// Categorical days in the sleep study, where every random-effects structure has been published.
@Suite("The sleep study with categorical days")
struct CategoricalSleepstudyTests {
  /// The formula, its optimum, and how far below 1e-6 a reference is known.
  struct Case: Sendable, CustomTestStringConvertible {
    let randomEffects: String
    let objective: Double
    let source: String

    var testDescription: String { randomEffects }
  }

  // In the first two models every covariance matrix of the ten reactions is reached, so that the
  // optimum is 18 (10 log 2π + log |S| + 10) with S their covariance matrix over the 18 subjects.
  static let cases = [
    Case(
      randomEffects: "(1 + days | subj)", objective: 1610.7982276326, source: "closed form"),
    Case(
      randomEffects: "(1 + fulldummy(days) | subj)", objective: 1610.7982276326,
      source: "closed form"),
    Case(
      randomEffects: "zerocorr(1 + days | subj)", objective: 1765.82763553,
      source: "lme4 1.1-31, polished; MixedModels.jl 4.31 prints 1765.8276"),
    Case(
      randomEffects: "(1 | subj) + zerocorr(days | subj)", objective: 1765.82763553,
      source: "the same model, written as two terms"),
    Case(
      randomEffects: "zerocorr(1 + fulldummy(days) | subj)", objective: 1757.96863792,
      source: "lme4 1.1-31; MixedModels.jl 4.31 prints 1757.9686"),
    // MixedModels.jl 4.31 prints 1655.5498 and lme4 1.1-31 ends at 1638.3185: both stop early.
    Case(
      randomEffects: "(1 | subj) + (days | subj)", objective: 1631.79929525,
      source: "the density of the 18 vectors of reactions, minimized by L-BFGS from 40 starts"),
  ]

  private func problem(_ randomEffects: String) throws -> LinearProblem {
    try LinearProblem(
      Formula("reaction ~ 1 + days + " + randomEffects),
      data: Dataset.named("sleepstudy").table, options: DesignOptions(categorical: ["days"]))
  }

  @Test("The optimum is reached, with a certificate", arguments: cases)
  func optimum(_ expected: Case) throws {
    let model = try problem(expected.randomEffects).fit()
    // References are known to about 1e-8.
    #expect(abs(model.objective - expected.objective) < 1e-6)
    #expect(model.fitReport.termination.isSuccess)
    #expect(model.certificate.isMinimum)
  }

  @Test("Uncorrelated effects of days 1 to 4 have exactly no variance, and that is certified")
  func zeros() throws {
    let model = try problem("zerocorr(1 + days | subj)").fit()
    #expect(model.theta.count == 10)
    for (index, value) in model.theta.enumerated() {
      #expect((value == 0) == (1...4).contains(index))
    }
    let conditions = model.certificate.boundaryConditions
    #expect(conditions.map(\.groupingFactor) == ["subj"])
    // The least slope of the term is that of a variance inside: zero up to what convergence leaves.
    #expect(conditions.allSatisfy { $0.leastSlope > -1e-6 })
  }
}
