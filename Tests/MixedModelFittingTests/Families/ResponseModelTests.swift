// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelTesting
import RealModule
import Testing

@testable import MixedModelFitting

/// A family with a link, and what its rows may look like.
private struct Pairing: Sendable, CustomTestStringConvertible {
  let family: any Family
  let link: any Link
  let responses: [Double]
  let weights: [Double]
  let means: [Double]
  var parameter = 1.0

  var testDescription: String { "\(family.name) with \(link.name) link" }

  var breaches: [String] {
    FamilyChecks.breaches(
      of: family, link: link, responses: responses, weights: weights,
      linearPredictors: means.map { link.linearPredictor($0) }, parameter: parameter)
  }
}

private func powerLink(_ exponent: Double) -> any Link {
  (try? PowerLink(exponent: exponent)) ?? IdentityLink()
}

private func negativeBinomial(size: Double) -> any Family {
  (try? NegativeBinomial(size: size)) ?? Poisson()
}

private let allLinks: [any Link] = [
  .identity, .logit, .probit, .cloglog, .cauchit, .log, .inverse, .inverseSquare, .squareRoot,
  powerLink(0.3), powerLink(-1.5),
]

private let cubicVariance = Quasi(link: .log, meanRange: 0...Double.infinity) {
  $0 + 0.5 * $0 * $0 * $0
}

private let logisticSquared = Quasi(link: .logit, meanRange: 0...1) {
  $0 * $0 * (1 - $0) * (1 - $0)
}

private let pairings: [Pairing] = allLinks.flatMap { link in
  let isBounded = link.meanRange.upperBound == 1
  // Drawn once from the uniform distribution on the interior of the range.
  let shares = [0.137, 0.288, 0.443, 0.6121, 0.874]
  let positive = isBounded ? shares : [0.1837, 0.722, 1.913, 3.377, 8.61]
  let counts = [0.0, 1, 4, 2.5, 40]
  let countWeights = [1.0, 1, 3, 2, 1]
  let amounts = [0.2, 1.3, 4.1, 0.07, 9]
  let amountWeights = [1, 0.4, 3, 1, 2.5]
  let proportions = [0, 1, 0.25, 0.8, 1]
  let trials = [1.0, 1, 8, 15, 7]
  return [
    Pairing(
      family: .gaussian, link: link, responses: [-1, 0, 0.6, 2, 9], weights: amountWeights,
      means: positive, parameter: 0.7),
    Pairing(
      family: .bernoulli, link: link, responses: [0, 1], weights: [1, 1], means: shares),
    Pairing(
      family: .binomial, link: link, responses: proportions, weights: trials, means: shares),
    Pairing(
      family: .poisson, link: link, responses: counts, weights: countWeights, means: positive),
    Pairing(
      family: .negativeBinomial, link: link, responses: counts, weights: countWeights,
      means: positive, parameter: 1.6),
    Pairing(
      family: negativeBinomial(size: 2), link: link, responses: counts, weights: countWeights,
      means: positive),
    Pairing(
      family: .gamma, link: link, responses: amounts, weights: amountWeights, means: positive,
      parameter: 0.4),
    Pairing(
      family: .inverseGaussian, link: link, responses: amounts, weights: amountWeights,
      means: positive, parameter: 0.3),
    Pairing(
      family: .quasiBinomial, link: link, responses: [0, 1, 0.33, 0.81], weights: [1, 2, 3.5, 1],
      means: shares),
    Pairing(
      family: .quasiPoisson, link: link, responses: [0, 1.2, 7], weights: [1, 2, 0.3],
      means: positive),
    Pairing(
      family: cubicVariance, link: link, responses: [0.1, 1.2, 7], weights: [1, 2, 0.3],
      means: positive),
    Pairing(
      family: logisticSquared, link: link, responses: [0.1, 0.4, 0.7], weights: [1, 2, 0.3],
      means: shares),
  ]
}

/// A linear predictor to which the link has no mean that the family can have.
private struct OutsideTheRange: Sendable {
  let family: any Family
  let link: any Link
  let eta: Double
}

private let placesOutsideTheRange = [
  OutsideTheRange(family: .gamma, link: .inverse, eta: -0.5),
  OutsideTheRange(family: .gamma, link: .inverse, eta: 0),
  OutsideTheRange(family: .poisson, link: .identity, eta: -2),
  OutsideTheRange(family: .inverseGaussian, link: .inverseSquare, eta: -1),
  OutsideTheRange(family: .binomial, link: .log, eta: 0.1),
  OutsideTheRange(family: .binomial, link: .identity, eta: 1.2),
  OutsideTheRange(family: .negativeBinomial, link: .identity, eta: -1),
  OutsideTheRange(family: .gaussian, link: .inverseSquare, eta: -3),
  OutsideTheRange(family: .quasiPoisson, link: .identity, eta: -1),
]

