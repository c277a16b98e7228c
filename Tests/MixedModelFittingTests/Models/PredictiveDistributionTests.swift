// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import RealModule
import StatisticalFunctions
import Testing

@testable import MixedModelFitting

/// References: R 4.2.2, the distribution functions integrated over the linear predictor by
/// `integrate(rel.tol = 1e-11)`; quantiles of continuous responses by `uniroot(tol = 1e-12)`.
@Suite("Distributions of new observations")
struct PredictiveDistributionTests {
  private func limits(
    _ family: any CumulativeFamily, _ link: any Link = .log, parameter: Double = 1, eta: Double,
    variance: Double, weight: Double = 1, level: Double = 0.95
  ) -> [Double] {
    let limits = PredictiveDistribution(family: family, link: link, parameter: parameter).limits(
      eta, variance: variance, weight: weight, level: level)
    return [limits.lower, limits.upper]
  }

  @Test("Limits of counts and proportions are R's")
  func discrete() throws {
    #expect(limits(Poisson(), eta: 1.5, variance: 0.3) == [0, 15])
    #expect(limits(Poisson(), eta: 1.5, variance: 0.3, weight: 3) == [1, 41.0 / 3])
    #expect(
      limits(NegativeBinomial(), parameter: 2.5, eta: 2, variance: 0.1, level: 0.9) == [1, 20])
    #expect(limits(Binomial(), .logit, eta: -0.5, variance: 0.4, weight: 20) == [0.1, 0.75])
    #expect(limits(Binomial(isBernoulli: true), .logit, eta: 0.2, variance: 0.4) == [0, 1])
    #expect(limits(Binomial(isBernoulli: true), .logit, eta: 9, variance: 0.4) == [1, 1])
  }

  @Test("Limits of positive responses are R's")
  func continuous() throws {
    let cases: [([Double], [Double])] = [
      (
        limits(Gamma(), parameter: 0.2, eta: 0.7, variance: 0.15),
        [0.517127239272485, 5.65809084565632]
      ),
      (
        limits(Gamma(), parameter: 0.2, eta: 0.7, variance: 0.15, weight: 2),
        [0.696495110319658, 5.05149051866747]
      ),
      (
        limits(InverseGaussian(), parameter: 0.3, eta: 0.4, variance: 0.1),
        [0.368686154537191, 5.08765095184916]
      ),
    ]
    for (limits, reference) in cases { #expect(ModelFits.agree(limits, reference, 1e-8)) }
  }

  @Test("Those of a normal response with the identity link have the sum of the variances")
  func normal() throws {
    let quantile = Normal().quantile(0.95)
    // Where observations hardly vary beside the mean, the limit falls on a node of the finest rule.
    let cases = [
      (0.0, 2.0, 1e-7), (1.5, 2, 1e-7), (1.5, 1e-3, 1e-7), (1e-6, 3, 1e-7), (40, 1e-5, 1e-3),
    ]
    for (variance, dispersion, tolerance) in cases {
      let width = quantile * (variance + dispersion / 2).squareRoot()
      let found = limits(
        Gaussian(), .identity, parameter: dispersion, eta: 7, variance: variance, weight: 2,
        level: 0.9)
      #expect(ModelFits.agree(found[0], 7 - width, tolerance))
      #expect(ModelFits.agree(found[1], 7 + width, tolerance))
    }
  }

  @Test("Large counts with little uncertainty have the quantiles of a Poisson distribution")
  func largeCounts() throws {
    // R: qpois(c(0.025, 0.975), 1e6).
    #expect(limits(Poisson(), eta: Double.log(1e6), variance: 0) == [998_041, 1_001_960])
    #expect(limits(Poisson(), eta: -30, variance: 0.01) == [0, 0])
  }

  @Test("Beyond the end or the pole of a link stands the end of the range")
  func endOfRange() throws {
    let gamma = limits(Gamma(), .inverse, parameter: 0.1, eta: 0.3, variance: 0.04)
    #expect(gamma[0] > 0 && gamma[0] < 3 && gamma[1] == .infinity)
    let poisson = limits(Poisson(), .squareRoot, eta: 0.5, variance: 1)
    #expect(poisson[0] == 0 && poisson[1].isFinite && poisson[1] > 1)
    let none = limits(Gamma(), .inverse, parameter: 0.1, eta: -1, variance: 0.04)
    #expect(none[0].isNaN && none[1].isNaN)
  }
}
