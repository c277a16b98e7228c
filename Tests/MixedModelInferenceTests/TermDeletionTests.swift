// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import MixedModelErrors
import MixedModelFitting
import MixedModelInference
import ModelFormulas
import Testing

/// References: lme4 1.1-31 `drop1(test = "Chisq")` and lmerTest 3.1-3 `ranova`, under R 4.2.2.
@Suite("Deletions of terms and of random effects")
struct TermDeletionTests {
  private static func check(
    _ deletions: SingleTermDeletions, whole: Double,
    _ expected: [(term: String, aic: Double, statistic: Double, df: Int)],
    _ tolerance: Double = 1e-6
  ) {
    #expect(agree(deletions.criteria.aic, whole, 1e-7))
    #expect(deletions.rows.map(\.term) == expected.map(\.term))
    for (row, reference) in zip(deletions.rows, expected) {
      #expect(agree(row.criteria.aic, reference.aic, 1e-7))
      #expect(agree(row.statistic, reference.statistic, tolerance))
      #expect(row.degreesOfFreedom == reference.df)
    }
  }

  @Test(
    "Linear models have the deletions of lme4",
    arguments: [Criterion.maximumLikelihood, .restrictedMaximumLikelihood])
  func linear(_ criterion: Criterion) throws {
    let cake = try LinearMixedModel.fit(
      "angle ~ 1 + recipe + temp + (1 | recipe & replicate)", data: Dataset.cake.table,
      criterion: criterion)
    let deletions = try cake.singleTermDeletions()
    Self.check(
      deletions, whole: 1708.15775247534,
      [
        ("recipe", 1704.68773807486, 0.52998559952016, 2),
        ("temp", 1785.68837068474, 79.5306182093993, 1),
      ])
    #expect(agree(deletions["recipe"]?.pValue, 0.767211474062651, 1e-6))
    #expect(agree(deletions["temp"]?.pValue, 4.74809842902811e-19, 1e-5))
    #expect(deletions.notes.count == (criterion == .maximumLikelihood ? 0 : 1))
    Self.check(
      try LinearMixedModel.fit(
        "reaction ~ 1 + days + (1 + days | subj)", data: Dataset.sleepstudy.table,
        criterion: criterion
      ).singleTermDeletions(), whole: 1763.9393444632,
      [("days", 1785.47588196107, 23.5365374978774, 1)])
    Self.check(
      try LinearMixedModel.fit(
        "reaction ~ 1 + days + (1 | subj)", data: Dataset.sleepstudy.table, criterion: criterion
      ).singleTermDeletions(), whole: 1802.07864300523,
      [("days", 1916.54105807306, 116.462415067833, 1)])
    // Terms within others stay.
    Self.check(
      try LinearMixedModel.fit(
        "distance ~ Sex * age + (1 | Subject)", data: OrthodontSubset.table(), criterion: criterion
      ).singleTermDeletions(), whole: 409.065872486,
      [("Sex & age", 411.177483694, 4.11161120773, 1)])
  }

  @Test("Where a deletion changes the coding of other terms, the fit is that of the formula")
  func recoding() throws {
    let options = DesignOptions(categorical: ["temp"])
    let data = Dataset.cake.table
    func fit(_ formula: Formula) throws -> LinearMixedModel {
      try .fit(formula, data: data, options: options)
    }
    let deletions = try fit("angle ~ 0 + recipe + temp + (1 | replicate)").singleTermDeletions()
    let without = try fit("angle ~ 0 + temp + (1 | replicate)")
    #expect(agree(deletions["recipe"]?.criteria.objective, without.objective, 1e-8))
    #expect(deletions["recipe"]?.degreesOfFreedom == 2)
  }

