// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelDatasets
import MixedModelErrors
import MixedModelFitting
import MixedModelInference
import Testing

@Suite("Degrees of freedom")
struct DegreesOfFreedomTests {
  /// A rule of a user's own.
  private struct Fixed: DegreesOfFreedomMethod {
    func reference(
      for model: some MixedModel
    ) throws(MixedModelError) -> any TestReference {
      ConstantReference(covariance: model.fixedEffectsCovariance, degreesOfFreedom: 17)
    }
  }

  @Test("There is one number per estimable coefficient")
  func counts() throws {
    let model = try LinearMixedModel.fit(
      "reaction ~ 1 + days + I(2 * days - 1) + (1 | subj)", data: Dataset.sleepstudy.table)
    #expect(try model.inference().degreesOfFreedom == [.infinity, .infinity])
    #expect(try model.inference(degreesOfFreedom: .residual).degreesOfFreedom == [178, 178])
  }

  @Test("A rule of a user's own is used like the built-in ones")
  func own() throws {
    let model = try LinearMixedModel.fit(
      "reaction ~ 1 + days + (1 | subj)", data: Dataset.sleepstudy.table)
    #expect(try model.coefficientTable(degreesOfFreedom: Fixed())[0].degreesOfFreedom == 17)
  }
}
