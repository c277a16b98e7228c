// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import MixedModelDatasets
import MixedModelErrors
import MixedModelFitting
import MixedModelInference
import ModelFormulas
import StatisticalFunctions
import TestSupport
import Testing

/// The references called "by differences": R 4.2.2, the optimum of lme4 1.1-31 brought to a gradient of
/// 1e-6 by Newton steps, the dense inverse of Henderson's matrix as a function of theta and sigma, and
/// numDeriv's derivatives of it and of the deviance (its Hessian's inverse doubled is W). They agree to
/// seven digits or more.
@Suite("Degrees of freedom of predictions")
struct PredictionDegreesOfFreedomTests {
  static func sleepstudy(
    _ criterion: Criterion = .restrictedMaximumLikelihood
  ) throws -> LinearMixedModel {
    try .fit(
      "reaction ~ 1 + days + (1 + days | subj)", data: Dataset.sleepstudy.table,
      criterion: criterion)
  }

  static func penicillin(_ criterion: Criterion) throws -> LinearMixedModel {
    try .fit(
      "diameter ~ 1 + (1 | plate) + (1 | sample)", data: Dataset.penicillin.table,
      criterion: criterion)
  }

  private func agree(_ value: Double?, _ expected: Double, _ tolerance: Double) -> Bool {
    value.map { abs($0 - expected) <= tolerance * abs(expected) } ?? false
  }

  @Test("Predictions for known groups have those found by differences")
  func conditional() throws {
    // Rows counted from one: standard error, degrees of freedom for the mean and for an observation.
    let references: [(Criterion, [(Int, Double, Double, Double)])] = [
      (
        .restrictedMaximumLikelihood,
        [
          (1, 12.25479298, 59.57989957, 160.7900633), (5, 7.720686339, 159.817599, 147.0706049),
          (10, 13.85689844, 152.4619878, 154.0723556),
          (88, 10.31031858, 160.1239681, 147.2202361),
        ]
      ),
      (
        .maximumLikelihood,
        [
          (1, 12.0708369, 54.44706313, 161.8190788), (5, 7.690648191, 160.5590267, 147.256212),
          (10, 13.78403395, 152.2121329, 154.7128266),
          (88, 10.28516121, 161.1408163, 147.4151353),
        ]
      ),
    ]
    for (criterion, rows) in references {
      let model = try Self.sleepstudy(criterion)
      let means = try model.predict(
        Dataset.sleepstudy.table, interval: .confidence(0.9), degreesOfFreedom: .satterthwaite)
      let observations = try model.predict(
        Dataset.sleepstudy.table, interval: .prediction(0.9), degreesOfFreedom: .satterthwaite)
      for (row, error, df, observationDF) in rows {
        let mean = means[row - 1]
        #expect(agree(mean.standardError, error, 1e-6))
        #expect(agree(mean.degreesOfFreedom, df, 1e-6))
        #expect(agree(observations[row - 1].degreesOfFreedom, observationDF, 1e-6))
        let own = try #require(mean.degreesOfFreedom)
        let width = StudentT(degreesOfFreedom: own).quantile(0.95) * (mean.standardError ?? .nan)
        #expect(agree(mean.upper, mean.value + width, 1e-12))
        #expect(agree(mean.lower, mean.value - width, 1e-12))
      }
    }
  }

