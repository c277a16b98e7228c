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

@Suite("Predictions averaged over random effects")
struct AveragedPredictionTests {
  @Test("Population-averaged probabilities are R's integrals")
  func cbpp() throws {
    // R 4.2.2: integrate(plogis(eta + sd * z) * dnorm(z)) at the estimates of glmmTMB 1.1.5, which
    // are good to 1e-5.
    let model = try PredictionTests.cbpp()
    let rows = try DataTable(categorical: ["period": ["1", "2", "3", "4"]])
    #expect(throws: MixedModelError.self) {
      _ = try model.predict(
        try DataTable(categorical: ["herd": ["H01"]]), conditioningOn: .none,
        otherEffects: .averaged)
    }
    let averaged = try model.predict(rows, conditioningOn: .none, otherEffects: .averaged)
    #expect(
      ModelFits.agree(
        averaged.values,
        [0.2160928832318638, 0.0970426099194372, 0.0861183308103998, 0.0573003332312004], 2e-5))
    let link = try model.predict(
      rows, conditioningOn: .none, scale: .link, otherEffects: .averaged)
    for (eta, mean) in zip(link.values, averaged.values) {
      #expect(abs(model.link.mean(eta).value - mean) < 1e-13)
    }
  }

  @Test(
    "Averages agree with Gauss-Hermite quadrature, for every link that has them",
    arguments: [FamilyWithLink.logit, .probit, .poissonLog, .negativeBinomialLog])
  func quadrature(_ family: FamilyWithLink) throws {
    let model = try GeneralizedLinearMixedModel.fit(
      Formula("\(family.response) ~ 1 + x + (1 + x | g) + (1 | h)"), data: generalizedTable,
      family: family.family, link: family.link)
    let zeros = try model.predict(generalizedTable, conditioningOn: .none, scale: .link)
    let averaged = try model.predict(
      generalizedTable, conditioningOn: .none, otherEffects: .averaged)
    let rule = GaussHermite(count: 60)
    let g = try #require(model.relativeCovarianceFactor("g"))
    let h = try #require(model.relativeCovarianceFactor("h"))[0, 0]
    guard case .numeric(let x)? = generalizedTable["x"] else { return }
    for row in zeros.indices {
      let (a, b) = (g[0, 0] + x.values[row] * g[1, 0], x.values[row] * g[1, 1])
      let deviation = (a * a + b * b + h * h).squareRoot()
      let mean = zip(rule.nodes, rule.weights).reduce(0) {
        $0 + $1.1 * family.link.mean(zeros.values[row] + deviation * $1.0).value
      }
      #expect(ModelFits.agree(averaged.values[row], mean, 1e-9))
    }
  }

  @Test("What is conditioned on is not averaged over; a new level is")
  func partial() throws {
    let model = try GeneralizedLinearMixedModel.fit(
      "count ~ 1 + x + (1 | g) + (1 | h)", data: generalizedTable, family: .poisson)
    let rows = try DataTable(
      numeric: ["x": [0.3, 0.3]], categorical: ["g": ["g1", "g1"], "h": ["h1", "new"]])
    let values = try model.predict(rows, newLevels: .population, otherEffects: .averaged).values
    let plain = try model.predict(rows, newLevels: .population).values
    let h = try #require(model.relativeCovarianceFactor("h"))[0, 0]
    #expect(values[0] == plain[0])
    #expect(ModelFits.agree(values[1], plain[1] * Double.exp(h * h / 2), 1e-12))
    let some = try model.predict(
      rows, conditioningOn: .groupingFactors(["g"]), otherEffects: .averaged)
    #expect(ModelFits.agree(some.values[0], values[1], 1e-12))
  }

  @Test("Intervals of averages are about averages, by their slope")
  func intervals() throws {
    let model = try PredictionTests.cbpp()
    let rows = try DataTable(
      numeric: ["size": [9, 9]], categorical: ["period": ["1", "3"]])
    let plain = try model.predict(
      rows, conditioningOn: .none, scale: .link, interval: .confidence(0.95))
    let averaged = try model.predict(
      rows, conditioningOn: .none, otherEffects: .averaged, interval: .confidence(0.95))
    let deviation = model.theta[0]
    let rule = GaussHermite(count: 60)
    func mean(_ eta: Double) -> Double {
      zip(rule.nodes, rule.weights).reduce(0) {
        $0 + $1.1 * model.link.mean(eta + deviation * $1.0).value
      }
    }
    for row in plain.indices {
      let eta = plain[row]
      #expect(abs(averaged[row].value - mean(eta.value)) < 1e-10)
      #expect(abs(try #require(averaged[row].lower) - mean(try #require(eta.lower))) < 1e-10)
      #expect(abs(try #require(averaged[row].upper) - mean(try #require(eta.upper))) < 1e-10)
      let slope = (mean(eta.value + 1e-4) - mean(eta.value - 1e-4)) / 2e-4
      #expect(
        abs(try #require(averaged[row].standardError) - slope * (try #require(eta.standardError)))
          < 1e-8)
    }
  }

  @Test("In a linear model averages are predictions; a link with an end has none")
  func linearAndUndefined() throws {
    let model = try ModelFits.sleepstudy()
    let table = Dataset.sleepstudy.table
    #expect(
      try model.predict(table, conditioningOn: .none, otherEffects: .averaged).values
        == model.fittedValues(.population))
    let gamma = try GeneralizedLinearMixedModel.fit(
      "positive ~ 1 + (1 | g)", data: generalizedTable, family: .gamma)
    do {
      _ = try gamma.predict(generalizedTable, otherEffects: .averaged)
      Issue.record("an average over a pole")
    } catch {
      #expect(
        error.description
          == "With the link inverse not every linear predictor has a mean, so there "
          + "is no average over normal random effects. Predict with the random effects at zero.")
    }
  }

  @Test("The rule integrates what is steep, where Gauss-Hermite quadrature does not")
  func steep() {
    // R 4.2.2, integrate(rel.tol = 1e-12).
    let step = NormalExpectation.refinement(forStep: 0.3 / 6)
    let value = NormalExpectation(refinement: step).average {
      LogitLink().mean(0.8 + 6 * $0).value
    }
    #expect(abs(value - 0.550828104335966) < 1e-12)
    let cloglog = NormalExpectation(refinement: NormalExpectation.refinement(forStep: 0.3 / 1.7))
      .average { ComplementaryLogLogLink().mean(-0.3 + 1.7 * $0).value }
    #expect(abs(cloglog - 0.53892747293692) < 1e-12)
    #expect(NormalExpectation.refinement(forStep: 1) == 0)
    #expect(NormalExpectation.refinement(forStep: 0) == NormalExpectation.finestRefinement)
    let moments = NormalExpectation(refinement: 0)
    #expect(abs(moments.average { $0 * $0 } - 1) < 1e-13)
    #expect(abs(moments.average { $0 * $0 * $0 * $0 } - 3) < 1e-12)
  }
}
