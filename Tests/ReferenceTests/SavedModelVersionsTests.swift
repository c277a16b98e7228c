// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MixedModelDatasets
import MixedModels
import Testing

/// Files of every version that a release has written. They stay as they are: a release that does
/// not read one has lost its users' models.
@Suite("Saved models of earlier versions")
struct SavedModelVersionsTests {
  private static func model(_ name: String) throws -> SavedModel {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "json"))
    return try SavedModel(contentsOf: url.path)
  }

  private static func agree(_ a: [Double], _ b: [Double], _ tolerance: Double) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
  }

  // lme4 1.1-31 under R 4.2.2: REML criterion, fixef and their standard errors, sigma. Where the
  // criterion is flat, its optimizer stops within 1e-6 of ours.
  @Test("Version 1 of a linear model")
  func linear() throws {
    let saved = try Self.model("saved-model-1-linear")
    #expect(saved.fit == .linear(.restrictedMaximumLikelihood))
    #expect(saved.source == "sleepstudy")
    #expect(Self.agree([saved.objective], [1743.6282719599], 1e-10))
    #expect(Self.agree(saved.fixedEffects.estimates, [251.40510485, 10.46728596], 1e-8))
    #expect(Self.agree(saved.fixedEffects.standardErrors, [6.82459699, 1.54578964], 1e-5))
    #expect(Self.agree([saved.residualStandardDeviation ?? 0], [25.59179573], 1e-6))
    #expect(saved.hasConverged)
    let model = try #require(
      try saved.restored(from: Dataset.sleepstudy.table) as? LinearMixedModel)
    #expect(model.description == saved.description)
    #expect(Self.agree([model.objective], [saved.objective], 1e-12))
    #expect(Self.agree(model.fixedEffects.estimates, saved.fixedEffects.estimates, 1e-10))
  }

  // glmmTMB 1.1.5 under R 4.2.2, as in generalized-fits.json.
  @Test("Version 1 of a generalized model")
  func generalized() throws {
    let saved = try Self.model("saved-model-1-generalized")
    #expect(saved.fit == .generalized(.laplace, .observed, .joint))
    #expect(saved.link.name == "cloglog")
    #expect(Self.agree([saved.objective], [183.516004034905], 1e-9))
    #expect(
      Self.agree(
        saved.fixedEffects.estimates,
        [-1.53209559728743, -0.912990303341211, -1.03110465866998, -1.47941994710595], 1e-5))
    #expect(
      Self.agree(
        saved.varianceComponents.flatMap(\.standardDeviations), [0.585898333706049], 1e-5))
    let table = try Dataset.cbpp.table.withCategorical(["period"])
    let model = try #require(try saved.restored(from: table) as? GeneralizedLinearMixedModel)
    #expect(model.description == saved.description)
    #expect(model.fittedValues().allSatisfy { $0 > 0 && $0 < 1 })
  }

  // The estimates follow again from the rows only under the same polynomials, mean and contrasts.
  @Test("Version 1 of a model with learnt constants")
  func learnt() throws {
    let saved = try Self.model("saved-model-1-learnt")
    let model = try #require(
      try saved.restored(from: Dataset.orthodont.table) as? LinearMixedModel)
    #expect(Self.agree(model.fixedEffects.estimates, saved.fixedEffects.estimates, 1e-9))
    #expect(
      Self.agree(
        model.randomEffects.flatMap(\.conditionalModes.values),
        saved.randomEffects.flatMap(\.conditionalModes.values), 1e-9))
    let again = try LinearMixedModel.fit(
      saved.formula, data: Dataset.orthodont.table,
      options: DesignOptions(contrasts: ["Sex": .effects()]))
    #expect(Self.agree(again.fixedEffects.estimates, saved.fixedEffects.estimates, 1e-6))
  }
}
