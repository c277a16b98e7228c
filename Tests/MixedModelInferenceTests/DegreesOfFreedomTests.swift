// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelDatasets
import MixedModelFitting
import MixedModelInference
import Testing

@Suite("Degrees of freedom")
struct DegreesOfFreedomTests {
  /// A rule of a user's own.
  private struct Fixed: DegreesOfFreedomMethod {
    func degreesOfFreedom(ofCoefficientsOf model: some MixedModel) -> [Double] {
      model.fixedEffects.map { _ in 17 }
    }
  }

  @Test("There is one number per estimable coefficient")
  func counts() throws {
    let model = try LinearMixedModel.fit(
      "reaction ~ 1 + days + I(2 * days - 1) + (1 | subj)", data: Dataset.sleepstudy.table)
    #expect(
      InfiniteDegreesOfFreedom().degreesOfFreedom(ofCoefficientsOf: model)
        == [.infinity, .infinity])
    #expect(ResidualDegreesOfFreedom().degreesOfFreedom(ofCoefficientsOf: model) == [178, 178])
  }

  @Test("A rule of a user's own is used like the built-in ones")
  func own() throws {
    let model = try LinearMixedModel.fit(
      "reaction ~ 1 + days + (1 | subj)", data: Dataset.sleepstudy.table)
    #expect(try model.coefficientTable(degreesOfFreedom: Fixed())[0].degreesOfFreedom == 17)
  }
}