  @Test("Those of crossed factors, all and one of them")
  func crossed() throws {
    let references = [
      (Criterion.restrictedMaximumLikelihood, 126.7902863, 117.0304966, 5.748321282, 39.67684515),
      (.maximumLikelihood, 126.8512245, 117.0325245, 7.070346348, 39.89889816),
    ]
    for (criterion, mean, observation, plate, sample) in references {
      let model = try Self.penicillin(criterion)
      let table = Dataset.penicillin.table
      func degrees(
        _ selection: RandomEffectsSelection, _ interval: PredictionInterval = .confidence(0.95)
      ) throws -> [Double] {
        try #require(
          try model.predict(
            table, conditioningOn: selection, interval: interval, degreesOfFreedom: .satterthwaite
          ).degreesOfFreedom)
      }
      let all = try degrees(.all)
      #expect(agree(all[0], mean, 1e-6) && agree(all[143], mean, 1e-6))
      #expect(agree(try degrees(.all, .prediction(0.95))[6], observation, 1e-6))
      #expect(agree(try degrees(.groupingFactors(["plate"]))[0], plate, 1e-6))
      #expect(agree(try degrees(.groupingFactors(["sample"]))[0], sample, 1e-6))
    }
  }

  @Test("A new group has the variance of its effects, with its degrees of freedom")
  func newLevel() throws {
    let row = try DataTable(numeric: ["days": [4]], categorical: ["subj": ["new"]])
    let references = [
      (Criterion.restrictedMaximumLikelihood, 36.3767562, 15.38607157, 33.68557241),
      (.maximumLikelihood, 35.29879124, 16.19270435, 36.78213124),
    ]
    for (criterion, error, df, observation) in references {
      let model = try Self.sleepstudy(criterion)
      let mean = try model.predict(
        row, newLevels: .population, interval: .confidence(0.95), degreesOfFreedom: .satterthwaite)
      #expect(agree(mean[0].standardError, error, 1e-6))
      #expect(agree(mean[0].degreesOfFreedom, df, 1e-6))
      let future = try model.predict(
        row, newLevels: .population, interval: .prediction(0.95), degreesOfFreedom: .satterthwaite)
      #expect(agree(future[0].degreesOfFreedom, observation, 1e-6))
      // Averaged over, the effects are no error of the mean.
      let averaged = try model.predict(
        row, newLevels: .population, otherEffects: .averaged, interval: .confidence(0.95),
        degreesOfFreedom: .satterthwaite)
      let population = try model.predict(
        row, conditioningOn: .none, interval: .confidence(0.95), degreesOfFreedom: .satterthwaite)
      #expect(agree(averaged[0].standardError, population[0].standardError ?? .nan, 1e-9))
      #expect(agree(averaged[0].degreesOfFreedom, population[0].degreesOfFreedom ?? .nan, 1e-6))
    }
  }

  @Test("Without random effects they are those of emmeans")
  func population() throws {
    // emmeans 1.8.4.1 with lmerTest 3.1-3 and pbkrtest 0.5.2: df, lower and upper at 0, 2.5 and 20
    // days. lmerTest's differences leave 2e-5 in the degrees of freedom.
    let rows = try DataTable(numeric: ["days": [0, 2.5, 20]])
    let satterthwaite = [
      (16.9997262885, 237.006446769, 265.803762928), (16.9997355997, 262.032989536, 293.113649959),
      (16.9999502222, 395.916694110, 525.584953971),
    ]
    let kenwardRoger: [(Double, Double, Double)] = [
      (17.0, 237.006464429, 265.803745268), (17.0, 262.033007948, 293.113631547),
      (17.0, 395.916708571, 525.584939510),
    ]
    let byML = [
      (18.0011347664, 237.471594965, 265.338614732), (18.0011205144, 262.535004021, 292.611635474),
      (18.0003397014, 398.009522445, 523.492125636),
    ]
    func check(
      _ model: LinearMixedModel, _ method: some DegreesOfFreedomMethod,
      _ expected: [(Double, Double, Double)]
    ) throws {
      let means = try model.predict(
        rows, conditioningOn: .none, interval: .confidence(0.95), degreesOfFreedom: method)
      for (row, (df, lower, upper)) in zip(means, expected) {
        #expect(agree(row.degreesOfFreedom, df, 1e-4))
        #expect(agree(row.lower, lower, 1e-5) && agree(row.upper, upper, 1e-5))
      }
    }
    try check(Self.sleepstudy(), .satterthwaite, satterthwaite)
    try check(Self.sleepstudy(), .kenwardRoger, kenwardRoger)
    try check(Self.sleepstudy(.maximumLikelihood), .satterthwaite, byML)
  }

  @Test("Without random effects they are those of the combination of coefficients")
  func combinations() throws {
    // Unbalanced, so that Kenward and Roger's covariance matrix differs from the model's.
    let model = try LinearMixedModel.fit(
      "total_fruits ~ 1 + status + (1 | popu) + (1 | gen)", data: Dataset.arabidopsis.table,
      criterion: .restrictedMaximumLikelihood)
    let table = Dataset.arabidopsis.table
    func check(_ method: some DegreesOfFreedomMethod) throws {
      let inference = try model.inference(degreesOfFreedom: method)
      let means = try model.predict(
        table, conditioningOn: .none, interval: .confidence(0.95), degreesOfFreedom: method)
      for row in [0, 200, 600] {
        let x = (0..<model.fixedEffects.count).map { model.fixedEffectsMatrix[row, $0] }
        let expected = try inference.estimate(of: x)
        #expect(agree(means[row].standardError, expected.standardError, 1e-9))
        #expect(agree(means[row].degreesOfFreedom, expected.degreesOfFreedom, 1e-7))
        #expect(agree(means[row].lower, expected.lower, 1e-7))
      }
    }
    try check(.satterthwaite)
    try check(.kenwardRoger)
    let adjusted = try model.predict(
      table, conditioningOn: .none, interval: .confidence(0.95), degreesOfFreedom: .kenwardRoger)
    let plain = try model.predict(
      table, conditioningOn: .none, interval: .confidence(0.95), degreesOfFreedom: .satterthwaite)
    #expect((adjusted[0].standardError ?? 0) > (plain[0].standardError ?? 0))
  }

  @Test("Constant rules are the numbers they stand for")
  func constant() throws {
    let model = try Self.sleepstudy()
    let table = Dataset.sleepstudy.table
    #expect(
      try model.predict(table, interval: .prediction(0.9), degreesOfFreedom: .residual)
        == model.predict(table, interval: .prediction(0.9), degreesOfFreedom: 178))
    #expect(
      try model.predict(table, interval: .confidence(0.9), degreesOfFreedom: .infinite)
        == model.predict(table, interval: .confidence(0.9)))
  }

  @Test("A cluster-robust covariance matrix stands for the model's, without random effects only")
  func clusterRobust() throws {
    let model = try Self.sleepstudy()
    let rows = try DataTable(numeric: ["days": [0, 9]])
    let covariance = try model.clusterRobustCovariance(.cr1).matrix
    let means = try model.predict(
      rows, conditioningOn: .none, interval: .confidence(0.95),
      degreesOfFreedom: .clusterRobust(.cr1))
    for (row, days) in zip(means, [0.0, 9]) {
      let variance = covariance[0, 0] + 2 * days * covariance[0, 1] + days * days * covariance[1, 1]
      #expect(agree(row.standardError, variance.squareRoot(), 1e-9))
      #expect(row.degreesOfFreedom == 17)
    }
    #expect(throws: MixedModelError.self) {
      try model.predict(
        Dataset.sleepstudy.table, interval: .confidence(0.95),
        degreesOfFreedom: .clusterRobust(.cr1))
    }
    #expect(throws: MixedModelError.self) {
      try model.randomEffectsTable(degreesOfFreedom: .clusterRobust(.cr1))
    }
  }

  @Test("Kenward and Roger's are refused where random effects take part, and for ML")
  func refusals() throws {
    let model = try Self.sleepstudy()
    func message(_ body: () throws -> Predictions) -> String? {
      do {
        _ = try body()
        return nil
      } catch {
        return (error as? MixedModelError)?.description
      }
    }
    let table = Dataset.sleepstudy.table
    #expect(
      message {
        try model.predict(table, interval: .confidence(0.95), degreesOfFreedom: .kenwardRoger)
      }
        == "Kenward and Roger's method and cluster-robust ones are for fixed effects alone, and "
        + "the predictions condition on random effects. Ask for \"satterthwaite\", \"residual\" or "
        + "\"none\", or leave the random effects out.")
    #expect(
      message {
        try Self.sleepstudy(.maximumLikelihood).predict(
          table, conditioningOn: .none, interval: .confidence(0.95),
          degreesOfFreedom: .kenwardRoger)
      }?.contains("fitted by maximum likelihood") == true)
    #expect(
      message {
        try model.predict(table, interval: .confidence(1), degreesOfFreedom: .satterthwaite)
      }?.contains("cannot have the level 1") == true)
  }

  @Test("A variance on its bound counts as known, and missing rows stay missing")
  func singular() throws {
    let table = Dataset.dyestuff2.table
    let model = try LinearMixedModel.fit("yield ~ 1 + (1 | batch)", data: table)
    #expect(model.isSingular)
    let means = try model.predict(
      table, interval: .confidence(0.95), degreesOfFreedom: .satterthwaite)
    // Only the residual variance is estimated: by ML twice its square over n is the variance.
    #expect(means.allSatisfy { agree($0.degreesOfFreedom, 30, 1e-6) })
    let rows = try DataTable(numeric: ["days": [4, .nan]])
    let missing = try Self.sleepstudy().predict(
      rows, conditioningOn: .none, interval: .confidence(0.95), degreesOfFreedom: .satterthwaite)
    #expect(missing[1].status == .missingValue && missing[1].degreesOfFreedom?.isNaN == true)
  }
}