@Suite("Families: response model")
struct ResponseModelTests {
  @Test("Every family passes the family checks with every link", arguments: pairings)
  private func familyChecks(pairing: Pairing) {
    #expect(pairing.breaches == [])
  }

  @Test("A family and a link of one's own work without special code")
  func customFamilyAndLink() {
    let pairing = Pairing(
      family: HyperbolicSecant(), link: LogLogLink(), responses: [-3, 0.2, 4],
      weights: [1, 2, 0.5],
      means: [0.2, 0.6, 0.9], parameter: 1)
    #expect(pairing.breaches == [])
  }

  @Test("The checks find a wrong derivative")
  func checksFindFaults() {
    let breaches = FamilyChecks.breaches(
      of: WrongFamily(), link: LogLink(), responses: [1], weights: [1], linearPredictors: [0.5])
    #expect(breaches.contains { $0.hasPrefix("The slope of the variance") })
    #expect(breaches.contains { $0.contains("the information of the response 1.0") })
  }

  @Test(
    "A linear predictor without a mean gives minus infinity, not NaN",
    arguments: placesOutsideTheRange)
  private func outsideTheRange(place: OutsideTheRange) {
    let (family, link, eta) = (place.family, place.link, place.eta)
    let model = ResponseModel(family: family, link: link, response: [1, 1])
    var result = ResponseDerivatives()
    for order in [ResponseOrder.value, .newton, .gradient] {
      model.evaluate([link.linearPredictor(0.5), eta], ResponseRequest(order), into: &result)
      #expect(result.value == -.infinity)
    }
  }

  @Test("A workspace forgets the constants of another model")
  func workspaceOfAnotherModel() {
    let first = ResponseModel(family: .gamma, link: .log, response: [1, 2])
    let second = ResponseModel(family: .gamma, link: .log, response: [3, 5])
    var shared = ResponseDerivatives()
    var fresh = ResponseDerivatives()
    first.evaluate([0, 1], t: -1, ResponseRequest(.gradient), into: &shared)
    second.evaluate([0, 1], t: -1, ResponseRequest(.gradient), into: &shared)
    second.evaluate([0, 1], t: -1, ResponseRequest(.gradient), into: &fresh)
    #expect(shared.value == fresh.value)
    #expect(shared.parameterScore == fresh.parameterScore)
  }

  @Test("The deviance of 0/1 responses is minus twice the log-likelihood")
  func saturatedBernoulli() {
    let model = ResponseModel(family: .bernoulli, link: .logit, response: [0, 1, 1])
    #expect(model.saturatedLogLikelihood() == 0)
  }

  // R 4.2.2: dev <- sum(binomial()$dev.resids(y, mu, n)); the same with Gamma, at dispersion 0.5.
  @Test("Twice the saturated log-likelihood less the log-likelihood is the scaled deviance")
  func deviance() {
    let eta = [-1.0, 0.3, 2]
    var result = ResponseDerivatives()
    let binomial = ResponseModel(
      family: .binomial, link: .logit, response: [0.25, 0.5, 1], weights: [8, 4, 3])
    binomial.evaluate(eta, ResponseRequest(.value), into: &result)
    var deviance = 0.0
    for i in 0..<3 {
      deviance +=
        [8.0, 4, 3][i]
        * Binomial().unitDeviance(
          binomial.response[i], mean: LogitLink().mean(eta[i]).value, parameter: 1)
    }
    #expect(abs(2 * (binomial.saturatedLogLikelihood() - result.value) - deviance) < 1e-13)

    let gamma = ResponseModel(family: .gamma, link: .log, response: [0.4, 1.5, 9])
    gamma.evaluate(eta, t: Double.log(0.5), ResponseRequest(.value), into: &result)
    deviance = 0
    for i in 0..<3 {
      deviance += Gamma().unitDeviance(gamma.response[i], mean: Double.exp(eta[i]), parameter: 1)
    }
    let saturated = gamma.saturatedLogLikelihood(t: Double.log(0.5))
    #expect(abs(2 * (saturated - result.value) - deviance / 0.5) < 1e-12)
  }

