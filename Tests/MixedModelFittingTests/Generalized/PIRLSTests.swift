// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelDatasets
import ModelFormulas
import ModelOptimization
import TestSupport
import Testing

@testable import MixedModelFitting

@Suite("Penalized iteratively reweighted least squares")
struct PIRLSTests {
  private func search(_ problem: GeneralizedProblem, movesFixedEffects: Bool) -> PIRLS {
    PIRLS(
      problem.numbers, layout: movesFixedEffects ? problem.jointLayout : problem.randomLayout,
      movesFixedEffects: movesFixedEffects, information: .observed)
  }

  private struct Point {
    let gamma: [Double]
    let factors: [Double]
    let t: Double
  }

  private func point(_ pair: FamilyWithLink, _ problem: GeneralizedProblem) -> Point {
    var random = SplitMix(seed: 5)
    let parameters = pair.parameters(problem, &random)
    let rank = problem.numbers.rank
    let theta = Array(parameters[rank..<rank + problem.covariance.parameterCount])
    return Point(
      gamma: Array(parameters.prefix(rank)), factors: problem.covariance.factors(theta),
      t: problem.numbers.response.hasParameter ? parameters[parameters.count - 1] : 0)
  }

  @Test(
    "The mode satisfies its equations", arguments: FamilyWithLink.all, [false, true])
  func equations(_ pair: FamilyWithLink, movesFixedEffects: Bool) throws {
    let problem = try pair.problem(.vectorAndScalar)
    var search = search(problem, movesFixedEffects: movesFixedEffects)
    let point = point(pair, problem)
    search.gamma = point.gamma
    // The second search starts at the first one's mode, the third near it.
    for scale in [1, 1, 1.001] {
      let factors = point.factors.map { scale * $0 }
      let mode = search.findMode(factors: factors, t: point.t, order: .newton)
      _ = try #require(mode)
      let score = search.derivatives.score
      var r = search.scaledProduct(problem.numbers.transposedProduct(score), factors: factors)
      for i in search.u.indices { r[i] -= search.u[i] }
      // Relative to the sizes that cancel.
      let size = score.reduce(1) { max($0, abs($1)) }
      for value in r { #expect(abs(value) < 1e-10 * size) }
    }
  }

  @Test(
    "Every start leads to the same mode, however far away",
    arguments: FamilyWithLink.all.filter {
      // Log-concave in the linear predictor, and defined for every one.
      ["logit", "probit", "cloglog"].contains($0.link.name)
        || $0.link.name == "log" && $0.family is Poisson
        || $0.link.name == "log" && $0.family is NegativeBinomial
        || $0.link.name == "log" && $0.family is Gamma
        || $0.link.name == "identity" && $0.family is Gaussian
    }, [1.0, 10])
  func farAway(_ pair: FamilyWithLink, distance: Double) throws {
    let problem = try pair.problem(.vectorAndScalar)
    let point = point(pair, problem)
    var near = search(problem, movesFixedEffects: false)
    near.gamma = point.gamma
    let computed = near.findMode(factors: point.factors, t: point.t, order: .newton)
    let expected = try #require(computed)
    var far = search(problem, movesFixedEffects: false)
    far.gamma = point.gamma
    var random = SplitMix(seed: 6)
    far.u = far.u.map { _ in distance * random.uniform() }
    let found = far.findMode(factors: point.factors, t: point.t, order: .newton)
    let mode = try #require(found)
    #expect(abs(mode.penalizedDeviance - expected.penalizedDeviance) < 1e-9)
    #expect(abs(mode.logDeterminant - expected.logDeterminant) < 1e-9)
    for (ours, other) in zip(far.u, near.u) { #expect(abs(ours - other) < 1e-9) }
  }

  @Test(
    "The mode is a minimum: no point near it or at the start is lower",
    arguments: FamilyWithLink.all)
  func minimum(_ pair: FamilyWithLink) throws {
    let problem = try pair.problem(.vectorAndScalar)
    let point = point(pair, problem)
    var search = search(problem, movesFixedEffects: false)
    search.gamma = point.gamma
    let found = search.findMode(factors: point.factors, t: point.t, order: .newton)
    let mode = try #require(found)

    func penalizedDeviance(_ u: [Double]) -> Double {
      var eta = [Double](repeating: 0, count: problem.numbers.rowCount)
      problem.numbers.setFixedPart(&eta, gamma: point.gamma)
      problem.numbers.addRandomPart(&eta, problem.numbers.layout.scaled(u, by: point.factors))
      var derivatives = ResponseDerivatives()
      problem.numbers.response.evaluate(
        eta, t: point.t, ResponseRequest(.value), into: &derivatives)
      return -2 * derivatives.value + u.reduce(0) { $0 + $1 * $1 }
    }
    #expect(abs(penalizedDeviance(search.u) - mode.penalizedDeviance) < 1e-10)
    var random = SplitMix(seed: 7)
    let zero = [Double](repeating: 0, count: search.u.count)
    #expect(penalizedDeviance(zero) >= mode.penalizedDeviance)
    for size in [1e-4, 1e-2, 0.3] {
      let moved = search.u.map { $0 + size * random.uniform() }
      // The rise is of order q size², far above rounding.
      #expect(penalizedDeviance(moved) > mode.penalizedDeviance)
    }
  }

  @Test(
    "Extreme factors give a value or none, never NaN, and leave no trace",
    arguments: [FamilyWithLink.logit, .probit, .poissonLog, .gammaLog, .negativeBinomialLog],
    [1e3, 1e6, 1e150])
  func extremes(_ pair: FamilyWithLink, scale: Double) throws {
    let problem = try pair.problem(.vectorAndScalar)
    var objective = problem.deviance(.laplace, information: .observed)
    var random = SplitMix(seed: 8)
    let parameters = pair.parameters(problem, &random)
    let value = objective.value(at: parameters)
    var extreme = parameters
    for index in objective.thetaRange { extreme[index] *= scale }
    #expect(!objective.value(at: extreme).isNaN)
    var farOut = parameters
    for index in objective.gammaRange { farOut[index] += scale }
    #expect(!objective.value(at: farOut).isNaN)
    #expect(abs(objective.value(at: parameters) - value) < 1e-9 * max(1, abs(value)))
  }
}

/// Numbers that the MixedModels.jl documentation prints (checklist A3.2, A8.1).
@Suite("The model of verbal aggression before it is fitted")
struct VerbAggStartTests {
  private func problem() throws -> GeneralizedProblem {
    try GeneralizedProblem(
      "r2 ~ 1 + anger + gender + btype + situ + (1 | subj) + (1 | item)",
      data: Dataset.named("verbagg").table, family: .bernoulli)
  }

  @Test("It starts from the generalized linear model, and theta one")
  func start() throws {
    let problem = try problem()
    let start = try GeneralizedStart(problem)
    let beta = problem.numbers.basis.coefficients(start.marginalGamma)
    let published = [0.206053, 0.039940, 0.231317, -0.794186, -1.539188, -0.776656]
    // Published with six decimals, of an iteration stopped one step early.
    for (ours, theirs) in zip(beta, published) { #expect(abs(ours - theirs) < 5e-6) }
    // Newton's method in NumPy until steps are below 1e-14.
    let converged = [
      0.20605309, 0.03994048, 0.23131726, -0.79418709, -1.53919122, -0.77665756,
    ]
    for (ours, theirs) in zip(beta, converged) { #expect(abs(ours - theirs) < 6e-9) }
    #expect(problem.covariance.identityParameters == [1, 1])
  }

  @Test("The optimization starts at standard deviations near the estimates")
  func startingDeviations() throws {
    let start = try GeneralizedStart(try problem())
    // The estimates are 1.34 and 0.495; one step of the EM algorithm from unit covariance goes most
    // of the way.
    #expect(abs(start.theta[0] - 1.34) < 0.2)
    #expect(abs(start.theta[1] - 0.495) < 0.1)
    // The random effects are the same for both.
    for (i, u) in start.u.enumerated() {
      #expect(abs(start.thetaModes[i] * start.theta[i < 316 ? 0 : 1] - u) < 1e-12)
    }
  }

  @Test("A mode that is wanted again is not searched for, and one with a nearer start is found")
  func revisited() throws {
    let problem = try problem()
    var objective = problem.deviance(.laplace, information: .observed)
    let start = try GeneralizedStart(problem)
    objective.setMode(u: start.u, gamma: start.gamma)
    let parameters = start.gamma + [1, 1]
    let value = objective.value(at: parameters)
    var point = ObjectivePoint(parameterCount: parameters.count)
    objective.evaluate(at: parameters, into: &point)
    #expect(point.value == value)
    #expect(objective.value(at: parameters) == value)
    // From elsewhere the same mode is found again.
    objective.setMode(u: start.u.map { $0 + 0.1 }, gamma: start.gamma)
    #expect(abs(objective.value(at: parameters) - value) < 1e-9)
  }

  @Test("Its deviance at theta one, fixed effects moving, is the published one")
  func devianceAtOne() throws {
    let problem = try problem()
    var objective = problem.deviance(.profiledLaplace, information: .observed)
    // Published with all digits after an iteration that stops at 1e-6 or so.
    #expect(abs(objective.value(at: [1, 1]) - 8201.848559060621) < 1e-6)
    let beta = problem.numbers.basis.coefficients(objective.search.gamma)
    let published = [0.218535, 0.051439, 0.290225, -0.979124, -1.954017, -0.979493]
    for (ours, theirs) in zip(beta, published) { #expect(abs(ours - theirs) < 2e-6) }
  }
}

@Suite("The limit of iterations")
struct PIRLSLimitTests {
  @Test("A search that ends at its limit does not pass for a mode", arguments: [50.0, 150])
  func limit(_ intercept: Double) throws {
    let problem = try FamilyWithLink.poissonLog.problem(
      RandomStructure(name: "an intercept", predictors: "1 + (1 | g)"))
    let rows = problem.numbers
    var search = PIRLS(
      rows, layout: problem.randomLayout, movesFixedEffects: false, information: .observed)
    search.gamma = rows.leastSquares([Double](repeating: intercept, count: rows.rowCount))
    guard search.findMode(factors: [1], t: 0, order: .newton) != nil else { return }
    var r = search.scaledProduct(
      rows.transposedProduct(search.derivatives.score), factors: [1])
    for i in search.u.indices { r[i] -= search.u[i] }
    for value in r { #expect(abs(value) < 1e-8) }
  }
}