@Suite("Simultaneous intervals of predictions")
struct SimultaneousIntervalTests {
  private func widths(_ predictions: Predictions) -> [Double] {
    predictions.map { (($0.upper ?? .nan) - ($0.lower ?? .nan)) / 2 }
  }

  @Test("They are Scheffé's, with as many dimensions as there are effects")
  func scheffe() throws {
    let model = try PredictionDegreesOfFreedomTests.sleepstudy()
    let table = Dataset.sleepstudy.table
    func check(
      _ selection: RandomEffectsSelection, _ dimension: Double, _ degrees: Double
    ) throws {
      let together = try model.predict(
        table, conditioningOn: selection, interval: .confidence(0.9), degreesOfFreedom: degrees,
        coverage: .simultaneous)
      let critical =
        (dimension
        * FisherF(numeratorDegreesOfFreedom: dimension, denominatorDegreesOfFreedom: degrees)
        .quantile(0.9)).squareRoot()
      for (width, error) in zip(widths(together), together.standardErrors ?? []) {
        #expect(abs(width - critical * error) < 1e-10 * width)
      }
    }
    try check(.none, 2, 178)
    try check(.none, 2, .infinity)
    try check(.all, 38, 178)
  }

  @Test("The critical value is that of R")
  func reference() throws {
    // R 4.2.2: sqrt(2 * qf(0.95, 2, 17)).
    let model = try PredictionDegreesOfFreedomTests.sleepstudy()
    let row = try model.predict(
      DataTable(numeric: ["days": [3]]), conditioningOn: .none, interval: .confidence(0.95),
      degreesOfFreedom: .kenwardRoger, coverage: .simultaneous)[0]
    let ratio = ((row.upper ?? .nan) - row.value) / (row.standardError ?? .nan)
    #expect(abs(ratio - 2.680123) < 1e-6)
  }

