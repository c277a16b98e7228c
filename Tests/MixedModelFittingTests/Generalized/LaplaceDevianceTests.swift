// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import ModelOptimization
import TestSupport
import Testing

@testable import MixedModelFitting

@Suite("The Laplace criterion")
struct LaplaceDevianceTests {
  /// A form of the criterion.
  struct Form: Sendable, CustomTestStringConvertible {
    let criterion: GeneralizedCriterion
    let information: LaplaceInformation

    var testDescription: String { "\(criterion.name), \(information.rawValue) information" }

    static let all = [
      Form(criterion: .laplace, information: .observed),
      Form(criterion: .laplace, information: .expected),
      Form(criterion: .profiledLaplace, information: .observed),
      Form(criterion: .profiledLaplace, information: .expected),
    ]
    static let proper = all[0]
  }

  /// A family with a link, and a form that differs from others for it.
  struct Case: Sendable, CustomTestStringConvertible {
    let pair: FamilyWithLink
    let form: Form

    var testDescription: String { "\(pair.testDescription), \(form.testDescription)" }

    /// With a canonical link both kinds of information are the same.
    static let all: [Case] = FamilyWithLink.all.flatMap { pair in
      let model = ResponseModel(family: pair.family, link: pair.link, response: [])
      return Form.all.filter { $0.information == .observed || !model.isCanonical }
        .map { Case(pair: pair, form: $0) }
    }
  }

  /// The criterion and a random point of it.
  private func point(
    _ pair: FamilyWithLink, _ structure: RandomStructure, _ form: Form, seed: UInt64 = 1
  ) throws -> (
    problem: GeneralizedProblem, objective: LaplaceDeviance, parameters: [Double], scales: [Double]
  ) {
    let problem = try pair.problem(structure)
    var objective = problem.deviance(form.criterion, information: form.information)
    var random = SplitMix(seed: seed)
    let all = pair.parameters(problem, &random)
    let rank = problem.numbers.rank
    let u = [Double](repeating: 0, count: problem.numbers.layout.randomCount)
    objective.setMode(u: u, gamma: Array(all.prefix(rank)))
    let skipped = form.criterion == .laplace ? 0 : rank
    return (
      problem, objective, Array(all.dropFirst(skipped)),
      Array(pair.scales(problem).dropFirst(skipped))
    )
  }

  /// Central differences of order six, with steps of a fiftieth of the scale of each parameter.
  private func differences(
    _ objective: inout LaplaceDeviance, at parameters: [Double], scales: [Double]
  ) -> [Double] {
    parameters.indices.map { i in
      let step = scales[i] / 50
      var moved = parameters
      func value(_ offset: Double) -> Double {
        moved[i] = parameters[i] + offset * step
        return objective.value(at: moved)
      }
      let pairs = [1.0, 2, 3].map { value($0) - value(-$0) }
      return (0.75 * pairs[0] - 0.15 * pairs[1] + pairs[2] / 60) / step
    }
  }

  private func gradientError(
    _ pair: FamilyWithLink, _ structure: RandomStructure, _ form: Form
  ) throws -> Double {
    var (_, objective, parameters, scales) = try point(pair, structure, form)
    var point = ObjectivePoint(parameterCount: parameters.count)
    try #require(objective.value(at: parameters).isFinite)
    objective.evaluate(at: parameters, into: &point)
    // The value with derivatives is the value without.
    #expect(abs(point.value - objective.value(at: parameters)) < 1e-11 * max(1, abs(point.value)))
    let expected = differences(&objective, at: parameters, scales: scales)
    // In units of the change of the criterion over each parameter's scale.
    let changes = zip(expected, scales).map { abs($0 * $1) }
    let scale = max(1, changes.max() ?? 0)
    return expected.indices.reduce(0) {
      max($0, abs(point.gradient[$1] - expected[$1]) * scales[$1] / scale)
    }
  }

  // The search for the mode and truncation of order (1/50)⁶ leave up to 4e-9.
  private static let gradientTolerance = 2e-8

  @Test(
    "Its gradient agrees with differences for every family and link", arguments: Case.all)
  func gradientOfFamilies(_ example: Case) throws {
    let error = try gradientError(example.pair, .vectorAndScalar, example.form)
    #expect(error < Self.gradientTolerance)
  }

