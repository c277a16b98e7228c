// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import MixedModelDatasets
import MixedModelErrors
import MixedModelFitting
import MixedModelInference
import ModelFormulas
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

  @Test("Frequency weights give the tests of the repeated rows")
  func frequencyWeights() throws {
    // Day d stands for d observations.
    let table = Dataset.sleepstudy.table
    guard case .numeric(let days)? = table["days"] else {
      Issue.record("the column has another kind")
      return
    }
    let repeated = try table.filtered(
      rows: days.values.indices.flatMap { [Int](repeating: $0, count: Int(days.values[$0])) })
    let formula: Formula = "reaction ~ 1 + days + (1 + days | subj)"
    let ours = try LinearMixedModel.fit(
      formula, data: table, criterion: .restrictedMaximumLikelihood,
      options: DesignOptions(frequencyWeights: "days"))
    let expected = try LinearMixedModel.fit(
      formula, data: repeated, criterion: .restrictedMaximumLikelihood)
    #expect(ours.observationCount == 810)
    for (rows, others) in [
      (
        try ours.coefficientTable(degreesOfFreedom: .kenwardRoger),
        try expected.coefficientTable(degreesOfFreedom: .kenwardRoger)
      ),
      (
        try ours.coefficientTable(degreesOfFreedom: .satterthwaite),
        try expected.coefficientTable(degreesOfFreedom: .satterthwaite)
      ),
    ] {
      for (row, other) in zip(rows, others) {
        let (df, expected) = (
          try #require(row.degreesOfFreedom), try #require(other.degreesOfFreedom)
        )
        #expect(abs(df - expected) < 1e-6 * expected)
        let error = try #require(row.standardError)
        #expect(abs(error - (other.standardError ?? 0)) < 1e-6 * error)
      }
    }
  }

  @Test("A rule that does not apply says why")
  func refusals() throws {
    let linear = try LinearMixedModel.fit(
      "reaction ~ 1 + days + (1 | subj)", data: Dataset.sleepstudy.table)
    let counts = try GeneralizedLinearMixedModel.fit(
      "incidence / size ~ 1 + period + (1 | herd)", data: Dataset.cbpp.table, family: .binomial)
    func message(_ body: () throws -> Void) -> String? {
      do {
        try body()
        return nil
      } catch {
        return (error as? MixedModelError)?.description
      }
    }
    #expect(
      message { _ = try linear.coefficientTable(degreesOfFreedom: .kenwardRoger) }
        == "Kenward and Roger's degrees of freedom are for models fitted by REML, and this one was "
        + "fitted by maximum likelihood. Fit it by REML (--reml), or use \"satterthwaite\".")
    #expect(
      message { _ = try counts.inference(degreesOfFreedom: .satterthwaite) }
        == "The degrees of freedom \"satterthwaite\" are for linear models, and this is a binomial "
        + "model. Generalized models have \"none\" and \"residual\".")
  }

  @Test("Every name stands for a rule")
  func vocabulary() {
    #expect(
      DegreesOfFreedomVocabulary.names == ["none", "residual", "satterthwaite", "kenward-roger"])
    #expect(
      DegreesOfFreedomVocabulary.method(named: "kenward-roger") is KenwardRogerDegreesOfFreedom)
    #expect(DegreesOfFreedomVocabulary.method(named: "kenward") == nil)
  }
}

@Suite("Small-sample tests")
struct SmallSampleMethodTests {
  private static func balanced() throws -> LinearMixedModel {
    try .fit(
      "angle ~ 1 + recipe + temp + (1 | recipe & replicate)", data: Dataset.cake.table,
      criterion: .restrictedMaximumLikelihood)
  }

