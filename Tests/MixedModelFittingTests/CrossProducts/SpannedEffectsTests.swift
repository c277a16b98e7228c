// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import ModelFormulas
import Testing

@testable import MixedModelFitting

@Suite("Random effects that the fixed effects determine")
struct SpannedEffectsTests {
  private static func sleepstudy(_ formula: Formula) throws -> LinearMixedModel {
    try .fit(formula, data: Dataset.sleepstudy.table, criterion: .restrictedMaximumLikelihood)
  }

  @Test("By REML their variance is not identified: zero, converged, and noted")
  func intercepts() throws {
    let table = Dataset.sleepstudy.table
    let model = try Self.sleepstudy("reaction ~ subj + (1 | subj)")
    #expect(model.hasConverged)
    #expect(model.theta == [0])
    #expect(
      model.notes.map(\.description).contains(
        "The fixed effects determine the random effects (Intercept) by subj: REML knows nothing of "
          + "their variances, and zero is reported."))
    // What is known does not depend on it.
    var objective = try model.problem.profiledDeviance(.restrictedMaximumLikelihood)
    for theta in [0, 0.5, 3] {
      #expect(abs(objective.value(at: [theta]) - model.objective) < 1e-8)
    }
    #expect(try SavedModel(json: SavedModel(model, data: table).json()).notes == model.notes)
  }

  @Test("Other effects of the same term, and other terms, keep their variances")
  func others() throws {
    let slopes = try Self.sleepstudy("reaction ~ subj + days + (1 + days | subj)")
    #expect(slopes.hasConverged)
    #expect(slopes.spannedEffects == [[0]])
    let alone = try Self.sleepstudy("reaction ~ subj + days + (0 + days | subj)")
    #expect(alone.spannedEffects == [[]])
    #expect(abs(slopes.objective - alone.objective) < 1e-8)
    let parts = try #require(slopes.varianceComponents["subj"])
    #expect(parts.standardDeviations[0] == 0)
    #expect(
      abs(parts.standardDeviations[1] - alone.varianceComponents[0].standardDeviations[0]) < 1e-6)

    let crossed = try LinearMixedModel.fit(
      "diameter ~ sample + (1 | plate) + (1 | sample)", data: Dataset.penicillin.table,
      criterion: .restrictedMaximumLikelihood)
    let plates = try LinearMixedModel.fit(
      "diameter ~ sample + (1 | plate)", data: Dataset.penicillin.table,
      criterion: .restrictedMaximumLikelihood)
    #expect(crossed.hasConverged && crossed.spannedEffects == [[], [0]])
    #expect(abs(crossed.objective - plates.objective) < 1e-8)
    for (one, other) in zip(crossed.fixedEffects, plates.fixedEffects) {
      #expect(abs(one.standardError - other.standardError) < 1e-6 * other.standardError)
    }
  }

  @Test("Maximum likelihood knows that the variance is zero")
  func maximumLikelihood() throws {
    let model = try LinearMixedModel.fit(
      "reaction ~ subj + (1 | subj)", data: Dataset.sleepstudy.table)
    #expect(model.hasConverged && model.theta == [0])
    #expect(model.spannedEffects.isEmpty && model.notes.count == 1)
  }
}