  @Test(
    "Its gradient agrees with differences for every structure", arguments: RandomStructure.all,
    [FamilyWithLink.probit, .gammaLog, .negativeBinomialLog])
  func gradientOfStructures(_ structure: RandomStructure, _ pair: FamilyWithLink) throws {
    let error = try gradientError(pair, structure, .proper)
    #expect(error < Self.gradientTolerance)
  }

  @Test(
    "It is the dense computation's for every family and link", arguments: Case.all)
  func valueOfFamilies(_ example: Case) throws {
    try expectDense(example.pair, .vectorAndScalar, example.form)
  }

  @Test(
    "It is the dense computation's for every structure", arguments: RandomStructure.all,
    [FamilyWithLink.logit, .gammaLog, .negativeBinomialLog])
  func valueOfStructures(_ structure: RandomStructure, _ pair: FamilyWithLink) throws {
    try expectDense(pair, structure, .proper)
  }

  private func expectDense(
    _ pair: FamilyWithLink, _ structure: RandomStructure, _ form: Form
  ) throws {
    var (problem, objective, parameters, _) = try point(pair, structure, form, seed: 2)
    let value = objective.value(at: parameters)
    let basis = problem.numbers.basis
    let isJoint = form.criterion == .laplace
    let gamma = isJoint ? Array(parameters.prefix(basis.rank)) : objective.search.gamma
    let dense = DenseLaplace(problem).value(
      beta: isJoint ? basis.coefficients(gamma) : nil,
      theta: Array(parameters[objective.thetaRange]), t: objective.t(parameters),
      information: form.information, start: basis.coefficients(gamma))
    try #require(dense.imbalance < 1e-9)
    // Both end within rounding of the mode.
    #expect(abs(value - dense.criterion) < 1e-10 * max(1, abs(dense.criterion)))
    for (ours, expected) in zip(objective.search.u, dense.u) {
      #expect(abs(ours - expected) < 1e-8)
    }
    for (ours, expected) in zip(basis.coefficients(gamma), dense.beta) {
      #expect(abs(ours - expected) < 1e-8)
    }
  }

  @Test(
    "At a zero of theta its derivative is zero and the others agree with differences",
    arguments: [FamilyWithLink.logit, .probit, .gammaLog, .negativeBinomialLog])
  func singular(_ pair: FamilyWithLink) throws {
    let structure = RandomStructure.vectorAndScalar
    var (problem, objective, parameters, scales) = try point(pair, structure, .proper)
    // The scalar term's only parameter, and the second column of the vector term.
    for (index, value) in problem.covariance.identityParameters.enumerated() where value == 1 {
      guard index > 0 else { continue }
      parameters[objective.thetaRange.lowerBound + index] = 0
      scales[objective.thetaRange.lowerBound + index] = 1e-2
    }
    var point = ObjectivePoint(parameterCount: parameters.count)
    objective.evaluate(at: parameters, into: &point)
    #expect(abs(point.value - objective.value(at: parameters)) < 1e-9)
    let expected = differences(&objective, at: parameters, scales: scales)
    for index in parameters.indices {
      // Derivatives are taken at 1e-7, where the criterion's curvature, below 1000, shows.
      #expect(abs(point.gradient[index] - expected[index]) < 1e-4)
    }
  }

  @Test("It is infinite where a linear predictor has no mean, and recovers from it")
  func outsideTheDomain() throws {
    let pair = try #require(
      FamilyWithLink.all.first { $0.family is Poisson && $0.link is IdentityLink })
    var (problem, objective, parameters, _) = try point(pair, .vectorAndScalar, .proper)
    let inside = objective.value(at: parameters)
    var outside = parameters
    let below = [Double](repeating: -3, count: problem.numbers.rowCount)
    outside.replaceSubrange(objective.gammaRange, with: problem.numbers.leastSquares(below))
    #expect(objective.value(at: outside) == .infinity)
    var point = ObjectivePoint(parameterCount: parameters.count)
    objective.evaluate(at: outside, into: &point)
    #expect(point.value == .infinity)
    #expect(abs(objective.value(at: parameters) - inside) < 1e-9)
  }
}

extension ResponseModel {
  /// Whether the link is the canonical one, so that observed and expected information agree.
  fileprivate var isCanonical: Bool {
    switch family {
    case is Gaussian: link is IdentityLink
    case is Binomial: link is LogitLink
    case is Poisson: link is LogLink
    case is Gamma: link is InverseLink
    case is InverseGaussian: link is InverseSquareLink
    case let family as Quasi:
      family.isBinomial && link is LogitLink || family.isPoisson && link is LogLink
    default: false
    }
  }
}