  @Test("Observations count one more dimension where there is no intercept")
  func observations() throws {
    let table = Dataset.sleepstudy.table
    for (formula, dimension) in [
      ("reaction ~ 1 + days + (1 | subj)", 2.0), ("reaction ~ 0 + days + (1 | subj)", 2),
    ] {
      let model = try LinearMixedModel.fit(Formula(formula), data: table)
      let each = try model.predict(
        table, conditioningOn: .none, interval: .prediction(0.95), degreesOfFreedom: .residual)
      let together = try model.predict(
        table, conditioningOn: .none, interval: .prediction(0.95), degreesOfFreedom: .residual,
        coverage: .simultaneous)
      let degrees = Double(model.residualDegreesOfFreedom)
      let ratio =
        FisherF(numeratorDegreesOfFreedom: dimension, denominatorDegreesOfFreedom: degrees)
        .scheffeCriticalValue(0.95) / StudentT(degreesOfFreedom: degrees).quantile(0.975)
      for (wide, narrow) in zip(widths(together), widths(each)) {
        #expect(abs(wide - ratio * narrow) < 1e-9 * wide)
      }
    }
  }

  @Test("A generalized model has them for means only")
  func generalized() throws {
    let table = Dataset.cbpp.table
    let model = try GeneralizedLinearMixedModel.fit(
      "incidence / size ~ 1 + period + (1 | herd)", data: table, family: .binomial)
    let each = try model.predict(
      table, conditioningOn: .none, scale: .link, interval: .confidence(0.95))
    let together = try model.predict(
      table, conditioningOn: .none, scale: .link, interval: .confidence(0.95),
      coverage: .simultaneous)
    let critical = FisherF(numeratorDegreesOfFreedom: 4, denominatorDegreesOfFreedom: .infinity)
      .scheffeCriticalValue(0.95)
    for (row, wide) in zip(each, widths(together)) {
      #expect(abs(wide - critical * (row.standardError ?? .nan)) < 1e-9 * wide)
    }
    let student = try model.predict(
      table, conditioningOn: .none, scale: .link, interval: .confidence(0.95), degreesOfFreedom: 52)
    for (row, other) in zip(student, each) {
      let quantile = StudentT(degreesOfFreedom: 52).quantile(0.975)
      let width = quantile * (other.standardError ?? .nan)
      #expect(abs((row.upper ?? .nan) - row.value - width) < 1e-9 * width)
      #expect(row.degreesOfFreedom == 52)
    }
    do {
      _ = try model.predict(table, interval: .prediction(0.95), degreesOfFreedom: 52)
      Issue.record("quantiles have no degrees of freedom")
    } catch {
      #expect(error.description.contains("to which degrees of freedom do not apply"))
    }
    do {
      _ = try model.predict(table, interval: .prediction(0.95), coverage: .simultaneous)
      Issue.record("prediction intervals of counts are quantiles")
    } catch {
      #expect(error.description.contains("only intervals for the mean can hold all together"))
    }
  }
}
