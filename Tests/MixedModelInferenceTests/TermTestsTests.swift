// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import MixedModelErrors
import MixedModelFitting
import MixedModelInference
import ModelFormulas
import Testing

/// References: lmerTest 3.1-3 and car 3.1 under R 4.2.2, `anova(type =, ddf =)` and `Anova(type = 2)`.
@Suite("Tests of fixed-effects terms")
struct TermTestsTests {
  private static let formula: Formula = "distance ~ Sex * age + (1 | Subject)"

  private static func orthodont(_ contrasts: String = "dummy") throws -> LinearMixedModel {
    let options = try DesignOptions(contrasts: ["Sex": ContrastSpecification(parsing: contrasts)])
    return try .fit(
      formula, data: OrthodontSubset.table(), criterion: .restrictedMaximumLikelihood,
      options: options)
  }

  private static func check(
    _ tests: TermTests, _ expected: [(term: String, statistic: Double, df: Double?)],
    _ tolerance: Double
  ) {
    #expect(tests.rows.map(\.term) == expected.map(\.term))
    for (row, reference) in zip(tests.rows, expected) {
      #expect(agree(row.test?.statistic, reference.statistic, tolerance), "\(row)")
      if let df = reference.df {
        #expect(agree(row.test?.denominatorDegreesOfFreedom, df, tolerance), "\(row)")
      } else {
        #expect(row.test?.isChiSquared ?? false)
      }
    }
  }

  @Test("Types I and III have the F tests of lmerTest on unbalanced data")
  func unbalanced() throws {
    let inference = try Self.orthodont().inference(degreesOfFreedom: .satterthwaite)
    Self.check(
      try inference.termTests(.typeI),
      [
        ("Sex", 8.98405678473, 24.8122099843), ("age", 100.30154687703, 70.0696401708),
        ("Sex & age", 4.17074212798, 69.8656155978),
      ], 1e-3)
    Self.check(
      try inference.termTests(.typeIII),
      [
        ("Sex", 0.165797383583, 93.3378800107), ("age", 92.818896976160, 69.8656156070),
        ("Sex & age", 4.17074212798, 69.8656155978),
      ], 1e-3)
    Self.check(
      try Self.orthodont().termTests(.typeIII, degreesOfFreedom: .kenwardRoger),
      [
        ("Sex", 0.16564361260, 93.3402957736), ("age", 92.69516895531, 69.9315916561),
        ("Sex & age", 4.16518250935, 69.9315916561),
      ], 1e-4)
  }

  @Test("Type II has the chi-squared tests of car")
  func typeII() throws {
    let tests = try Self.orthodont().termTests(.typeII)
    Self.check(
      tests,
      [
        ("Sex", 8.65715827370, nil), ("age", 99.52198581937, nil),
        ("Sex & age", 4.17074212798, nil),
      ],
      1e-4)
    #expect(agree(tests["Sex"]?.pValue, 3.25778967396e-03, 1e-3))
    #expect(tests["weight"] == nil)
  }

  @Test(
    "Types II and III do not depend on the coding, nor type I",
    arguments: ["effects", "dummy:last", "helmert", "effects:last"])
  func codings(_ coding: String) throws {
    let (plain, coded) = (try Self.orthodont(), try Self.orthodont(coding))
    for type in TermTestType.allCases {
      let expected = try plain.termTests(type)
      Self.check(
        try coded.termTests(type), expected.rows.map { ($0.term, $0.test?.statistic ?? .nan, nil) },
        1e-6)
    }
  }

  @Test("Cake has the tests of lmerTest, and terms of several degrees of freedom")
  func cake() throws {
    let model = try LinearMixedModel.fit(
      "angle ~ 1 + recipe * temp + (1 | recipe & replicate)", data: Dataset.cake.table,
      criterion: .restrictedMaximumLikelihood)
    let inference = try model.inference(degreesOfFreedom: .satterthwaite)
    Self.check(
      try inference.termTests(.typeI),
      [
        ("recipe", 0.248788787134128, 42), ("temp", 94.1632290926263, 222),
        ("recipe & temp", 0.0416924443278853, 222),
      ], 1e-3)
    let third = try inference.termTests(.typeIII)
    Self.check(
      third,
      [
        ("recipe", 0.0956779629043305, 254.015757328196),
        ("temp", 94.1632285781127, 221.999998938559),
        ("recipe & temp", 0.0416924443278853, 221.999998924102),
      ], 1e-3)
    #expect(third["recipe"]?.numeratorDegreesOfFreedom == 2)
    #expect(third.description.hasPrefix("Wald tests of terms, type III (Satterthwaite's method)"))
  }

  @Test("A nested factor, a crossed one without main effects, and a missing intercept")
  func withoutMargins() throws {
    // What belongs to no other term is tested with the one that has it.
    func degrees(_ formula: Formula) throws -> [Int?] {
      try LinearMixedModel.fit(formula, data: Dataset.cake.table).termTests(.typeIII).rows.map {
        $0.test?.numeratorDegreesOfFreedom
      }
    }
    let options = DesignOptions(categorical: ["temp"])
    let nested = try LinearMixedModel.fit(
      "angle ~ 1 + recipe + recipe & temp + (1 | replicate)", data: Dataset.cake.table,
      options: options)
    #expect(
      try nested.termTests(.typeIII).rows.map { $0.test?.numeratorDegreesOfFreedom } == [2, 15])
    #expect(try degrees("angle ~ 0 + recipe + (1 | replicate)") == [3])
    #expect(try degrees("angle ~ 1 + recipe & temp + (1 | replicate)") == [3])
  }

  @Test("Generalized and saved models have chi-squared tests")
  func generalized() throws {
    let data = Dataset.cbpp.table
    let model = try GeneralizedLinearMixedModel.fit(
      "incidence / size ~ period + (1 | herd)", data: data, family: .binomial)
    let saved = try SavedModel(model, data: data)
    for type in TermTestType.allCases {
      let tests = try model.termTests(type)
      // car 3.1 on lme4's fit, which differentiates numerically.
      Self.check(tests, [("period", 24.9482273229, nil)], 1e-3)
      #expect(tests.rows == (try saved.termTests(type).rows))
    }
  }

  @Test("What cannot be tested is refused")
  func refused() throws {
    let data = Dataset.sleepstudy.table
    let null = try LinearMixedModel.fit("reaction ~ 1 + (1 | subj)", data: data)
    #expect(throws: MixedModelError.self) { try null.termTests() }
    let model = try LinearMixedModel.fit("reaction ~ 1 + days + (1 | subj)", data: data)
    let saved = try SavedModel(model, data: data)
    #expect(try saved.termTests(.typeIII).rows.count == 1)
    let error = #expect(throws: MixedModelError.self) { try saved.termTests(.typeI) }
    #expect(error?.kind == .unavailable)
    let cells = try DataTable(
      numeric: ["y": (0..<48).map { Double(($0 * 29 + $0 * $0 * 7) % 23) }],
      categorical: [
        "a": (0..<48).map { "a\($0 % 2)" },
        "b": (0..<48).map { $0 % 2 == 0 ? "b\($0 / 2 % 2)" : "b\($0 / 2 % 3)" },
        "g": (0..<48).map { "g\($0 / 6)" },
      ])
    let empty = try LinearMixedModel.fit("y ~ a * b + (1 | g)", data: cells)
    let refusal = #expect(throws: MixedModelError.self) { try empty.termTests(.typeIII) }
    #expect(refusal?.description.contains("combinations of levels without rows") ?? false)
    #expect(try empty.termTests(.typeI)["a & b"]?.numeratorDegreesOfFreedom == 1)
  }
}
