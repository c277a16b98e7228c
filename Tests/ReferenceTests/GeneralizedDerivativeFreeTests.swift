// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelDatasets
import MixedModelNLopt
import MixedModels
import ModelOptimization
import Testing

@Suite("Derivative-free optimizers on generalized models")
struct GeneralizedDerivativeFreeTests {
  #if NLopt
    @Test("None finds a lower Laplace criterion of cbpp", arguments: ["bobyqa", "newuoa"])
    func noneLower(_ algorithm: String) throws {
      let problem = try GeneralizedProblem(
        "incidence / size ~ period + (1 | herd)", data: Dataset.named("cbpp").table,
        family: .binomial)
      let ours = try problem.fit()
      let options = OptimizationOptions(
        ftolRelative: 1e-13, ftolAbsolute: 1e-10, xtolAbsolute: 1e-8, maxEvaluations: 2000)
      let other = try problem.fit(optimizer: NLoptOptimizer(named: algorithm), options: options)
      // The search for the mode leaves about 1e-9; a lower optimum would be far below.
      #expect(other.objective > ours.objective - 1e-7)
      #expect(other.objective < ours.objective + 1e-6)
      for (coefficient, expected) in zip(other.fixedEffects, ours.fixedEffects) {
        #expect(abs(coefficient.estimate - expected.estimate) < 1e-2 * expected.standardError)
      }
    }
  #endif
}
