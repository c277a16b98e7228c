// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelDatasets
import MixedModelErrors
import MixedModelFitting
import Testing

/// References: MixedModels.jl 4.31 as its documentation prints it.
@Suite("Statistics of a linear mixed model")
struct LinearMixedModelStatisticsTests {
  @Test("Likelihood and information criteria are those of MixedModels.jl (A9.1, A9.3)")
  func likelihood() throws {
    let model = try ModelFits.dyestuff()
    #expect(abs(model.objective - 327.327059881143) < 1e-8)
    #expect(abs(model.deviance - 327.327059881143) < 1e-8)
    #expect(abs(model.logLikelihood + 163.6635299405715) < 1e-8)
    #expect(abs(model.aic - 333.327059881143) < 1e-8)
    #expect(abs(model.bic - 337.5306520261295) < 1e-8)
    #expect(abs(try #require(model.aicc) - 334.2501) < 5e-5)
    #expect(model.parameterCount == 3)
    #expect(model.observationCount == 30)
    #expect(model.rank == 1)
    #expect(model.residualDegreesOfFreedom == 29)
  }

  @Test("The printed criteria of sleepstudy come out (A4.4)")
  func sleepstudy() throws {
    let model = try ModelFits.sleepstudy()
    let aicc = try #require(model.aicc)
    let printed = [-875.9697, 1751.9393, 1763.9393, 1764.4249, 1783.0971]
    let values = [model.logLikelihood, model.objective, model.aic, aicc, model.bic]
    for (value, print) in zip(values, printed) { #expect(abs(value - print) < 5.1e-5) }
    #expect(model.parameterCount == 6)
  }

  @Test("Criteria of a REML fit come from its own objective")
  func restricted() throws {
    let model = try ModelFits.dyestuff(.restrictedMaximumLikelihood)
    #expect(abs(model.objective - 319.65427684225943) < 1e-7)
    #expect(model.aic == model.objective + 6)
    #expect(model.parameterCount == 3)
  }

  @Test("AICc needs more rows than parameters plus one")
  func smallSample() throws {
    let model = try ModelFits.categoricalSleepstudy(
      "reaction ~ 1 + days + zerocorr(1 + days | subj)")
    #expect(model.aicc != nil)
    let table = try Dataset.sleepstudy.table.filtered(rows: Array(0..<20))
    let short = try LinearMixedModel.fit(
      "reaction ~ 1 + days + zerocorr(1 + days | subj)", data: table,
      options: DesignOptions(categorical: ["days"]))
    // Ten fixed effects, ten variances and the residual one, for 20 rows.
    #expect(short.parameterCount == 21)
    #expect(short.aicc == nil)
  }

  @Test("The size is rows, rank, random effects and grouping factors (A9.14)")
  func size() throws {
    let dyestuff = try ModelFits.dyestuff().size
    #expect(dyestuff.observationCount == 30 && dyestuff.rank == 1)
    #expect(dyestuff.randomEffectCount == 6 && dyestuff.groupingFactorCount == 1)
    let sleepstudy = try ModelFits.sleepstudy().size
    #expect(sleepstudy.observationCount == 180 && sleepstudy.rank == 2)
    #expect(sleepstudy.randomEffectCount == 36 && sleepstudy.groupingFactorCount == 1)
  }

  @Test("Covariance and standard errors are those of MixedModels.jl (A9.6, A9.7, A9.10)")
  func covariance() throws {
    let model = try ModelFits.sleepstudy()
    // Six digits printed, at an optimum that is 1e-6 away in theta.
    let printed = [43.9868, -1.37039, -1.37039, 2.25671]
    #expect(ModelFits.agree(model.fixedEffectsCovariance.values, printed, 1e-4))
    // lme4 at its optimum; theta, of which the objective hardly says the sixth digit, moves it.
    #expect(
      ModelFits.agree(
        model.fixedEffectsCovariance.values,
        [43.9870955583686, -1.37047921121251, -1.37047921121251, 2.25671534586707], 4e-6))
    #expect(
      ModelFits.agree(
        model.fixedEffects.standardErrors, [6.632257724308144, 1.5022355036397133], 5e-6))
    #expect(ModelFits.agree(model.sigma, 25.591823890404502, 1e-6))
    #expect(ModelFits.agree(model.dispersion, 654.9414500374786, 1e-6))
  }

  @Test("Coefficients are nil in aliased columns, fixed effects leave them out (A9.4)")
  func aliased() throws {
    let model = try ModelFits.rankDeficient()
    #expect(model.rank == 4)
    #expect(model.fixedEffects.allNames == ["(Intercept)", "x", "x2", "z: b", "z: c"])
    #expect(model.fixedEffects.names == ["(Intercept)", "x", "z: b", "z: c"])
    #expect(model.fixedEffects.aliasedNames == ["x2"])
    #expect(model.coefficients.count == 5)
    #expect(model.coefficients[2] == nil)
    // reference/rank_deficient_ml.json, lme4 1.1-31.
    #expect(
      ModelFits.agree(
        model.coefficients.compactMap { $0 },
        [0.432722552823681, 0.498734157781785, -0.410787242658537, 0.256857862254383], 1e-8))
    #expect(
      ModelFits.agree(
        model.fixedEffects.standardErrors,
        [0.0729433896531304, 0.0216784357735, 0.0564511370790849, 0.0548012863446669], 1e-8))
    #expect(model.fixedEffectsCovariance.rowCount == 4)
    #expect(abs(model.objective - 1044.20841929298) < 1e-7)
  }

  @Test("Weights and offsets enter the fit as in lme4")
  func weightsAndOffset() throws {
    let weighted = try ModelFits.weighted()
    #expect(abs(weighted.objective - 1008.63629172719) < 1e-7)
    #expect(
      ModelFits.agree(
        weighted.fixedEffects.estimates,
        [0.389692324142439, 0.498565530458606, -0.341685305698263, 0.32539210023081], 1e-8))
    #expect(ModelFits.agree(weighted.sigma, 0.666927036336759, 1e-7))
    #expect(abs(try #require(weighted.aicc) - 1020.77794434101) < 1e-7)
    let offset = try ModelFits.withOffset()
    #expect(abs(offset.objective - 1044.21182806186) < 1e-7)
    #expect(
      ModelFits.agree(
        offset.fixedEffects.estimates,
        [0.432776910665543, -0.410906137574598, 0.256802770255946], 1e-8))
  }

  @Test("Singularity is exact, or up to a tolerance (A11.4)")
  func singular() throws {
    #expect(try !ModelFits.sleepstudy().isSingular)
    #expect(try ModelFits.dyestuff2().isSingular)
    #expect(try ModelFits.dyestuff2().theta == [0])
    #expect(try !ModelFits.sleepstudy().isSingular(tolerance: 1e-4))
    #expect(try ModelFits.sleepstudy().isSingular(tolerance: 0.3))
  }

  @Test("Two steps and one give the same model (A3.1)")
  func twoSteps() throws {
    let problem = try LinearProblem(
      "reaction ~ 1 + days + (1 + days | subj)", data: Dataset.sleepstudy.table)
    let start = try problem.objective(at: problem.identityParameters)
    #expect(abs(start - 1784.642296192471) < 1e-8)
    let model = try problem.fit()
    let direct = try ModelFits.sleepstudy()
    #expect(model.theta == direct.theta)
    #expect(model.objective == direct.objective)
    // A problem is unchanged by a fit: the next one is the same (A5.9).
    #expect(try problem.fit().fitReport.steps == model.fitReport.steps)
  }
}
