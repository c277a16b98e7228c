// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelFitting
import Testing

@Suite("Likelihoods without a maximum")
struct VanishingVarianceTests {
  @Test("Random effects that reproduce the response are said to leave no maximum")
  func unbounded() throws {
    // Three rows for an intercept and a slope in each of two groups: the fit can be exact.
    let data = try DataTable(
      numeric: ["y": [1.05678, -1.55494, 14.03336], "x": [0.02839, -1.27747, 6.51668]],
      categorical: ["g": ["a", "b", "b"]])
    let model = try LinearMixedModel.fit("y ~ 1 + (0 + x | g)", data: data)
    #expect(model.notes.contains(.residualVarianceVanishes))
    #expect(model.objective.isFinite && model.sigma.isFinite)
  }
}
