// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelDatasets
import MixedModelErrors
import MixedModelNLopt
import MixedModels
import Testing

/// Optimizers that share nothing with Newton's method but the value of the criterion.
@Suite("Derivative-free optimizers as a cross-check")
struct DerivativeFreeTests {
  struct Model: Sendable, CustomTestStringConvertible {
    let dataset: String
    let formula: String
    let criterion: Criterion

    var testDescription: String { "\(dataset) \(criterion.rawValue): \(formula)" }
  }

  static let models = [
    Model(
      dataset: "dyestuff2", formula: "yield ~ 1 + (1 | batch)", criterion: .maximumLikelihood),
    Model(
      dataset: "sleepstudy", formula: "reaction ~ 1 + days + (1 + days | subj)",
      criterion: .restrictedMaximumLikelihood),
    Model(
      dataset: "penicillin", formula: "diameter ~ 1 + (1 | plate) + (1 | sample)",
      criterion: .maximumLikelihood),
    Model(
      dataset: "machines", formula: "score ~ 1 + Machine + (1 + Machine | Worker)",
      criterion: .maximumLikelihood),
    Model(
      dataset: "oxboys", formula: "height ~ 1 + age + I(age ^ 2) + (1 + age + I(age ^ 2) | subj)",
      criterion: .maximumLikelihood),
    Model(
      dataset: "pastes", formula: "strength ~ 1 + (1 | batch / cask)",
      criterion: .restrictedMaximumLikelihood),
  ]

  #if NLopt
    @Test(
      "None finds a lower objective than Newton's method", arguments: models,
      ["bobyqa", "newuoa", "neldermead"])
    func noneLower(_ model: Model, algorithm: String) throws {
      let problem = try LinearProblem(
        Formula(model.formula), data: Dataset.named(model.dataset).table)
      let ours = try problem.fit(criterion: model.criterion)
      let options = OptimizationOptions(
        ftolRelative: 1e-15, ftolAbsolute: 1e-12, xtolAbsolute: 1e-10, maxEvaluations: 4000)
      let other = try problem.fit(
        criterion: model.criterion, optimizer: NLoptOptimizer(named: algorithm), options: options)
      // Rounding of values of this size; an objective 1e-7 lower would be another optimum.
      #expect(other.objective > ours.objective - 1e-8)
      // Two of the three converge on models of so few parameters.
      if algorithm == "bobyqa" { #expect(other.objective < ours.objective + 1e-6) }
      #expect(other.fitReport.optimizerName == algorithm)
    }

    @Test(
      "They start at identity factors, with the value that MixedModels.jl 4.31 shows there (A5.2)")
    func start() throws {
      let model = try LinearMixedModel.fit(
        "reaction ~ 1 + days + (1 + days | subj)", data: Dataset.named("sleepstudy").table,
        optimizer: NLoptOptimizer(named: "newuoa"))
      #expect(model.fitReport.initialParameters == [1, 0, 1])
      #expect(abs(model.fitReport.initialObjective - 1784.642296192471) < 1e-8)
    }
  #endif
}
