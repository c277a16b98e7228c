// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import Testing

@testable import MixedModelFitting

private struct DensityReference: Sendable, CustomTestStringConvertible {
  let family: any Family
  let y: Double
  let mean: Double
  var weight = 1.0
  var parameter = 1.0
  let logDensity: Double

  var testDescription: String { "\(family.name) at \(y), mean \(mean)" }
}

/// R 4.2.2: `dnorm`, `dgamma(shape = 1/phi, scale = mu * phi)`, `dpois`, `dbinom`, `dnbinom(mu =)`
/// with `log = TRUE`; the inverse Gaussian by its formula.
private let densities: [DensityReference] = [
  DensityReference(
    family: .gaussian, y: 1.5, mean: 1, parameter: 2, logDensity: -1.3280121234846454),
  DensityReference(
    family: .gaussian, y: -2, mean: 3, weight: 4, parameter: 0.5, logDensity: -99.879217762364732),
  DensityReference(
    family: .gamma, y: 0.3, mean: 1, parameter: 0.5, logDensity: -0.4176784432060453),
  DensityReference(
    family: .gamma, y: 2, mean: 2.0001, parameter: 1e-8, logDensity: 7.4732629902427039),
  DensityReference(
    family: .gamma, y: 50, mean: 40, weight: 3, parameter: 0.2, logDensity: -3.8853379019205301),
  DensityReference(
    family: .gamma, y: 1e-3, mean: 5, parameter: 4, logDensity: 3.1438108661500275),
  DensityReference(
    family: .inverseGaussian, y: 0.3, mean: 1, parameter: 0.5, logDensity: -0.39973906976912899),
  DensityReference(
    family: .inverseGaussian, y: 2, mean: 2.5, parameter: 0.1, logDensity: -0.90736675754756779),
  DensityReference(
    family: .inverseGaussian, y: 50, mean: 40, weight: 5, parameter: 0.1,
    logDensity: -4.8622115386328186),
  DensityReference(family: .poisson, y: 0, mean: 0.3, logDensity: -0.3),
  DensityReference(family: .poisson, y: 3, mean: 2.5, logDensity: -1.5428872736055899),
  DensityReference(family: .poisson, y: 100, mean: 120, logDensity: -4.9902012773588904),
  DensityReference(family: .poisson, y: 1e6, mean: 1_000_100, logDensity: -7.8316935622118082),
  DensityReference(
    family: .poisson, y: 1.5, mean: 1.2, weight: 4, logDensity: -1.9675557045270293),
  DensityReference(family: .bernoulli, y: 0, mean: 0.3, logDensity: -0.35667494393873245),
  DensityReference(
    family: .binomial, y: 0.3, mean: 0.25, weight: 10, logDensity: -1.3851658477400923),
  DensityReference(
    family: .binomial, y: 1, mean: 0.9, weight: 10, logDensity: -1.0536051565782627),
  DensityReference(
    family: .binomial, y: 0.4, mean: 0.401, weight: 1e6, logDensity: -9.1953168815880577),
  DensityReference(
    family: .negativeBinomial, y: 0, mean: 0.3, parameter: 2, logDensity: -0.27952388475031736),
  DensityReference(
    family: .negativeBinomial, y: 7, mean: 2.5, parameter: 0.5, logDensity: -3.7352926994030913),
  // mpmath 1.3.0 with 40 digits; R, at -4.99019977738, has lost some to the size.
  DensityReference(
    family: .negativeBinomial, y: 100, mean: 120, parameter: 1e8, logDensity: -4.9901997773609082),
  DensityReference(
    family: .negativeBinomial, y: 20, mean: 12, parameter: 30, logDensity: -4.1763379501203559),
  DensityReference(
    family: .negativeBinomial, y: 2, mean: 1.7, weight: 3, parameter: 2.5,
    logDensity: -2.1712303885008031),
]

private struct DevianceReference: Sendable, CustomTestStringConvertible {
  let family: any Family
  let y: [Double]
  let means: [Double]
  let deviances: [Double]
  var parameter = 1.0

  var testDescription: String { family.name }
}

