// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import MixedModelErrors
import ModelFormulas
import RealModule
import StatisticalFunctions
import Testing

@testable import MixedModelFitting

@Suite("Intervals of predictions")
struct PredictionIntervalTests {
  private let z = Normal().quantile(0.975)

  private func agree(_ a: Double?, _ b: Double, _ tolerance: Double = 1e-10) -> Bool {
    a.map { ModelFits.agree($0, b, tolerance) } ?? false
  }

  @Test("A confidence interval has normal limits, or Student's with degrees of freedom")
  func confidence() throws {
    let model = try ModelFits.sleepstudy()
    let table = Dataset.sleepstudy.table
    let normal = try model.predict(table, interval: .confidence(0.95))
    let student = try model.predict(table, interval: .confidence(0.9), degreesOfFreedom: 7)
    let quantile = StudentT(degreesOfFreedom: 7).quantile(0.95)
    #expect(normal.values == model.fittedValues())
    for row in normal.indices {
      let (own, other) = (normal[row], student[row])
      let error = try #require(own.standardError)
      #expect(error > 0 && other.standardError == error)
      #expect(agree(own.lower, own.value - z * error) && agree(own.upper, own.value + z * error))
      #expect(agree(other.lower, own.value - quantile * error))
      #expect(agree(other.upper, own.value + quantile * error))
    }
  }

  @Test("A prediction interval adds the residual variance, by the weight of the row")
  func observation() throws {
    let table = try ModelFits.synthetic()
    let model = try ModelFits.weighted()
    let mean = try model.predict(table, interval: .confidence(0.95))
    let observation = try model.predict(table, interval: .prediction(0.95))
    #expect(mean.standardErrors == observation.standardErrors)
    for row in mean.indices {
      let error = try #require(mean[row].standardError)
      let width =
        z * (error * error + model.sigma * model.sigma / model.weights[row]).squareRoot()
      #expect(agree(observation[row].upper, mean[row].value + width))
      #expect(agree(observation[row].lower, mean[row].value - width))
    }
    let unweighted = try table.select(table.columnNames.filter { $0 != "w" })
    #expect(try model.predict(unweighted).count == table.rowCount)
    do {
      _ = try model.predict(unweighted, interval: .prediction(0.95))
      Issue.record("a prediction interval needs the weights")
    } catch {
      #expect(error.description.hasPrefix("There is no column \"w\" in these data"))
    }
  }

  @Test("A new level adds the variance of its effects, and so does a factor without part")
  func newLevels() throws {
    let model = try ModelFits.sleepstudy()
    let rows = try DataTable(numeric: ["days": [6]], categorical: ["subj": ["nobody"]])
    let covariance = model.fixedEffects.covariance
    let fixed = covariance[0, 0] + 12 * covariance[0, 1] + 36 * covariance[1, 1]
    let lambda = try #require(model.relativeCovarianceFactor("subj"))
    let (a, b) = (lambda[0, 0] + 6 * lambda[1, 0], 6 * lambda[1, 1])
    let variance = model.sigma * model.sigma
    let random = variance * (a * a + b * b)

    let new = try model.predict(rows, newLevels: .population, interval: .confidence(0.95))[0]
    #expect(agree(new.standardError, (fixed + random).squareRoot()))
    let typical = try model.predict(rows, conditioningOn: .none, interval: .confidence(0.95))[0]
    #expect(agree(typical.standardError, fixed.squareRoot()))
    #expect(typical.value == new.value)
    for observation in [
      try model.predict(rows, newLevels: .population, interval: .prediction(0.95))[0],
      try model.predict(rows, conditioningOn: .none, interval: .prediction(0.95))[0],
    ] {
      let width = z * (fixed + random + variance).squareRoot()
      #expect(agree(observation.upper, typical.value + width))
    }
    let missing = try model.predict(rows, newLevels: .missing, interval: .prediction(0.95))
    #expect(missing.lower?[0].isNaN ?? false)
    #expect(missing.statuses == [.newLevel])
  }

