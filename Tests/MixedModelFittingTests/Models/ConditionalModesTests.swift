// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelFitting
import Testing

/// References: MixedModels.jl 4.31 as its documentation prints it (five digits, where its optimizer
/// stopped), and lme4 1.1-31 at a polished optimum (1e-6).
@Suite("Conditional modes and covariances of random effects")
struct ConditionalModesTests {
  @Test("The conditional modes are those of MixedModels.jl and lme4 (A9.11)")
  func modes() throws {
    let group = try #require(try ModelFits.dyestuff().randomEffects["batch"])
    #expect(group.levels == ["A", "B", "C", "D", "E", "F"])
    #expect(group.names == ["(Intercept)"])
    let printed = [
      -16.628221011733647, 0.36951602248392174, 26.9747, -21.8014, 53.57982326003439,
      -42.49434258554296,
    ]
    // Three and four are printed with six digits.
    #expect(ModelFits.agree(group.conditionalModes.values, printed, 3e-6))
    #expect(
      ModelFits.agree(
        group.conditionalModes.values, [-16.6282216224621, 0.369516036055305, 26.9746706319956],
        1e-7))
    let mode = try #require(group["E", "(Intercept)"])
    #expect(ModelFits.agree(mode, 53.57982326003439, 1e-6))
    #expect(group["Z", "(Intercept)"] == nil)
    #expect(group["A", "days"] == nil)
  }

  @Test("Modes of crossed and of vector-valued effects are those of lme4")
  func moreModes() throws {
    let sleep = try #require(try ModelFits.sleepstudy().randomEffects["subj"]).conditionalModes
    #expect(sleep.rowCount == 2 && sleep.columnCount == 18)
    #expect(
      ModelFits.agree(
        sleep.values, [2.81568337993462, 9.07553394515407, -40.0484873345805, -8.64406749823016],
        1e-5))
    let crossed = try ModelFits.penicillin().randomEffects
    #expect(
      ModelFits.agree(
        try #require(crossed["sample"]).conditionalModes.values,
        [2.18565976362393, -1.00983014394456, 1.93666055004717], 1e-6))
    #expect(
      ModelFits.agree(
        try #require(crossed["plate"]).conditionalModes.values,
        [0.804403712202654, 0.804403712202654, 0.181639547916801], 1e-6))
  }

  @Test("A mode is the relative covariance factor times the spherical one (A4.15)")
  func spherical() throws {
    let model = try ModelFits.sleepstudy()
    let group = try #require(model.randomEffects["subj"])
    let lambda = try #require(model.relativeCovarianceFactor("subj"))
    for level in group.levels.indices {
      let u = group.sphericalRandomEffects
      let days = lambda[1, 0] * u[0, level] + lambda[1, 1] * u[1, level]
      #expect(ModelFits.agree(group.conditionalModes[0, level], lambda[0, 0] * u[0, level], 1e-14))
      #expect(ModelFits.agree(group.conditionalModes[1, level], days, 1e-14))
    }
  }

  @Test("The relative covariance factor is that of the seed (A3.7)")
  func factor() throws {
    let scalar = try #require(try ModelFits.dyestuff().relativeCovarianceFactor("batch"))
    #expect(ModelFits.agree(scalar[0, 0], 0.7525806394967323, 1e-6))
    let lambda = try #require(try ModelFits.sleepstudy().relativeCovarianceFactor("subj"))
    // lme4's polished optimum; the seed's [0.92922, 0.018168, 0.222645] agrees to its tolerance.
    #expect(
      ModelFits.agree(
        [lambda[0, 0], lambda[1, 0], lambda[1, 1]],
        [0.929225472274924, 0.0181657086768085, 0.222645422103643], 1e-6))
    #expect(lambda[0, 1] == 0)
    #expect(try ModelFits.dyestuff().relativeCovarianceFactor("subj") == nil)
  }

  @Test("Conditional covariances are those of MixedModels.jl and lme4 (A9.13)")
  func covariances() throws {
    let batch = try #require(try ModelFits.dyestuff().randomEffects["batch"])
    let variances = try batch.conditionalVariances()
    #expect(variances.columnCount == 6)
    #expect(variances.values.allSatisfy { ModelFits.agree($0, 362.3104675622471, 1e-6) })
    #expect(variances.values.allSatisfy { ModelFits.agree($0, 362.310473332402, 1e-7) })

    let subject = try #require(try ModelFits.sleepstudy().randomEffects["subj"])
    let covariances = try subject.conditionalCovariances()
    #expect(covariances.levelCount == 18 && covariances.dimension == 2)
    #expect(
      ModelFits.agree(
        covariances[7].values,
        [140.967029485218, -20.60444827766, -20.60444827766, 5.1577792081393], 1e-5))
    #expect(covariances[0][1, 0] == covariances[0][0, 1])
    #expect(
      ModelFits.agree(covariances.standardDeviations[0, 0], 140.967029485218.squareRoot(), 1e-5))
  }

  @Test("Conditional covariances of crossed, nested and weighted models are those of lme4")
  func moreCovariances() throws {
    let crossed = try ModelFits.penicillin().randomEffects.conditionalCovariances()
    #expect(crossed.map(\.groupingFactor) == ["plate", "sample"])
    #expect(ModelFits.agree(crossed[0][0][0, 0], 0.0733135960339449, 1e-7))
    #expect(ModelFits.agree(crossed[1][5][0, 0], 0.0405159048716101, 1e-7))
    let nested = try ModelFits.pastes().randomEffects.conditionalCovariances()
    #expect(ModelFits.agree(nested[0][0][0, 0], 1.11186360837717, 1e-5))
    #expect(ModelFits.agree(nested[1][0][0, 0], 0.850418640423482, 1e-5))
    let weighted = try #require(try ModelFits.weighted().randomEffects["g"])
    #expect(
      ModelFits.agree(
        weighted.conditionalModes.values,
        [0.341266358628479, 0.293099987127885, 0.0492061676890945],
        1e-7))
    #expect(
      ModelFits.agree(
        try weighted.conditionalVariances().values, [0.0103959722092594, 0.0114076056632078], 1e-8))
  }

  @Test("Effects without variance are exactly zero, and so are their covariances")
  func singular() throws {
    let batch = try #require(try ModelFits.dyestuff2().randomEffects["batch"])
    #expect(batch.conditionalModes.values.allSatisfy { $0 == 0 })
    #expect(try batch.conditionalVariances().values.allSatisfy { $0 == 0 })
  }

  @Test("Modes are available as a table (A9.12)")
  func table() throws {
    let table = try #require(try ModelFits.dyestuff().randomEffects["batch"]).table()
    #expect(table.columnNames == ["batch", "(Intercept)"])
    #expect(table.rowCount == 6)
    guard case .categorical(let batch)? = table["batch"] else {
      Issue.record("the first column holds the levels")
      return
    }
    #expect(batch.levels == ["A", "B", "C", "D", "E", "F"])
  }

  @Test("Group coefficients are fixed effects plus modes, as coef of lme4 gives them")
  func groupCoefficients() throws {
    let group = try #require(try ModelFits.sleepstudy().groupCoefficients["subj"])
    #expect(group.names == ["(Intercept)", "days"])
    let intercept = try #require(group["S308", "(Intercept)"])
    let days = try #require(group["S308", "days"])
    #expect(ModelFits.agree(intercept, 251.405104848487 + 2.81568337993462, 1e-7))
    #expect(ModelFits.agree(days, 10.4672859595959 + 9.07553394515407, 1e-6))
    // An effect without a fixed part has a fixed part of zero.
    let random = try ModelFits.sleepstudy("reaction ~ 1 + (1 + days | subj)")
    let slopes = try #require(random.groupCoefficients["subj"])
    #expect(slopes.names == ["(Intercept)", "days"])
    #expect(slopes["S308", "days"] == random.randomEffects["subj"]?["S308", "days"])
  }
}