/// R 4.2.2, `dev.resids` of the families; MASS 7.3 for `negative.binomial(2)`.
private let deviances: [DevianceReference] = [
  DevianceReference(family: .gaussian, y: [1.5, -2], means: [1, 3], deviances: [0.25, 25]),
  DevianceReference(
    family: .binomial, y: [0, 1, 0.3, 0.9999], means: [0.2, 0.7, 0.31, 0.1],
    deviances: [
      0.44628710262841953, 0.71334988787746478, 0.00047033873914496468, 4.6026886829985623,
    ]),
  DevianceReference(
    family: .poisson, y: [0, 3, 100, 2], means: [0.2, 2.5, 101, 1e-5],
    deviances: [0.4, 0.093929340763727609, 0.0099338293663815413, 44.824310582120695]),
  DevianceReference(
    family: .gamma, y: [0.3, 2, 50], means: [1, 2.1, 40],
    deviances: [1.0079456086518723, 0.0023422331007687952, 0.05371289737158047]),
  DevianceReference(
    family: .inverseGaussian, y: [0.3, 2, 50], means: [1, 2.1, 40],
    deviances: [1.6333333333333331, 0.0011337868480725643, 0.00125]),
  DevianceReference(
    family: .negativeBinomial, y: [0, 3, 100, 20], means: [0.2, 2.5, 101, 1e3],
    deviances: [
      0.38124071921729957, 0.040324184185464018, 0.00019351822077728897, 11.542356227479928,
    ],
    parameter: 2),
]

private struct DomainBreach: Sendable {
  let family: any Family
  let y: Double
  var weight = 1.0
  let message: String
}

private let domainBreaches: [DomainBreach] = [
  DomainBreach(
    family: .bernoulli, y: 2,
    message: "The response y is 2 in row 8, which is neither 0 nor 1. The bernoulli family needs 0 "
      + "or 1; for proportions choose the binomial family, with the numbers of trials as weights."),
  DomainBreach(
    family: .binomial, y: -0.5, weight: 4,
    message: "The response y is -0.5 in row 8, which is negative. The binomial family needs "
      + "proportions from 0 to 1, with the numbers of trials as weights."),
  DomainBreach(
    family: .binomial, y: 1.25, weight: 4,
    message: "The response y is 1.25 in row 8, which is above 1. The binomial family needs "
      + "proportions from 0 to 1, with the numbers of trials as weights."),
  DomainBreach(
    family: .binomial, y: 0.3, weight: 4,
    message: "The response y is 0.3 in row 8, which is 1.2 successes in 4 trials, not a whole "
      + "number. The binomial family needs proportions from 0 to 1, with the numbers of trials as "
      + "weights."),
  DomainBreach(
    family: .binomial, y: 0.5, weight: 2.5,
    message: "The response y is 0.5 in row 8, which is a proportion of 2.5 trials, not a whole "
      + "number. The binomial family needs proportions from 0 to 1, with the numbers of trials as "
      + "weights."),
  DomainBreach(
    family: .poisson, y: -1,
    message: "The response y is -1 in row 8, which is negative. The poisson family needs whole "
      + "counts."),
  DomainBreach(
    family: .poisson, y: 1.5,
    message: "The response y is 1.5 in row 8, which is not whole. The poisson family needs whole "
      + "counts."),
  DomainBreach(
    family: .poisson, y: 0.7, weight: 2,
    message: "The response y is 0.7 in row 8, which is a count of 1.4 at its weight of 2. The "
      + "poisson family needs whole counts divided by the weights."),
  DomainBreach(
    family: .negativeBinomial, y: 0.5,
    message: "The response y is 0.5 in row 8, which is not whole. The negativebinomial family "
      + "needs whole counts."),
  DomainBreach(
    family: .gamma, y: 0,
    message: "The response y is 0 in row 8, which is not positive. The gamma family needs "
      + "positive numbers."),
  DomainBreach(
    family: .inverseGaussian, y: -3,
    message: "The response y is -3 in row 8, which is negative. The inversegaussian family needs "
      + "positive numbers."),
  DomainBreach(
    family: .gaussian, y: .infinity,
    message: "The response y is inf in row 8, which is not finite. The gaussian family needs "
      + "finite numbers."),
  DomainBreach(
    family: .quasiBinomial, y: 1.5,
    message: "The response y is 1.5 in row 8, which is above 1. The quasibinomial family needs "
      + "numbers from 0 to 1."),
  DomainBreach(
    family: .quasiPoisson, y: -1.5,
    message: "The response y is -1.5 in row 8, which is negative. The quasipoisson family needs "
      + "numbers from 0 on."),
]

@Suite("Families: densities, deviances, domains")
struct FamilyTests {
  @Test("Log-densities agree with R, constants included", arguments: densities)
  private func logDensity(reference: DensityReference) {
    let value = reference.family.logDensity(
      reference.y, mean: reference.mean, weight: reference.weight, parameter: reference.parameter)
    // R's own error is that of a difference of values of the size of y log y.
    #expect(abs(value - reference.logDensity) <= 1e-12 * (1 + abs(reference.logDensity)))
  }

