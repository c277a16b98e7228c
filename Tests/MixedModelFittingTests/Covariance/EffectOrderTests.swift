// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import MixedModelErrors
import ModelOptimization
import RealModule
import TestSupport
import Testing

@testable import MixedModelFitting

@Suite("The order of effects")
struct EffectOrderTests {
  private func covariance(_ pieces: [(any CovarianceStructure, Int)]) -> RelativeCovarianceFactor {
    RelativeCovarianceFactor([
      RandomEffectsTerm(
        groupingFactor: "g", levels: ["a"],
        effectNames: (0..<pieces.reduce(0) { $0 + $1.1 }).map { "e\($0)" },
        pieces: pieces.map { RandomEffectsTerm.Piece(structure: $0.0, count: $0.1) })
    ])
  }

  @Test("Two orders after one another are one, and the inverse leads back")
  func composition() {
    let first = EffectOrder([[2, 0, 1], [1, 0]])
    let second = EffectOrder([[1, 2, 0], [0, 1]])
    #expect(first.followed(by: second) == EffectOrder([[0, 1, 2], [1, 0]]))
    #expect(first.followed(by: first.inverse) == EffectOrder(dimensions: [3, 2]))
    #expect(first.inverse.followed(by: first) == EffectOrder(dimensions: [3, 2]))
  }

