// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelFitting
import Testing

/// References: `sleepstudy_ml.json` and its neighbours (lme4 1.1-31); 1e-6 because lme4's optimum is
/// polished to about 1e-7 in theta.
@Suite("Variance components")
struct VarianceComponentsTests {
  @Test("Standard deviations, correlations and the residual are those of lme4 (A9.9, A9.10)")
  func sleepstudy() throws {
    let components = try ModelFits.sleepstudy().varianceComponents
    let group = try #require(components["subj"])
    #expect(components.count == 1)
    #expect(group.levelCount == 18)
    #expect(group.names == ["(Intercept)", "days"])
    #expect(group.structure == "unstructured")
    #expect(ModelFits.agree(group.standardDeviations, [23.780566965182, 5.71683453560909], 1e-6))
    #expect(ModelFits.agree(group.variances, [565.515365185505, 32.6821971075328], 1e-6))
    #expect(ModelFits.agree(group.covariance[1, 0], 11.0554302295099, 1e-5))
    let correlation = try #require(group.correlation("days", "(Intercept)")?.value)
    #expect(ModelFits.agree(correlation, 0.0813200844540591, 1e-6))
    #expect(group.correlations[0][0] == 1)
    #expect(
      ModelFits.agree(try #require(components.residualStandardDeviation), 25.5918156300242, 1e-7))
    // The seed stopped a little earlier: 654.9414500374786.
    #expect(ModelFits.agree(try #require(components.residualVariance), 654.9414500374786, 1e-5))
  }

  @Test("A diagonal structure fixes correlations at zero (A3.4, A4.5)")
  func zeroCorrelation() throws {
    for formula in [
      "reaction ~ 1 + days + zerocorr(1 + days | subj)",
      "reaction ~ 1 + days + (1 | subj) + (0 + days | subj)",
    ] {
      let model = try ModelFits.sleepstudy(.init(formula))
      let components = model.varianceComponents
      #expect(components.count == 1)
      let group = try #require(components["subj"])
      #expect(group.structure == (formula.contains("zerocorr") ? "diagonal" : "blocks"))
      #expect(group.correlation(0, 1) == .fixedAtZero)
      #expect(group.correlations == [[1, 0], [0, 1]])
      #expect(
        ModelFits.agree(group.standardDeviations, [24.1712653047568, 5.79940851519109], 1e-6))
      let lambda = try #require(model.relativeCovarianceFactor("subj"))
      #expect(lambda[1, 0] == 0)
      // The seed's values, from an optimizer that stopped a little earlier (A3.7).
      #expect(ModelFits.agree(lambda[0, 0], 0.9458180673801384, 2e-5))
      #expect(ModelFits.agree(lambda[1, 1], 0.22692714880903136, 2e-5))
    }
  }

  @Test("A variance of zero is exactly zero and its correlations are undefined")
  func singular() throws {
    let components = try ModelFits.dyestuff2().varianceComponents
    let group = try #require(components["batch"])
    #expect(group.standardDeviations == [0])
    #expect(group.variances == [0])
    #expect(group.correlation(0, 0) == .undefined)
    #expect(group.correlations == [[nil]])
    #expect(
      ModelFits.agree(try #require(components.residualStandardDeviation), 3.65323135137465, 1e-9))

    let zeros = try ModelFits.categoricalSleepstudy(
      "reaction ~ 1 + days + zerocorr(1 + days | subj)")
    let days = try #require(zeros.varianceComponents["subj"])
    #expect(days.standardDeviations[1...4].allSatisfy { $0 == 0 })
    // What the structure fixes is known even where a standard deviation is zero.
    #expect(days.correlation(1, 2) == .fixedAtZero)
    #expect(days.correlation(1, 1) == .undefined)
    #expect(ModelFits.agree(days.standardDeviations[0], 30.9601529123205, 1e-5))
  }

  @Test("Grouping factors stand by decreasing number of random effects (A3.5)")
  func order() throws {
    let components = try ModelFits.penicillin().varianceComponents
    #expect(components.map(\.groupingFactor) == ["plate", "sample"])
    #expect(components.map(\.levelCount) == [24, 6])
    #expect(
      ModelFits.agree(
        components.map { $0.standardDeviations[0] }, [0.845572189859354, 1.77064627885322], 1e-6))
    #expect(
      try ModelFits.pastes().varianceComponents.map(\.groupingFactor) == ["batch & cask", "batch"])
  }

  @Test("Covariates of extreme magnitude are reported in their own units")
  func scaledCovariate() throws {
    let usual = try ModelFits.sleepstudy()
    let scaled = try ModelFits.sleepstudy(
      "reaction ~ 1 + days + (1 + I(days * 1000000000) | subj)")
    let expected = try #require(usual.varianceComponents["subj"])
    let group = try #require(scaled.varianceComponents["subj"])
    #expect(
      ModelFits.agree(group.standardDeviations[1] * 1e9, expected.standardDeviations[1], 1e-6))
    let modes = try #require(scaled.randomEffects["subj"]).conditionalModes
    let covariance = try #require(scaled.randomEffects["subj"]).conditionalCovariances()
    let usualEffects = try #require(usual.randomEffects["subj"])
    let usualModes = usualEffects.conditionalModes
    let usualCovariance = try usualEffects.conditionalCovariances()
    #expect(ModelFits.agree(modes[1, 0] * 1e9, usualModes[1, 0], 1e-5))
    #expect(ModelFits.agree(covariance[3][1, 1] * 1e18, usualCovariance[3][1, 1], 1e-5))
    #expect(ModelFits.agree(try scaled.leverage(), try usual.leverage(), 1e-6))
  }
}
