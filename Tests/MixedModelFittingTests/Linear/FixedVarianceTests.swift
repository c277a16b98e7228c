// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import ModelOptimization
import TestSupport
import Testing

@testable import MixedModelFitting

@Suite("The criterion with a known residual variance")
struct FixedVarianceTests {
  @Test(
    "The gradient agrees with sixth-order central differences of the value",
    arguments: TestModel.structures, TestModel.criteria)
  func gradient(_ model: TestModel, criterion: Criterion) throws {
    let problem = try model.problem()
    var random = SplitMix(seed: 12)
    for share in [0.3, 1, 4] {
      let theta = problem.randomTheta(&random)
      var objective = try problem.profiledDeviance(
        criterion, residualVariance: share * (try variance(problem, theta, criterion)))
      var point = ObjectivePoint(parameterCount: theta.count)
      objective.evaluate(at: theta, into: &point)
      #expect(abs(point.value - objective.value(at: theta)) < 1e-9 * max(1, abs(point.value)))
      let differences = try FiniteDifferences.gradient(of: &objective, at: theta, order: .sixth)
      let scale = differences.reduce(1) { max($0, abs($1)) }
      for (exact, difference) in zip(point.gradient, differences) {
        // The differences themselves are good to about 1e-9.
        #expect(abs(exact - difference) < 1e-6 * scale)
      }
    }
  }

  @Test(
    "At the variance that profiling finds, value and gradient are the profiled ones",
    arguments: TestModel.structures, TestModel.criteria)
  func profiled(_ model: TestModel, criterion: Criterion) throws {
    let problem = try model.problem()
    var random = SplitMix(seed: 13)
    let theta = problem.randomTheta(&random)
    let expected = try problem.evaluation(at: theta, criterion: criterion)
    var objective = try problem.profiledDeviance(
      criterion, residualVariance: try variance(problem, theta, criterion))
    var point = ObjectivePoint(parameterCount: theta.count)
    objective.evaluate(at: theta, into: &point)
    #expect(abs(point.value - expected.value) < 1e-10 * max(1, abs(expected.value)))
    for (a, b) in zip(point.gradient, expected.gradient) {
      #expect(abs(a - b) < 1e-9 * max(1, abs(b)))
    }
    // Profiling takes a positive matrix of rank one off the model Hessian.
    let difference = point.hessian.values.indices.map {
      point.hessian.values[$0] - expected.hessian.values[$0]
    }
    let count = theta.count
    for i in 0..<count {
      for j in 0..<count {
        let minor =
          difference[i * (count + 1)] * difference[j * (count + 1)]
          - difference[i + j * count] * difference[i + j * count]
        #expect(abs(minor) < 1e-7 * (1 + difference[i * (count + 1)] * difference[j * (count + 1)]))
      }
      #expect(difference[i * (count + 1)] > -1e-9)
    }
  }

  /// The residual variance profiled out at theta, in units of the response.
  private func variance(
    _ problem: LinearProblem, _ theta: [Double], _ criterion: Criterion
  ) throws -> Double {
    var objective = try problem.profiledDeviance(criterion)
    let computed = objective.solution(at: theta)
    let solution = try #require(computed)
    let scale = problem.crossProducts.basis.responseScale
    return objective.residualVariance(solution) * scale * scale
  }
}
