// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModels
import Testing

/// Profile intervals and single-term deletions of data that are not built in: `confint(profile(model))`
/// and `drop1` of lme4 1.1-31 (R 4.2.2). Its profiles are interpolated by splines, hence the tolerance.
/// The data are `MASS::bacteria` with the covariate `week > 2`, `mlmRev::Exam`, and simulated.
@Suite("Profiles and deletions beside lme4's")
struct ProfilesAndDeletionsTests {
  private func check(
    _ model: some Profilable, _ limits: [(key: String, lower: Double, upper: Double)]
  ) throws {
    let intervals = try model.confidenceIntervals(.profile, of: limits.map(\.key))
    for (key, lower, upper) in limits {
      let row = try #require(intervals[key])
      for (limit, expected) in [(row.lower, lower), (row.upper, upper)] {
        let limit = try #require(limit, "\(key): \(row.remark ?? "")")
        #expect(abs(limit - expected) < 2e-4 * (upper - lower), "\(key)")
      }
    }
  }

  @Test("A Bernoulli model's profile")
  func bernoulli() throws {
    let options = DesignOptions(
      levels: ["trt": ["placebo", "drug", "drug+"], "y": ["n", "y"]])
    let model = try GeneralizedLinearMixedModel.fit(
      "y ~ 1 + trt + wk2 + (1 | ID)", data: #require(try Fixture.table("bacteria")),
      family: .bernoulli, options: options)
    try check(
      model,
      [
        ("beta:(Intercept)", 2.37302334624174, 5.20073528992846),
        ("beta:trt: drug", -2.90218381653444, -0.0585474474932577),
        ("beta:trt: drug+", -2.30077354230237, 0.563268487669407),
        ("beta:wk2", -2.61106379013716, -0.724752792491304),
        ("sd:ID:(Intercept)", 0.493672357545018, 2.22651297462474),
      ])
  }

  /// lme4's limits of the coefficients are left out: with prior weights they are thirty times too near
  /// the estimates, where its own deviance has risen by 1e-4 and 0.02 instead of 3.84.
  @Test("A linear model's profile with prior weights")
  func weights() throws {
    let table = try #require(try Fixture.table("synth_glmm"))
    let model = try LinearMixedModel.fit(
      "y_gauss ~ 1 + x + z + (1 | g)", data: table, options: DesignOptions(weights: "w"))
    try check(
      model,
      [
        ("sigma", 0.630012576938138, 0.707592051350001),
        ("sd:g:(Intercept)", 0.251613923860279, 0.44478259043975),
      ])
    // With the coefficient known, what is left is a model with an offset.
    let row = try #require(try model.confidenceIntervals(.profile)["beta:x"])
    guard case .numeric(let x) = try table.column("x") else {
      Issue.record("the column has another kind")
      return
    }
    for limit in [row.lower, row.upper] {
      let limit = try #require(limit)
      let known = try table.replacing(
        "y_bin", with: .numeric(NumericColumn(x.values.map { limit * $0 })))
      let rest = try LinearMixedModel.fit(
        "y_gauss ~ 1 + z + (1 | g)", data: known,
        options: DesignOptions(weights: "w", offset: "y_bin"))
      #expect(abs(rest.objective - model.objective - 3.841458820694124) < 1e-6)
    }
  }

  @Test("Deletions from a model of 4,059 rows")
  func exam() throws {
    let options = DesignOptions(
      categorical: ["school"], levels: ["schgend": ["mixed", "boys", "girls"]])
    let model = try LinearMixedModel.fit(
      "normexam ~ 1 + standLRT + sex + schgend + (1 | school)",
      data: #require(try Fixture.table("exam")), options: options)
    let deletions = try model.singleTermDeletions()
    #expect(abs(deletions.criteria.aic - 9339.4273050669) < 1e-6)
    let expected: [(term: String, aic: Double, statistic: Double, df: Int, pValue: Double)] = [
      ("standLRT", 10978.5795176055, 1641.15221253864, 1, 0),
      ("sex", 9361.42219745132, 23.9948923844277, 1, 9.65915987236362e-07),
      ("schgend", 9340.00767692926, 4.58037186236834, 2, 0.101247635011017),
    ]
    #expect(deletions.rows.map(\.term) == expected.map(\.term))
    for (row, reference) in zip(deletions.rows, expected) {
      #expect(abs(row.criteria.aic - reference.aic) < 1e-6)
      #expect(abs(row.statistic - reference.statistic) < 1e-6)
      #expect(row.degreesOfFreedom == reference.df)
      let pValue = try #require(row.pValue)
      #expect(abs(pValue - reference.pValue) <= 1e-6 * reference.pValue)
    }
  }
}
