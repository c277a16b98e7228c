// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelFitting
import Testing

@Suite("Likelihoods without a maximum")
struct VanishingVarianceTests {
  @Test("Random effects that reproduce the response are said to leave no maximum")
  func unbounded() throws {
    // Three rows, and a slope of its own for each of two groups: y = 1 + x b fits exactly.
    let data = try DataTable(
      numeric: ["y": [2, 3, 4.5], "x": [1, 2, 1]], categorical: ["g": ["a", "a", "b"]])
    let model = try LinearMixedModel.fit("y ~ 1 + (0 + x | g)", data: data)
    #expect(model.notes.contains(.residualVarianceVanishes))
    #expect(model.objective.isFinite && model.sigma.isFinite)
  }
}