  @Test("A negative binomial response of great size is a Poisson response")
  func poissonLimit() {
    let response = [0.0, 3, 17]
    let eta = [0.2, 1.1, 2.9]
    let poisson = ResponseModel(family: .poisson, link: .log, response: response)
    let negativeBinomial = ResponseModel(family: .negativeBinomial, link: .log, response: response)
    var limit = ResponseDerivatives()
    var result = ResponseDerivatives()
    poisson.evaluate(eta, ResponseRequest(.newton), into: &limit)
    negativeBinomial.evaluate(eta, t: 35, ResponseRequest(.gradient), into: &result)
    #expect(abs(result.value - limit.value) < 1e-12)
    for i in 0..<3 {
      #expect(abs(result.score[i] - limit.score[i]) < 1e-12)
      #expect(abs(result.information[i] - limit.information[i]) < 1e-12)
      #expect(abs(result.parameterScore[i]) < 1e-12)
    }
  }

  @Test("Starting values are those of R's families, moved where the link cannot map them")
  func startingValues() throws {
    let poisson = ResponseModel(family: .poisson, link: .log, response: [0, 3])
    #expect(
      try poisson.startingLinearPredictor(tableRows: [0, 1]) == [Double.log(0.1), Double.log(3.1)])
    let gaussian = ResponseModel(family: .gaussian, link: .log, response: [-1, 7])
    #expect(
      try gaussian.startingLinearPredictor(tableRows: [0, 1]) == [Double.log(1), Double.log(7)])
  }

  @Test("A response that the link cannot map even on average is refused")
  func linkWithoutMean() {
    let model = ResponseModel(family: .gaussian, link: .log, response: [-1, -7])
    let error = #expect(throws: MixedModelError.self) {
      try model.startingLinearPredictor(tableRows: [4, 6])
    }
    #expect(
      error?.description
        == "The log link has no linear predictor for the mean -1, from which the gaussian model "
        + "would start in row 5. Choose another link, or check the response there.")
  }
}

// MARK: - A family and a link of one's own

/// The generalized hyperbolic secant distribution without its saturated log-density,
/// V(mu) = 1 + mu²; Morris, Ann. Statist. 10 (1982), 65-80.
private struct HyperbolicSecant: Family {
  let name = "hyperbolicsecant"
  let dispersion = DispersionKind.pearson
  let meanRange = -Double.infinity...Double.infinity
  var defaultLink: any Link { IdentityLink() }

  func variance(_ mean: Double, parameter: Double) -> VarianceValue {
    VarianceValue(1 + mean * mean, 2 * mean, 2)
  }

  func unitDeviance(_ y: Double, mean: Double, parameter: Double) -> Double {
    2 * y * (Double.atan(y) - Double.atan(mean)) + Double.log((1 + mean * mean) / (1 + y * y))
  }

  func saturatedLogDensity(
    _ y: Double, weight: Double, parameter: Double
  ) -> SaturatedLogDensity { SaturatedLogDensity(0) }

  func problem(with y: Double, weight: Double) -> ResponseProblem? { nil }

  func startingMean(_ y: Double, weight: Double) -> Double { y }
}

/// eta = -log(-log mu).
struct LogLogLink: Link {
  let name = "loglog"
  let meanRange = 0.0...1

  func linearPredictor(_ mean: Double) -> Double { -Double.log(-Double.log(mean)) }

  func mean(_ linearPredictor: Double) -> SmoothValue {
    let hazard = Double.exp(-linearPredictor)
    guard hazard < 700 else { return SmoothValue(0, 0, 0, 0) }
    let mean = Double.exp(-hazard)
    let first = mean * hazard
    return SmoothValue(
      mean, first, first * (hazard - 1), first * (1 + hazard * (hazard - 3)))
  }
}

/// The Poisson family with a mistake in its variance.
private struct WrongFamily: Family {
  let name = "wrong"
  let dispersion = DispersionKind.one
  let meanRange = 0...Double.infinity
  var defaultLink: any Link { LogLink() }

  func variance(_ mean: Double, parameter: Double) -> VarianceValue { VarianceValue(mean, 2, 0) }

  func unitDeviance(_ y: Double, mean: Double, parameter: Double) -> Double {
    Poisson().unitDeviance(y, mean: mean, parameter: parameter)
  }

  func saturatedLogDensity(
    _ y: Double, weight: Double, parameter: Double
  ) -> SaturatedLogDensity { SaturatedLogDensity(0) }

  func problem(with y: Double, weight: Double) -> ResponseProblem? { nil }

  func startingMean(_ y: Double, weight: Double) -> Double { y + 0.1 }
}
