// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelDatasets
import MixedModels

/// What is measured of one model.
struct CaseMeasurement: Codable, Sendable {
  let name: String
  let objective: Double
  /// Whether the certificate of the optimum holds.
  let isMinimum: Bool
  let parameterCount: Int
  let evaluations: Int
  /// From a table in memory to a fitted model, the certificate of the optimum included.
  let wholeFit: Timing
  /// From a prepared problem to a fitted model.
  let fit: Timing
  /// One value of the criterion.
  let value: Timing
  /// One value with its exact gradient and the model of the Hessian.
  let valueWithDerivatives: Timing

  /// - Parameter budget: seconds for each of the four timings.
  init(_ benchmark: BenchmarkCase, budget: Double) throws {
    let table = try Dataset.named(benchmark.data).table
    let formula = try Formula(benchmark.formula)
    let options = benchmark.options()
    let problem = try LinearProblem(formula, data: table, options: options)
    let model = try problem.fit()
    name = benchmark.name
    objective = model.objective
    isMinimum = model.certificate.isMinimum
    parameterCount = model.theta.count
    evaluations = model.fitReport.evaluations
    wholeFit = try Stopwatch.time(budget: budget) {
      // The formula is read as well: the other programs are given text.
      let formula = try Formula(benchmark.formula)
      _ = try LinearMixedModel.fit(formula, data: table, options: options)
    }
    fit = try Stopwatch.time(budget: budget) { _ = try problem.fit() }
    let timer = EvaluationTimer(budget: budget)
    _ = try problem.fit(optimizer: timer, options: OptimizationOptions(start: model.theta))
    guard let evaluation = timer.box.result.withLock({ $0 }) else {
      preconditionFailure("The optimizer was not called.")
    }
    value = evaluation.value
    valueWithDerivatives = evaluation.valueWithDerivatives
  }
}
