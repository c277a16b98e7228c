// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelFitting
import Testing

/// References: lme4 1.1-31, the first rows of `reference/*_ml.json`; 1e-7 is how far its optimum is
/// polished.
@Suite("Fitted values and residuals")
struct FittedValuesTests {
  @Test("Weights leave fitted values and residuals on the scale of the response")
  func weighted() throws {
    let model = try ModelFits.weighted()
    #expect(
      ModelFits.agree(
        model.fittedValues(),
        [
          1.14477904149323, 0.135992614854605, 0.333405619426056, 1.42855089124136,
          1.37396145561485, 0.760236045665687, 1.07566639196447, 0.669746801203333,
          0.211479424690282, 1.00649192030993,
        ], 1e-7))
    #expect(
      ModelFits.agree(
        model.residuals(),
        [
          -0.0169380414932321, -0.236671294854605, 1.06224438057394, -0.176320091241358,
          0.404643944385146, -0.196385315665687, 0.787097508035531, 1.10634809879667,
          0.0460262153097179, -0.475092060309929,
        ], 1e-7))
    #expect(model.weights[0] == 1.9337)
    #expect(model.response[0] == 1.127841)
  }

  @Test("An offset is part of the fitted values")
  func offset() throws {
    let model = try ModelFits.withOffset()
    #expect(
      ModelFits.agree(
        model.fittedValues(),
        [
          1.21178321315132, 0.131856575576724, 0.329837575576724, 1.42684598340727,
          1.37209948340727, 0.757896075576725, 1.14247171315132, 0.735384213151323,
          0.207560575576724, 1.07309821315132,
        ], 1e-7))
    #expect(
      ModelFits.agree(
        model.residuals(),
        [
          -0.0839422131513228, -0.232535255576724, 1.06581242442328, -0.174615183407269,
          0.406505916592731, -0.194045345576725, 0.720292186848677, 1.04071068684868,
          0.0499450644232755, -0.541698353151323,
        ], 1e-7))
    let population = model.fittedValues(.population)
    let mode = try #require(model.randomEffects["g"]?["G01", "(Intercept)"])
    #expect(ModelFits.agree(population[0] + mode, model.fittedValues()[0], 1e-13))
    #expect(model.offset[0] == 0.830022 / 2)
  }

  @Test("An aliased column changes neither fitted values nor residuals")
  func aliased() throws {
    let model = try ModelFits.rankDeficient()
    #expect(
      ModelFits.agree(
        model.fittedValues(),
        [
          1.21107046134914, 0.132956467478108, 0.330436242061699, 1.4262939961119,
          1.3716860969739, 0.757411033019368, 1.14193443619496, 0.735877553282973,
          0.208468808839532, 1.07273656800521,
        ], 1e-7))
    #expect(
      ModelFits.agree(
        model.residuals(), [-0.0832294613491427, -0.233635147478108, 1.0652137579383], 1e-7))
  }

  @Test("Fitted values and residuals add up to the response")
  func sum() throws {
    let model = try ModelFits.sleepstudy()
    for mean in [FittedMean.conditional, .population] {
      let sum = zip(model.fittedValues(mean), model.residuals(.response, mean)).map { $0 + $1 }
      #expect(ModelFits.agree(sum, model.response, 1e-14))
    }
    #expect(
      ModelFits.agree(
        model.fittedValues(), [254.220788228422, 273.763608133172, 293.306428037922], 1e-6))
    #expect(ModelFits.agree(model.residuals(), [-4.66078822842192, -15.0589081331718], 1e-5))
    #expect(model.fittedValues(.population)[1] == model.fittedValues(.population)[11])
  }

  @Test("Pearson residuals are in units of the row's standard deviation")
  func pearson() throws {
    let model = try ModelFits.weighted()
    let expected = zip(model.residuals(), model.weights).map { $0 * $1.squareRoot() / model.sigma }
    #expect(ModelFits.agree(model.residuals(.pearson), expected, 1e-14))
  }

  @Test("Standardized residuals are divided by their own standard deviation")
  func standardized() throws {
    for model in [try ModelFits.penicillin(), try ModelFits.sleepstudy()] {
      let dense = DenseHatMatrix(model)
      let conditional = model.residuals(.standardized)
      let population = model.residuals(.standardized, .population)
      for i in stride(from: 0, to: model.observationCount, by: 7) {
        let variance = model.dispersion * (1 - dense.hat[i, i])
        let expected = model.residuals()[i] / variance.squareRoot()
        #expect(ModelFits.agree(conditional[i], expected, 1e-9))
        let marginal = model.dispersion * dense.populationVariance[i, i]
        #expect(
          ModelFits.agree(
            population[i], model.residuals(.response, .population)[i] / marginal.squareRoot(), 1e-9)
        )
      }
    }
  }
}