  @Test("A small variance before a large one asks for another order, in units of the response")
  func better() {
    let vector = covariance([(Unstructured(), 2)])
    #expect(
      vector.betterOrder(at: [0.01, -1.2, 0.1], meanSquares: [[1, 1]]) == EffectOrder([[1, 0]]))
    #expect(vector.betterOrder(at: [0, 0, 1], meanSquares: [[1, 1]]) == EffectOrder([[1, 0]]))
    // Of similar size, or small only beside a covariate of small values.
    #expect(vector.betterOrder(at: [0.9, 0.02, 1], meanSquares: [[1, 1]]) == nil)
    #expect(vector.betterOrder(at: [0.01, -1.2, 0.1], meanSquares: [[1, 1e-4]]) == nil)
    #expect(vector.betterOrder(at: [0, 0, 0], meanSquares: [[1, 1]]) == nil)
    // What counts is the variance that is left, given the effects before.
    let triple = covariance([(Unstructured(), 3)])
    #expect(
      triple.betterOrder(at: [1, 1, 0, 0.01, 0, 0.5], meanSquares: [[1, 1, 1]])
        == EffectOrder([[0, 2, 1]]))
  }

  @Test("Each piece is ordered within itself, and only where its structure allows it")
  func pieces() {
    let joined = covariance([(Unstructured(), 1), (Unstructured(), 2), (Diagonal(), 2)])
    let theta = [0.01, 0.001, 0.5, 0.5, 0.001, 3]
    #expect(
      joined.betterOrder(at: theta, meanSquares: [[1, 1, 1, 1, 1]])
        == EffectOrder([[0, 2, 1, 3, 4]]))
    #expect(covariance([(Diagonal(), 2)]).betterOrder(at: [0, 1], meanSquares: [[1, 1]]) == nil)
  }

  @Test("The criterion is the same in any order, its derivatives follow the effects")
  func criterion() throws {
    var random = SplitMix(seed: 3)
    for model in TestModel.structures {
      let problem = try model.problem()
      for criterion in TestModel.criteria {
        var objective = try problem.profiledDeviance(criterion)
        let dimensions = problem.crossProducts.layout.terms.map(\.dimension)
        // The reverse order within each piece.
        var order = EffectOrder(dimensions: dimensions).effects
        for piece in objective.covariance.pieces where piece.structure is Unstructured {
          order[piece.term].replaceSubrange(piece.rows, with: piece.rows.reversed())
        }
        let reverse = EffectOrder(order)
        var reversed = objective.reordered(to: reverse)
        let theta = problem.randomTheta(&random)
        let other = objective.covariance.reordered(theta, to: reverse)
        let value = objective.value(at: theta)
        #expect(abs(reversed.value(at: other) - value) < 1e-11 * max(1, abs(value)))
        let back = objective.covariance.reordered(other, to: reverse.inverse)
        #expect(abs(objective.value(at: back) - value) < 1e-11 * max(1, abs(value)))
        let (here, there) = (
          objective.covarianceGradients(at: theta), reversed.covarianceGradients(at: other)
        )
        let gradients = try #require(here)
        let reversedGradients = try #require(there)
        for (term, effects) in reverse.effects.enumerated() {
          let k = effects.count
          let expected = Matrix(k, k) { gradients[term][effects[$0], effects[$1]] }
          #expect(reversedGradients[term].relativeDifference(to: expected) < 1e-8)
        }
        let squares = try #require(objective.effectMeanSquares)
        let reversedSquares = try #require(reversed.effectMeanSquares)
        #expect(
          reversedSquares
            == zip(squares, reverse.effects).map { own, effects in
              effects.map { own[$0] }
            })
      }
    }
  }

  @Test(
    "The Laplace approximation is the same in any order",
    arguments: [FamilyWithLink.probit, .poissonLog, .gammaLog, .negativeBinomialLog],
    [GeneralizedCriterion.laplace, .profiledLaplace])
  func laplace(_ item: FamilyWithLink, _ criterion: GeneralizedCriterion) throws {
    var random = SplitMix(seed: 8)
    let problem = try item.problem(
      RandomStructure(name: "two vectors", predictors: "1 + x + (1 + x + z | g) + (1 + z | h)"))
    var objective = problem.deviance(criterion, information: .observed)
    let order = EffectOrder([[2, 0, 1], [1, 0]])
    var reordered = objective.reordered(to: order)
    var parameters = item.parameters(problem, &random)
    if criterion.profilesFixedEffects { parameters.removeFirst(problem.numbers.rank) }
    var other = parameters
    other.replaceSubrange(
      objective.thetaRange,
      with: objective.covariance.reordered(
        Array(parameters[objective.thetaRange]), to: order))
    var here = ObjectivePoint(parameterCount: parameters.count)
    var there = here
    objective.evaluate(at: parameters, into: &here)
    reordered.evaluate(at: other, into: &there)
    #expect(abs(here.value - there.value) < 1e-9 * abs(here.value))
    for place in parameters.indices where !objective.thetaRange.contains(place) {
      #expect(abs(here.gradient[place] - there.gradient[place]) < 1e-6)
    }
    let found = (
      objective.covarianceGradients(at: parameters), reordered.covarianceGradients(at: other)
    )
    let gradients = try #require(found.0)
    let others = try #require(found.1)
    for (term, effects) in order.effects.enumerated() {
      let expected = Matrix(effects.count, effects.count) {
        gradients[term][effects[$0], effects[$1]]
      }
      #expect(others[term].relativeDifference(to: expected) < 1e-6)
    }
    let squares = try #require(objective.effectMeanSquares)
    #expect(
      reordered.effectMeanSquares
        == zip(squares, order.effects).map { own, effects in effects.map { own[$0] } })
  }

  @Test("A criterion without effects to order is not asked for their squares")
  func scalar() throws {
    let problem = try FamilyWithLink.poissonLog.problem(RandomStructure.all[4])
    #expect(problem.deviance(.laplace, information: .observed).effectMeanSquares == nil)
  }

  /// The default optimizer under another name, which a fit leaves the model's order.
  private struct OtherNewton: Optimizer {
    let newton = TrustRegionNewton(modelEvaluations: 4)
    var name: String { "other" }

    func minimize(
      _ objective: inout some SecondOrderObjective, from start: [Double],
      options: OptimizationOptions, onStep: (@Sendable (OptimizationStep) -> Void)?
    ) throws(MixedModelError) -> Optimum {
      try newton.minimize(&objective, from: start, options: options, onStep: onStep)
    }
  }

  /// Counts in 40 groups with slopes that go together and no other differences.
  private func slopesAlone() throws -> DataTable {
    var random = SplitMix(seed: 6)
    let n = 600
    let g = (0..<n).map { $0 % 40 }
    let (x, z, noise) = (random.normals(n), random.normals(n), random.normals(n))
    let (slopes, others) = (random.normals(40), random.normals(40))
    let counts = (0..<n).map { row in
      let slope = 0.6 * slopes[g[row]]
      let eta = 0.6 + (0.3 + slope) * x[row] + (0.8 * slope + 0.1 * others[g[row]]) * z[row]
      return Double.exp(min(eta + 0.3 * noise[row], 5)).rounded()
    }
    return try DataTable(
      numeric: ["count": counts, "x": x, "z": z], categorical: ["g": g.map { "g\($0)" }])
  }

  @Test(
    "A generalized fit whose first effect does not vary takes another order",
    arguments: [GeneralizedCriterion.laplace, .profiledLaplace])
  func generalized(_ criterion: GeneralizedCriterion) throws {
    let problem = try GeneralizedProblem(
      "count ~ 1 + x + z + (1 + x + z | g)", data: slopesAlone(), family: .poisson)
    let model = try problem.fit(criterion: criterion)
    let plain = try problem.fit(criterion: criterion, optimizer: OtherNewton())
    #expect(model.hasConverged && model.isSingular)
    #expect(model.theta[0] < 0.1)
    #expect(2 * model.fitReport.evaluations < plain.fitReport.evaluations)
    #expect(model.objective < plain.objective + 1e-6)
    #expect(model.fitReport.steps.map(\.evaluation) == Array(1...model.fitReport.evaluations))
    var objective = problem.deviance(criterion, information: .observed)
    for step in model.fitReport.steps where step.value < .infinity {
      let value = objective.value(at: step.parameters)
      #expect(abs(value - step.value) < 1e-8 * abs(value))
    }
  }

  @Test("A fit that changes the order reports its steps in the model's order")
  func steps() throws {
    let problem = try LinearProblem(
      "reaction ~ 1 + days + (1 | subj) + (days | subj)",
      data: TestModel("", "", .named("sleepstudy")).table(),
      options: DesignOptions(categorical: ["days"]))
    let model = try problem.fit()
    #expect(model.hasConverged)
    // A published program takes thousands and stops early.
    #expect(model.fitReport.evaluations <= 20)
    for step in model.fitReport.steps where step.value < .infinity {
      let value = try problem.objective(at: step.parameters)
      #expect(abs(value - step.value) < 1e-9 * abs(value))
    }
    #expect(model.fitReport.steps.map(\.evaluation) == Array(1...model.fitReport.evaluations))
  }

  @Test("Limits hold across a change of the order")
  func limits() throws {
    let problem = try LinearProblem(
      "reaction ~ 1 + days + (1 | subj) + (days | subj)",
      data: TestModel("", "", .named("sleepstudy")).table(),
      options: DesignOptions(categorical: ["days"]))
    for limit in 5...9 {
      let model = try problem.fit(options: OptimizationOptions(maxEvaluations: limit))
      #expect(model.fitReport.evaluations == limit)
      #expect(model.fitReport.termination == .evaluationLimit)
      #expect(!model.hasConverged)
    }
    let timed = try problem.fit(options: OptimizationOptions(maxTime: 1e-9))
    #expect(timed.fitReport.evaluations == 1 && timed.fitReport.termination == .timeLimit)
  }
}