  @Test("Unit deviances agree with R", arguments: deviances)
  private func unitDeviance(reference: DevianceReference) {
    for (i, y) in reference.y.enumerated() {
      let value = reference.family.unitDeviance(
        y, mean: reference.means[i], parameter: reference.parameter)
      // R subtracts values of the size of y.
      let allowed = 1e-13 * abs(reference.deviances[i]) + 1e-15 * 2 * (y + reference.means[i])
      #expect(abs(value - reference.deviances[i]) <= allowed)
    }
  }

  @Test("Unit deviances of a custom variance function are those of the family it belongs to")
  func integratedDeviance() {
    let gamma = Quasi(link: .log, meanRange: 0...Double.infinity) { $0 * $0 }
    let poisson = Quasi(link: .log, meanRange: 0...Double.infinity) { $0 }
    let binomial = Quasi(link: .logit, meanRange: 0...1) { $0 * (1 - $0) }
    for (y, mean) in [(0.3, 1.0), (2, 2.1), (50, 0.02)] {
      #expect(
        abs(
          gamma.unitDeviance(y, mean: mean, parameter: 1)
            / Gamma().unitDeviance(y, mean: mean, parameter: 1) - 1) < 1e-12)
    }
    for (y, mean) in [(0.0, 0.2), (3, 2.5), (2, 1e-5)] {
      #expect(
        abs(
          poisson.unitDeviance(y, mean: mean, parameter: 1)
            / Poisson().unitDeviance(y, mean: mean, parameter: 1) - 1) < 1e-12)
    }
    for (y, mean) in [(0.0, 0.2), (1, 0.7), (0.3, 0.999)] {
      #expect(
        abs(
          binomial.unitDeviance(y, mean: mean, parameter: 1)
            / Binomial().unitDeviance(y, mean: mean, parameter: 1) - 1) < 1e-12)
    }
  }

  @Test("A response outside the domain is refused by row and value", arguments: domainBreaches)
  private func domain(breach: DomainBreach) {
    let error = #expect(throws: MixedModelError.self) {
      try ResponseModel.check(
        [breach.y], weights: [breach.weight], family: breach.family, name: "y", tableRows: [7])
    }
    #expect(error?.description == breach.message)
    #expect(error?.subject == .row(8))
  }

  @Test("A quotient of whole numbers is within the domain")
  func quotients() throws {
    for trials in 1...300 {
      let values = (0...trials).map { Double($0) / Double(trials) }
      let weights = values.map { _ in Double(trials) }
      for family in [.binomial as any Family, .poisson, .negativeBinomial] {
        try ResponseModel.check(
          values, weights: weights, family: family, name: "y", tableRows: Array(values.indices))
      }
    }
  }

  @Test("Every family is found by its name")
  func vocabulary() throws {
    for name in [
      "gaussian", "bernoulli", "binomial", "poisson", "negativebinomial", "gamma",
      "inversegaussian", "quasibinomial", "quasipoisson",
    ] { #expect(try FamilyVocabulary.family(named: name).name == name) }
    let known = try FamilyVocabulary.family(named: "negativebinomial", size: 3)
    #expect((known as? NegativeBinomial)?.size == 3)
    #expect(known.dispersion == .one)
  }

  @Test("An unknown family names the nearest one and lists all")
  func unknownFamily() {
    let error = #expect(throws: MixedModelError.self) {
      try FamilyVocabulary.family(named: "Poison")
    }
    #expect(
      error?.description
        == "There is no family \"Poison\". Did you mean \"poisson\"? Families: gaussian, "
        + "bernoulli, binomial, poisson, negativebinomial, gamma, inversegaussian, quasibinomial, "
        + "quasipoisson.")
  }

  @Test("A size parameter must be positive, and belongs to the negative binomial")
  func sizeParameter() {
    let negative = #expect(throws: MixedModelError.self) {
      try FamilyVocabulary.family(named: "negativebinomial", size: -1)
    }
    #expect(
      negative?.description
        == "The size parameter of the negative binomial family is -1. It must be positive and "
        + "finite; it is estimated when it is not given.")
    let misplaced = #expect(throws: MixedModelError.self) {
      try FamilyVocabulary.family(named: "poisson", size: 2)
    }
    #expect(
      misplaced?.description
        == "A size parameter of 2 is given, and the poisson family has none. Choose the "
        + "negativebinomial family, or leave the size parameter out.")
  }
}