  @Test("A generalized model has the deletions of lme4")
  func generalized() throws {
    let model = try GeneralizedLinearMixedModel.fit(
      "incidence / size ~ period + (1 | herd)", data: Dataset.cbpp.table, family: .binomial)
    let row = try #require(try model.singleTermDeletions()["period"])
    // lme4's Laplace values are exact to 5e-5.
    #expect(agree(row.statistic, 25.6100634402, 1e-5) && row.degreesOfFreedom == 3)
    let random = try model.randomEffectsTests()
    // Minus twice the log-likelihood of `glm`, -99.0292.
    #expect(abs(random.rows[0].objective - 198.0584) < 1e-4)
    #expect(random.rows[0].usesMixture && random.rows[0].degreesOfFreedom == 1)
  }

  @Test("Random effects have the statistics of ranova, at the end of their range half the p-value")
  func random() throws {
    let data = try OrthodontSubset.table()
    let slopes = try LinearMixedModel.fit(
      "distance ~ Sex * age + (1 + age | Subject)", data: data,
      criterion: .restrictedMaximumLikelihood
    ).randomEffectsTests()
    #expect(slopes.rows.map(\.term) == ["age in (1 + age | Subject)"])
    #expect(agree(slopes.rows[0].statistic, 1.11374743215, 1e-4))
    #expect(slopes.rows[0].degreesOfFreedom == 2 && slopes.rows[0].usesMixture)
    // Half of 0.572997619873 and of pchisq(1.11374743215, 1, lower.tail = FALSE) = 0.2912694.
    #expect(agree(slopes.rows[0].pValue, (0.572997619873 + 0.2912694) / 2, 1e-4))
    let intercept = try LinearMixedModel.fit(
      "distance ~ Sex * age + (1 | Subject)", data: data, criterion: .restrictedMaximumLikelihood
    ).randomEffectsTests()
    #expect(intercept.rows.map(\.term) == ["(1 | Subject)"])
    #expect(agree(intercept.rows[0].statistic, 40.0478683441, 1e-6))
    #expect(agree(intercept.rows[0].pValue, 2.47815018214e-10 / 2, 1e-4))
    #expect(intercept.parameterCount == 6 && intercept.rows[0].parameterCount == 5)
    #expect(intercept.description.contains("chi2(0) / 2 + chi2(1) / 2"))
  }

  @Test("One of two grouping factors, and a factor of several effects")
  func severalEffects() throws {
    let crossed = try LinearMixedModel.fit(
      "diameter ~ 1 + (1 | plate) + (1 | sample)", data: Dataset.penicillin.table)
    let tests = try crossed.randomEffectsTests()
    let without = try LinearMixedModel.fit(
      "diameter ~ 1 + (1 | plate)", data: Dataset.penicillin.table)
    #expect(tests.rows.map(\.term) == ["(1 | plate)", "(1 | sample)"])
    #expect(agree(tests.rows[1].objective, without.objective, 1e-8))
    let machines = try LinearMixedModel.fit(
      "score ~ 1 + Machine + (0 + Machine | Worker)", data: Dataset.machines.table)
    let row = try machines.randomEffectsTests().rows[0]
    #expect(row.degreesOfFreedom == 6 && !row.usesMixture)
  }

  @Test("What cannot be deleted is refused")
  func refused() throws {
    let data = Dataset.sleepstudy.table
    let null = try LinearMixedModel.fit("reaction ~ 1 + (1 | subj)", data: data)
    #expect(throws: MixedModelError.self) { try null.singleTermDeletions() }
    let saved = try SavedModel(
      .fit("reaction ~ 1 + days + (1 | subj)", data: data), data: data)
    for attempt in [
      { _ = try saved.singleTermDeletions() }, { _ = try saved.randomEffectsTests() },
    ] {
      let error = #expect(throws: MixedModelError.self) { try attempt() }
      #expect(error?.kind == .unavailable)
    }
    let quasi = try GeneralizedProblem(
      "incidence / size ~ period + (1 | herd)", data: Dataset.cbpp.table, family: .binomial
    ).fit(criterion: .pseudoLikelihood)
    #expect(throws: MixedModelError.self) { try quasi.singleTermDeletions() }
    #expect(throws: MixedModelError.self) { try quasi.randomEffectsTests() }
  }
}
