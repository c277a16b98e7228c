// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors
import ModelFormulas
import ModelOptimization
import TestSupport
import Testing

@testable import MixedModelFitting

/// A limit that passes while derivatives are computed ends the evaluation, not only the next one.
@Suite("Time limits within evaluations")
struct TimeLimitTests {
  /// 30 correlated effects of each of 40 levels: 465 parameters.
  private func problem() throws -> LinearProblem {
    var random = SplitMix(seed: 8)
    let rows = 0..<40 * 60
    let noise = random.normals(rows.count)
    let table = try DataTable(
      numeric: ["y": rows.map { noise[$0] + Double($0 % 7) }],
      categorical: ["f": rows.map { "f\($0 % 30)" }, "g": rows.map { "g\($0 / 60)" }])
    return try LinearProblem("y ~ 1 + (0 + f | g)", data: table)
  }

  @Test("The first evaluation ends with its value, and the fit at the start")
  func firstEvaluation() throws {
    let problem = try problem()
    #expect(problem.covarianceParameterCount == 465)
    let model = try problem.fit(options: OptimizationOptions(maxTime: 1e-6))
    #expect(model.fitReport.termination == .timeLimit)
    #expect(model.fitReport.evaluations == 1)
    #expect(model.fitReport.gradientEvaluations == 0)
    #expect(model.certificate.gradientNorm.isNaN)
    #expect(!model.hasConverged)
    #expect(
      model.notes.filter { if case .derivativesNotFinite = $0 { true } else { false } }.isEmpty)
    let value = try problem.objective(at: model.theta)
    #expect(abs(model.objective - value) < 1e-9 * abs(value))
  }

  @Test("A point knows whether its derivatives were found in time")
  func points() throws {
    var objective = try problem().profiledDeviance(.maximumLikelihood)
    let start = objective.covariance.identityParameters
    var expected = ObjectivePoint(parameterCount: start.count)
    objective.evaluate(at: start, into: &expected)
    var point = expected
    point.deadline = .now
    objective.evaluate(at: start, into: &point)
    #expect(point.isInterrupted)
    #expect(point.value == expected.value)
    point.deadline = .now + .seconds(1000)
    objective.evaluate(at: start, into: &point)
    #expect(!point.isInterrupted)
    #expect(point.gradient == expected.gradient)
    #expect(point.hessian == expected.hessian)
  }
}