  @Test("Intervals of a mean are those of the linear predictor, transformed")
  func generalizedConfidence() throws {
    for family in [FamilyWithLink.logit, .probit, .gammaLog] {
      let model = try GeneralizedLinearMixedModel.fit(
        Formula("\(family.response) ~ 1 + x + (1 | g)"), data: generalizedTable,
        family: family.family, link: family.link)
      let link = try model.predict(generalizedTable, scale: .link, interval: .confidence(0.9))
      let mean = try model.predict(generalizedTable, interval: .confidence(0.9))
      for row in link.indices {
        let eta = link[row]
        #expect(agree(mean[row].lower, family.link.mean(try #require(eta.lower)).value))
        #expect(agree(mean[row].upper, family.link.mean(try #require(eta.upper)).value))
        #expect(
          agree(
            mean[row].standardError,
            try #require(eta.standardError) * family.link.mean(eta.value).first))
      }
    }
  }

  @Test("A falling link swaps the limits, and the end of the range is a limit")
  func fallingLink() throws {
    let model = try GeneralizedLinearMixedModel.fit(
      "positive ~ 1 + (1 | g)", data: generalizedTable, family: .gamma)
    let rows = try DataTable(categorical: ["g": ["g1", "nobody"]])
    let link = try model.predict(
      rows, scale: .link, newLevels: .population, interval: .confidence(0.95))
    let mean = try model.predict(rows, newLevels: .population, interval: .confidence(0.95))
    #expect(agree(mean[0].lower, 1 / (try #require(link[0].upper))))
    #expect(agree(mean[0].upper, 1 / (try #require(link[0].lower))))
    // A linear predictor beyond the pole stands for an infinite mean.
    #expect((-4.0).kept(in: 0...Double.infinity, isLower: false, than: 3) == .infinity)
    #expect((-4.0).kept(in: -9...9, isLower: false, than: 3) == 9)
    #expect((4.0).kept(in: -9...9, isLower: false, than: 3) == 4)
    #expect(Double.nan.kept(in: 0...1, isLower: true, than: 0.3) == 0)
    #expect(0.5.kept(in: 0...1, isLower: true, than: -2).isNaN)
  }

  @Test("The limits of proportions use the trials of the new rows")
  func trials() throws {
    let model = try PredictionTests.cbpp()
    let rows = try PredictionTests.cbppRows()
    let predictions = try model.predict(
      rows, newLevels: .population, interval: .prediction(0.95))
    let sizes = [10.0, 20, 5, 8]
    for row in predictions.indices {
      let counts = [predictions[row].lower, predictions[row].upper].map {
        ($0 ?? .nan) * sizes[row]
      }
      #expect(counts.allSatisfy { abs($0 - $0.rounded()) < 1e-9 && $0 >= 0 && $0 <= sizes[row] })
      #expect(counts[0] < counts[1])
    }
    // A constant number of trials is in the formula.
    let constant = try GeneralizedLinearMixedModel.fit(
      "successes / 9 ~ 1 + (1 | g)", data: generalizedTable, family: .binomial)
    let ninths = try constant.predict(
      DataTable(categorical: ["g": ["g1", "g2", "g3"]]), interval: .prediction(0.8))
    for row in ninths {
      let counts = [row.lower, row.upper].map { 9 * ($0 ?? .nan) }
      #expect(counts.allSatisfy { abs($0 - $0.rounded()) < 1e-9 } && counts[1] - counts[0] > 1)
    }
    // The trials are read for prediction intervals only.
    let others = try rows.select(["period", "herd"])
    _ = try model.predict(others, newLevels: .population, interval: .confidence(0.95))
    do {
      _ = try model.predict(others, newLevels: .population, interval: .prediction(0.95))
      Issue.record("a prediction interval of proportions needs the trials")
    } catch {
      #expect(error.description.hasPrefix("There is no column \"size\" in these data"))
    }
  }

  @Test("Requests that make no sense are refused with the reason")
  func errors() throws {
    let model = try PredictionTests.cbpp()
    let rows = try PredictionTests.cbppRows()
    func text(
      _ model: GeneralizedLinearMixedModel, scale: PredictionScale = .response,
      _ interval: PredictionInterval
    ) -> String {
      do throws(MixedModelError) {
        _ = try model.predict(
          rows, scale: scale, newLevels: .population, interval: interval)
        return ""
      } catch {
        return error.description
      }
    }
    for level in [0, 1, -0.5, 95, .nan] {
      let shown = level == 95 ? "95" : level == 0 ? "0" : level == 1 ? "1" : "\(level)"
      #expect(
        text(model, .confidence(level))
          == "An interval cannot have the level \(shown). "
          + "The level is a probability between 0 and 1, such as 0.95.")
    }
    #expect(
      text(model, scale: .link, .prediction(0.95))
        == "A new observation of a generalized model is on the scale of the response, not of the "
        + "linear predictor. Ask for the scale of the response, or for a confidence interval.")
    let quasi = try GeneralizedLinearMixedModel.fit(
      "incidence / size ~ period + (1 | herd)", data: Dataset.cbpp.table, family: .quasiBinomial)
    #expect(
      text(quasi, .prediction(0.95))
        == "The family quasibinomial has no distribution function, so there is no prediction "
        + "interval for a new observation. Ask for a confidence interval.")
    let dyestuff = try ModelFits.dyestuff()
    do {
      _ = try dyestuff.predict(
        Dataset.dyestuff.table, interval: .confidence(0.9), degreesOfFreedom: 0)
      Issue.record("no degrees of freedom")
    } catch {
      #expect(
        error.description == "An interval cannot have 0 degrees of freedom. "
          + "They are positive; infinite for the normal distribution.")
    }
  }
}
