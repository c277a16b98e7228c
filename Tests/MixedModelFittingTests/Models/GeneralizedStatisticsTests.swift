// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import MixedModelDatasets
import MixedModelErrors
import RealModule
import Testing

@testable import MixedModelFitting

/// References: lme4 1.1-31, `reference/cbpp_logit_laplace.json`, polished to 1e-8.
@Suite("Statistics of a generalized linear mixed model")
struct GeneralizedStatisticsTests {
  private static func cbpp(
    _ family: any Family = .binomial, covariance: FixedEffectsCovarianceKind = .joint
  ) throws -> GeneralizedLinearMixedModel {
    try GeneralizedProblem(
      "incidence / size ~ 1 + period + (1 | herd)", data: Dataset.cbpp.table, family: family
    ).fit(covariance: covariance)
  }

  @Test("Likelihood and criteria are lme4's; the deviance leaves out the saturated model")
  func likelihood() throws {
    let model = try Self.cbpp()
    #expect(abs(model.objective - 184.052563742994) < 1e-6)
    #expect(abs(try #require(model.logLikelihood) + 92.0262818714972) < 1e-6)
    #expect(abs(try #require(model.aic) - 194.052563742994) < 1e-6)
    #expect(abs(try #require(model.aicc) - 195.252563742994) < 1e-6)
    #expect(abs(try #require(model.bic) - 204.17932219667) < 1e-6)
    #expect(abs(model.objective - model.deviance - 83.95670753787121) < 1e-9)
    #expect(model.parameterCount == 5)
    #expect(model.observationCount == 56)
    #expect(
      model.size
        == ModelSize(observationCount: 56, rank: 4, randomEffectCount: 15, groupingFactorCount: 1))
    #expect(model.sigma == nil)
    #expect(model.varianceComponents.residualStandardDeviation == nil)
    #expect(model.notes == [])
    #expect(model.checkConvergence() == ConvergenceCheck(isConverged: true, messages: []))
  }

  @Test("For responses of 0 and 1 the deviance is the objective (A8.6)")
  func bernoulliDeviance() throws {
    let problem = try GeneralizedProblem(
      "use ~ 1 + age + abs2(age) + livch + urban + (1 | dist)", data: Dataset.contra.table,
      family: .bernoulli)
    let model = try problem.fit(covariance: .conditional)
    #expect(model.deviance == model.objective)
    #expect(abs(model.deviance - 2372.73) < 5.1e-3)
    let fast = try problem.fit(criterion: .profiledLaplace)
    #expect(abs(fast.deviance - 2372.78) < 5.1e-3)
    #expect(fast.covarianceKind == .conditional)
    #expect(fast.quadraturePointCount == 0)
  }

  @Test("A dispersion or a size counts as a parameter, a given size does not")
  func parameterCount() throws {
    let table = Dataset.grouseticks.table
    let estimated = try GeneralizedLinearMixedModel.fit(
      "ticks ~ 1 + (1 | brood)", data: table, family: .negativeBinomial)
    let given = try GeneralizedLinearMixedModel.fit(
      "ticks ~ 1 + (1 | brood)", data: table, family: NegativeBinomial(size: 2))
    #expect(estimated.parameterCount == 3)
    #expect(given.parameterCount == 2)
    #expect(given.sizeParameter == 2)
    #expect(given.objective >= estimated.objective)
    let quasi = try Self.cbpp(.quasiBinomial)
    #expect(quasi.parameterCount == 6)
    #expect(quasi.logLikelihood == nil && quasi.aic == nil && quasi.aicc == nil && quasi.bic == nil)
  }

  @Test("Modes, their covariances and fitted values are lme4's")
  func modes() throws {
    let model = try Self.cbpp()
    let herds = try #require(model.randomEffects["herd"])
    let modes = [
      0.590020011523734, -0.298897221444989, 0.406255552965422, 0.0392773071534877,
      -0.190015353769099, -0.400268575876429,
    ]
    let variances = [
      0.121288547772795, 0.133632799721664, 0.0883982817251473, 0.173379115414211,
      0.122779114562452, 0.144366384909489,
    ]
    #expect(ModelFits.agree(Array(herds.conditionalModes.values[..<6]), modes, 1e-6))
    #expect(ModelFits.agree(Array(try herds.conditionalVariances().values[..<6]), variances, 1e-6))
    #expect(
      ModelFits.agree(
        Array(model.fittedValues()[..<4]),
        [0.308207644507011, 0.141748254582434, 0.125957529609767, 0.0840287496851797], 1e-6))
    let sd = try #require(model.varianceComponents["herd"]).standardDeviations
    #expect(ModelFits.agree(sd, [0.642261434975121], 1e-6))
    #expect(model.theta == sd)
    let spherical = herds.sphericalRandomEffects.values
    #expect(ModelFits.agree(spherical.map { $0 * sd[0] }, herds.conditionalModes.values, 1e-12))
  }

  @Test("Residuals of each kind follow from the fitted means")
  func residuals() throws {
    let model = try Self.cbpp()
    let fitted = model.fittedValues()
    let response = model.residuals()
    let pearson = model.residuals(.pearson)
    let working = model.residuals(.working)
    let weights = try #require(model.problem.weights)
    for i in fitted.indices {
      let variance = fitted[i] * (1 - fitted[i])
      #expect(abs(pearson[i] - response[i] * (weights[i] / variance).squareRoot()) < 1e-12)
      #expect(abs(working[i] - response[i] / variance) < 1e-12 * max(1, abs(working[i])))
    }
    // lme4's default residuals are the deviance residuals.
    #expect(ModelFits.agree(model.residuals(.deviance)[0], -1.43803187853231, 1e-6))
    let sum = model.residuals(.deviance).reduce(0) { $0 + $1 * $1 }
    #expect(abs(model.overdispersionRatio() - sum / 51) < 1e-12)
  }

  @Test("The population's linear predictor leaves the random effects out")
  func population() throws {
    let model = try Self.cbpp()
    let herds = try #require(model.randomEffects["herd"])
    let difference = model.linearPredictor[0] - model.linearPredictor(.population)[0]
    #expect(abs(difference - herds.conditionalModes[0, 0]) < 1e-12)
    #expect(
      abs(model.fittedValues(.population)[0] - Logistic(model.fixedEffects.estimates[0]).success)
        < 1e-12)
  }

  @Test("Pearson residuals of a family with a dispersion have its unit")
  func dispersedResiduals() throws {
    let model = try GeneralizedLinearMixedModel.fit(
      "reaction ~ 1 + days + (1 | subj)", data: Dataset.sleepstudy.table, family: .gamma,
      link: .log)
    let sigma = try #require(model.sigma)
    let fitted = model.fittedValues()
    let response = model.residuals()
    for (i, residual) in model.residuals(.pearson).enumerated() {
      #expect(abs(residual - response[i] / (fitted[i] * sigma)) < 1e-10)
    }
    #expect(abs(sigma * sigma - model.dispersion) < 1e-15)
    #expect(model.parameterCount == 4)
  }

  @Test("Separation by the fixed effects is refused, complete or not", arguments: [true, false])
  func separation(isComplete: Bool) throws {
    let count = 40
    let x = (0..<count).map { Double(($0 * 17) % count) - 19.5 }
    let y = (0..<count).map { i in
      x[i] > 0 ? 1.0 : isComplete || i % 3 > 0 ? 0 : 1
    }
    let group = (0..<count).map { "g\($0 % 8)" }
    let table = try DataTable([
      ("y", .numeric(NumericColumn(y))),
      ("x", .numeric(NumericColumn(isComplete ? x : x.map { $0 > 0 ? 1 : 0 }))),
      ("g", .categorical(CategoricalColumn(group))),
    ])
    #expect(
      throws: MixedModelError(
        .model, .column("y"),
        problem: "The fixed effects predict \(isComplete ? "every value" : "some values") of y"
          + " exactly: the coefficients of x have no finite estimates"
          + " (\(isComplete ? "complete" : "quasi-complete") separation).",
        remedy: "Leave out what separates the response, or merge levels of it.")
    ) {
      try GeneralizedLinearMixedModel.fit("y ~ 1 + x + (1 | g)", data: table, family: .bernoulli)
    }
  }
}
