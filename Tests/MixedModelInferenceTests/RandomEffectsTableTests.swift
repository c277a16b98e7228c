// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelDatasets
import MixedModelErrors
import MixedModelFitting
import MixedModelInference
import StatisticalFunctions
import TestSupport
import Testing

/// References by differences as in ``PredictionDegreesOfFreedomTests``.
@Suite("Random effects with tests and intervals")
struct RandomEffectsTableTests {
  private func agree(_ value: Double?, _ expected: Double, _ tolerance: Double) -> Bool {
    value.map { abs($0 - expected) <= tolerance * abs(expected) } ?? false
  }

  @Test(
    "Errors of prediction and Satterthwaite's degrees of freedom are those found by differences")
  func satterthwaite() throws {
    let references: [(Criterion, [(String, String, Double, Double, Double)])] = [
      (
        .restrictedMaximumLikelihood,
        [
          ("S308", "(Intercept)", 2.258565549, 13.10020505, 36.7847969),
          ("S309", "days", -8.619702661, 2.639237188, 43.42489309),
        ]
      ),
      (
        .maximumLikelihood,
        [
          ("S308", "days", 9.075533955, 2.585906717, 42.33697185),
          ("S309", "(Intercept)", -40.04848733, 12.82782322, 34.82734105),
        ]
      ),
    ]
    for (criterion, rows) in references {
      let table = try PredictionDegreesOfFreedomTests.sleepstudy(criterion)
        .randomEffectsTable(level: 0.9, degreesOfFreedom: .satterthwaite)
      #expect(table.count == 36)
      for (level, name, mode, error, df) in rows {
        let row = try #require(table["subj", level, name]?.prediction)
        #expect(agree(row.estimate, mode, 1e-6))
        #expect(agree(row.standardError, error, 1e-6))
        #expect(agree(row.degreesOfFreedom, df, 1e-6))
        #expect(agree(row.statistic, row.estimate / row.standardError, 1e-14))
        let student = StudentT(degreesOfFreedom: row.degreesOfFreedom)
        #expect(agree(row.pValue, student.twoSidedTail(row.statistic), 1e-14))
        #expect(
          agree(row.upper, row.estimate + student.quantile(0.95) * row.standardError, 1e-12))
      }
    }
    let crossed = try PredictionDegreesOfFreedomTests.penicillin(.restrictedMaximumLikelihood)
      .randomEffectsTable(degreesOfFreedom: .satterthwaite)
    let sample = try #require(crossed["sample", "A", "(Intercept)"]?.prediction)
    #expect(agree(sample.estimate, 2.187057967, 1e-6))
    #expect(agree(sample.standardError, 0.795163403, 1e-6))
    #expect(agree(sample.degreesOfFreedom, 5.134350326, 1e-6))
    #expect(crossed.count == 30)
  }

  @Test("The square of t is the F of the hypothesis that the effect is zero")
  func hypothesis() throws {
    let model = try PredictionDegreesOfFreedomTests.sleepstudy()
    let inference = try model.inference(degreesOfFreedom: .satterthwaite)
    let row = try inference.randomEffectsTable()[3]
    let test = try inference.test(
      LinearHypothesis(
        Matrix(rowCount: 1, columnCount: 2), randomEffects: Matrix(1, 36) { $1 == 3 ? 1 : 0 }))
    #expect(agree(test.statistic, row.prediction.statistic * row.prediction.statistic, 1e-9))
    #expect(agree(test.denominatorDegreesOfFreedom, row.prediction.degreesOfFreedom, 1e-8))
    #expect(agree(test.pValue, row.prediction.pValue, 1e-7))
  }

  @Test("Generalized models have normal and residual ones")
  func generalized() throws {
    let model = try GeneralizedLinearMixedModel.fit(
      "incidence / size ~ 1 + period + (1 | herd)", data: Dataset.cbpp.table, family: .binomial)
    let normal = try model.randomEffectsTable()
    let residual = try model.randomEffectsTable(degreesOfFreedom: .residual)
    #expect(normal.count == 15 && normal[0].prediction.degreesOfFreedom == .infinity)
    #expect(residual[0].prediction.degreesOfFreedom == 52)
    // What conditional variances leave out makes the errors larger.
    let deviations = try #require(model.randomEffects["herd"]).conditionalCovariances()
      .standardDeviations
    for (row, deviation) in zip(normal, deviations.values) {
      #expect(row.prediction.standardError > deviation)
    }
    #expect(throws: MixedModelError.self) {
      try model.randomEffectsTable(degreesOfFreedom: .satterthwaite)
    }
  }

  @Test("Effects without variance are zero without error, and have no test")
  func singular() throws {
    let model = try LinearMixedModel.fit(
      "yield ~ 1 + (1 | batch)", data: Dataset.dyestuff2.table)
    let table = try model.randomEffectsTable(degreesOfFreedom: .satterthwaite)
    #expect(table.allSatisfy { $0.prediction.estimate == 0 && $0.prediction.standardError == 0 })
    #expect(table.table.rows[0].suffix(2).allSatisfy { $0 == .missing })
  }

  @Test("Kenward and Roger's degrees of freedom are refused")
  func refusal() throws {
    let model = try PredictionDegreesOfFreedomTests.sleepstudy()
    do {
      _ = try model.randomEffectsTable(degreesOfFreedom: .kenwardRoger)
      Issue.record("they are for fixed effects")
    } catch {
      #expect(error.description.contains("are for fixed effects alone"))
    }
  }
}