  @Test("A balanced design gets its exact F test from both methods")
  func balancedDesign() throws {
    let model = try Self.balanced()
    let hypothesis = try LinearHypothesis(
      zero: ["recipe: B", "recipe: C"], of: model.fixedEffects)
    let chiSquared = try model.test(hypothesis)
    // 45 cakes of 3 recipes.
    for test in [
      try model.test(hypothesis, degreesOfFreedom: .satterthwaite),
      try model.test(hypothesis, degreesOfFreedom: .kenwardRoger),
    ] {
      #expect(abs((test.denominatorDegreesOfFreedom ?? 0) - 42) < 1e-5)
      #expect(abs(test.statistic - chiSquared.statistic / 2) < 1e-7 * test.statistic)
      #expect(test.pValue > chiSquared.pValue)
    }
  }

  @Test("Kenward and Roger's F test does not depend on how the hypothesis is written")
  func invariance() throws {
    let model = try LinearMixedModel.fit(
      "total_fruits ~ 1 + status + (1 | popu) + (1 | gen)", data: Dataset.arabidopsis.table,
      criterion: .restrictedMaximumLikelihood)
    let inference = try model.inference(degreesOfFreedom: .kenwardRoger)
    let names = Array(model.fixedEffects.names.dropFirst())
    let plain = try inference.test(LinearHypothesis(zero: names, of: model.fixedEffects))
    let other = try inference.test(
      LinearHypothesis(
        [[names[0]: 2, names[1]: 1], [names[0]: -1, names[1]: 5]], of: model.fixedEffects))
    #expect(abs(plain.statistic - other.statistic) < 1e-9 * plain.statistic)
    let df = try #require(plain.denominatorDegreesOfFreedom)
    #expect(abs(df - (other.denominatorDegreesOfFreedom ?? 0)) < 1e-8 * df)
    // A single combination is the square of its t.
    let row = try #require(try inference.coefficientTable()[names[0]])
    let single = try inference.test(LinearHypothesis(zero: [names[0]], of: model.fixedEffects))
    let singleDF = try #require(row.degreesOfFreedom)
    #expect(abs((single.denominatorDegreesOfFreedom ?? 0) - singleDF) < 1e-8 * singleDF)
    #expect(abs(single.pValue - (row.pValue ?? 0)) < 1e-8)
  }

  @Test("Degrees of freedom do not depend on units")
  func units() throws {
    let table = Dataset.sleepstudy.table
    func degrees(_ formula: String, _ method: some DegreesOfFreedomMethod) throws -> [Double] {
      try LinearMixedModel.fit(
        Formula(formula), data: table, criterion: .restrictedMaximumLikelihood
      ).inference(degreesOfFreedom: method).degreesOfFreedom
    }
    let plain = "reaction ~ 1 + days + (1 + days | subj)"
    for factor in ["1e9", "1e-9"] {
      let scaled = "reaction ~ 1 + I(\(factor) * days) + (1 + I(\(factor) * days) | subj)"
      for (ours, expected) in zip(
        try degrees(scaled, .satterthwaite), try degrees(plain, .satterthwaite))
      { #expect(abs(ours - expected) < 1e-5 * expected) }
      for (ours, expected) in zip(
        try degrees(scaled, .kenwardRoger), try degrees(plain, .kenwardRoger))
      { #expect(abs(ours - expected) < 1e-5 * expected) }
    }
    // Far from zero, intercept and slope are nearly collinear; the slope's test is the same.
    let far = try degrees(
      "reaction ~ 1 + I(days + 2000) + (1 + I(days + 2000) | subj)", .kenwardRoger)
    #expect(abs(far[1] - 17) < 1e-3)
    let observed = try degrees(
      "reaction ~ 1 + I(days + 2000) + (1 + I(days + 2000) | subj)", .satterthwaite)
    #expect(abs(observed[1] - 17) < 1e-2)
  }

  @Test("A model without fixed effects has nothing to test, and says so")
  func noFixedEffects() throws {
    let model = try LinearMixedModel.fit(
      "reaction ~ 0 + (1 | subj)", data: Dataset.sleepstudy.table,
      criterion: .restrictedMaximumLikelihood)
    #expect(try model.coefficientTable(degreesOfFreedom: .satterthwaite).isEmpty)
    #expect(try model.coefficientTable(degreesOfFreedom: .kenwardRoger).isEmpty)
  }
}
