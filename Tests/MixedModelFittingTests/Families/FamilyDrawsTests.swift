// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelTesting
import StatisticalFunctions
import Testing

@testable import MixedModelFitting

@Suite("Draws from families")
struct FamilyDrawsTests {
  @Test("Every family with a distribution draws responses of the mean and variance it states")
  func moments() throws {
    let wide = [0.3, 4, 700.0]
    let breaches =
      FamilyChecks.drawBreaches(
        of: Gaussian(), means: [-2, 5], weights: [1, 0.25], parameter: 3)
      + FamilyChecks.drawBreaches(of: Binomial(isBernoulli: true), means: [0.02, 0.6])
      + FamilyChecks.drawBreaches(of: Binomial(), means: [0.1, 0.7], weights: [1, 8, 300])
      + FamilyChecks.drawBreaches(of: Poisson(), means: wide, weights: [1, 4])
      + FamilyChecks.drawBreaches(of: Gamma(), means: wide, weights: [1, 3], parameter: 0.4)
      + FamilyChecks.drawBreaches(
        of: InverseGaussian(), means: [0.3, 4], weights: [1, 3], parameter: 0.2)
      + FamilyChecks.drawBreaches(
        of: NegativeBinomial(), means: wide, weights: [1, 2], parameter: 1.7)
      + FamilyChecks.drawBreaches(of: try NegativeBinomial(size: 30), means: wide)
    #expect(breaches == [])
  }

  /// A Poisson family that draws what it should not.
  private struct Crooked: Family {
    var scale = 1.0
    var shift = 0.0
    let poisson = Poisson()
    let name = "crooked"
    var dispersion: DispersionKind { poisson.dispersion }
    var meanRange: ClosedRange<Double> { poisson.meanRange }
    var defaultLink: any Link { poisson.defaultLink }

    func variance(_ mean: Double, parameter: Double) -> VarianceValue {
      poisson.variance(mean, parameter: parameter)
    }
    func unitDeviance(_ y: Double, mean: Double, parameter: Double) -> Double {
      poisson.unitDeviance(y, mean: mean, parameter: parameter)
    }
    func saturatedLogDensity(
      _ y: Double, weight: Double, parameter: Double
    ) -> SaturatedLogDensity {
      poisson.saturatedLogDensity(y, weight: weight, parameter: parameter)
    }
    func problem(with y: Double, weight: Double) -> ResponseProblem? {
      poisson.problem(with: y, weight: weight)
    }
    func startingMean(_ y: Double, weight: Double) -> Double {
      poisson.startingMean(y, weight: weight)
    }
    func draw(
      mean: Double, parameter: Double, weight: Double,
      using generator: inout some RandomNumberGenerator
    ) -> Double {
      // Two in one has twice the variance; see `scale`.
      scale * generator.poisson(mean: mean / scale) + shift
    }
  }

  @Test("The checks find draws of a wrong mean, a wrong variance and outside the domain")
  func findings() {
    #expect(FamilyChecks.drawBreaches(of: Crooked(), means: [6]).isEmpty)
    let spread = FamilyChecks.drawBreaches(of: Crooked(scale: 2), means: [6])
    #expect(spread.count == 1 && spread[0].contains("instead of 6.0."))
    let shifted = FamilyChecks.drawBreaches(of: Crooked(shift: 1), means: [6])
    #expect(shifted.first?.contains("have the mean 7.0") == true)
    let broken = FamilyChecks.drawBreaches(of: Crooked(shift: 0.5), means: [6])
    #expect(broken.count == 1 && broken[0].hasSuffix("is not accepted as a response."))
  }

  @Test("A quasi family is refused, and a family without the method")
  func refusals() {
    var stream = RandomStream(seed: 1)
    let error = #expect(throws: MixedModelError.self) {
      try Quasi.poisson.draw(mean: 2, parameter: 1, weight: 1, using: &stream)
    }
    #expect(
      error?.description
        == "Nothing can be simulated from the quasipoisson family, which states a variance but no "
        + "distribution. Fit a family with a likelihood, such as negativebinomial for counts.")
    #expect(FamilyChecks.drawBreaches(of: Quasi.binomial, means: [0.5]).count == 1)
  }

  @Test("Draws of tiny shapes are still positive")
  func tinyShapes() {
    var stream = RandomStream(seed: 2)
    for _ in 0..<100 {
      let y = Gamma().draw(mean: 1, parameter: 1e6, weight: 1, using: &stream)
      #expect(Gamma().problem(with: y, weight: 1) == nil)
    }
  }
}
