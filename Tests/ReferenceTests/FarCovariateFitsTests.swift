// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelDatasets
import MixedModels
import Testing

/// Covariates moved far from zero, as uncentred dates are, against fits of other programs to the data
/// as they are: the model is the same.
@Suite("Fits with covariates far from zero")
struct FarCovariateFitsTests {
  private static let distance = 2.4e6

  private func moved(_ data: DataTable, _ name: String) throws -> DataTable {
    guard case .numeric(let column)? = data[name] else {
      Issue.record("\(name) is no numeric column")
      return data
    }
    return try data.replacing(
      name, with: .numeric(NumericColumn(column.values.map { $0 + Self.distance })))
  }

  private func expect(
    _ row: FixedEffects.Coefficient?, _ estimate: Double, _ error: Double, _ share: Double
  ) {
    #expect(abs((row?.estimate ?? .nan) - estimate) < share * error)
    #expect(abs((row?.standardError ?? .nan) - error) < share * error)
  }

  // lme4 1.1-31, lmer(Reaction ~ Days + (1 + Days | Subject)); MixedModels.jl 4.31 for the deviation by ML.
  @Test(
    "The sleep study", arguments: [Criterion.maximumLikelihood, .restrictedMaximumLikelihood])
  func sleepstudy(_ criterion: Criterion) throws {
    let model = try LinearMixedModel.fit(
      "reaction ~ 1 + days + (1 + days | subj)", data: moved(Dataset.sleepstudy.table, "days"),
      criterion: criterion)
    let isRestricted = criterion == .restrictedMaximumLikelihood
    #expect(model.hasConverged && model.notes.isEmpty)
    #expect(abs(model.objective - (isRestricted ? 1743.62827196 : 1751.93934449)) < 1e-6)
    expect(
      model.fixedEffects["days"], 10.467286, isRestricted ? 1.54578964 : 1.50223021, 2e-5)
    let deviation = try #require(model.varianceComponents["subj"]).standardDeviations[1]
    #expect(abs(deviation - (isRestricted ? 5.922138 : 5.71683)) < 1e-4)
  }

  // glmmTMB 1.1.5, glmmTMB(use ~ age + urban + (1 + age | dist), family = binomial).
  @Test("Contraception in Bangladesh")
  func contra() throws {
    let model = try GeneralizedLinearMixedModel.fit(
      "use ~ 1 + age + urban + (1 + age | dist)", data: moved(Dataset.contra.table, "age"),
      family: .bernoulli)
    #expect(model.hasConverged)
    #expect(abs(model.objective - 2498.03717125) < 1e-5)
    expect(model.fixedEffects["age"], 0.00727642771, 0.00579409501, 1e-4)
    expect(model.fixedEffects["urban: Y"], 0.65687933565, 0.11520813941, 1e-4)
    let deviation = try #require(model.varianceComponents["dist"]).standardDeviations[1]
    #expect(abs(deviation - 0.011288611) < 1e-5)
  }
}
