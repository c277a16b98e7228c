// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import Foundation
import MixedModelFitting
import TestSupport
import Testing

/// Dense n × n algebra and the blocked solution agree to about 1e-11.
private let tolerance = 1e-9

@Suite("Penalized least squares")
struct PenalizedLeastSquaresTests {
  private struct Solved {
    let problem: LinearProblem
    let theta: [Double]
    let solution: LeastSquaresSolution
    let dense: DenseModel
  }

  private func solve(_ model: TestModel, seed: UInt64) throws -> Solved {
    let problem = try model.problem()
    var random = SplitMix(seed: seed)
    let theta = problem.randomTheta(&random)
    let factors = problem.covariance.factors(theta)
    var leastSquares = PenalizedLeastSquares(problem.crossProducts, layout: try problem.layout)
    #expect(leastSquares.factorize(factors) == nil)
    return Solved(
      problem: problem, theta: theta, solution: leastSquares.solution(factors: factors),
      dense: DenseModel(problem))
  }

  @Test(
    "Coefficients, modes and residual sum solve the penalized problem in the data's own units",
    arguments: TestModel.structures)
  func solution(_ model: TestModel) throws {
    let solved = try solve(model, seed: 1)
    let (solution, dense) = (solved.solution, solved.dense)
    let profile = dense.profile(theta: solved.theta, criterion: .maximumLikelihood)
    let beta = Matrix(column: solved.problem.crossProducts.basis.coefficients(solution.coordinates))
    #expect(beta.relativeDifference(to: Matrix(column: profile.beta)) < tolerance)

    // û = Λ'Z'V⁻¹(y - Xβ̂), from the joint density of response and random effects.
    let half = dense.scaledRandomEffectsMatrix(solved.theta)
    let residual = dense.y - dense.x * beta
    let weighted = dense.relativeCovariance(solved.theta).solve(residual)
    let modes = half.transposed * weighted
    #expect(
      Matrix(column: solution.sphericalRandomEffects).relativeDifference(to: modes) < tolerance)

    // ρ² = (y - Xβ̂)'V⁻¹(y - Xβ̂), which is also ‖W^½(y - Xβ̂ - ZΛû)‖² + ‖û‖².
    let square = (residual.transposed * weighted)[0, 0]
    #expect(abs(solution.penalizedResidualSumOfSquares - square) < tolerance * square)
    let rest = residual - half * modes
    let penalized =
      (0..<dense.rowCount).reduce(0) { $0 + dense.weights[$1] * rest[$1, 0] * rest[$1, 0] }
      + (modes.transposed * modes)[0, 0]
    #expect(abs(penalized - square) < tolerance * square)
  }

  @Test(
    "The determinants are those of V and of the fixed effects' information",
    arguments: TestModel.structures)
  func determinants(_ model: TestModel) throws {
    let solved = try solve(model, seed: 2)
    let basis = solved.problem.crossProducts.basis
    let v = solved.dense.relativeCovariance(solved.theta)
    // |V| = |W⁻¹| |Λ'Z'WZΛ + I|
    let logDeterminant = solved.solution.logDeterminant - solved.problem.crossProducts.logWeightSum
    #expect(abs(logDeterminant - v.logDeterminant) < tolerance * max(1, abs(logDeterminant)))
    guard basis.rank > 0 else { return }
    let information = solved.dense.x.transposed * v.solve(solved.dense.x)
    let expected = information.logDeterminant + 2 * basis.logDeterminant
    #expect(
      abs(solved.solution.fixedEffectsLogDeterminant - expected) < tolerance * max(1, abs(expected))
    )
    let covariance = basis.covariance(solved.solution.inverseFixedEffectsInformation, scale: 1)
    #expect(covariance.relativeDifference(to: information.inverse) < tolerance)
  }

  // d(θ, β, σ) = n log 2πσ² + log|L|² + r²(β)/σ², with r²(β) = ρ² + ‖R(β - β̂)‖².
  @Test(
    "The unprofiled deviance at any coefficients and sigma is the normal density",
    arguments: TestModel.structures)
  func unprofiled(_ model: TestModel) throws {
    let solved = try solve(model, seed: 3)
    let (solution, basis) = (solved.solution, solved.problem.crossProducts.basis)
    let n = Double(solved.dense.rowCount)
    var random = SplitMix(seed: 4)
    for _ in 0..<5 {
      let sigma = 0.5 + abs(random.normal())
      let shift = random.normals(basis.rank)
      let beta = basis.coefficients(zip(solution.coordinates, shift).map { $0 + $1 })
      let image = solution.fixedEffectsFactor.transposed * Matrix(column: shift)
      let square = solution.penalizedResidualSumOfSquares + (image.transposed * image)[0, 0]
      let deviance =
        n * log(2 * .pi * sigma * sigma) + solution.logDeterminant
        - solved.problem.crossProducts.logWeightSum + square / (sigma * sigma)
      let expected = solved.dense.deviance(
        theta: solved.theta, beta: Matrix(column: beta), sigma: sigma)
      #expect(abs(deviance - expected) < tolerance * max(1, abs(expected)))
    }
  }
}
