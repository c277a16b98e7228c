// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModels

/// What is measured of one model.
struct CaseMeasurement: Codable, Sendable {
  let name: String
  let objective: Double
  /// Whether the certificate of the optimum holds.
  let isMinimum: Bool
  /// The optimizer's parameters; of a generalized model all that are estimated.
  let parameterCount: Int
  let evaluations: Int
  /// From a table in memory to a fitted model, the certificate of the optimum included.
  let wholeFit: Timing
  /// From a prepared problem to a fitted model.
  let fit: Timing
  /// One value of the criterion; linear models only.
  let value: Timing?
  /// One value with its exact gradient and the model of the Hessian; linear models only.
  ///
  /// That of a generalized model includes a search for the modes, whose length depends on where
  /// the last one ended: repeated at one place it would look too cheap.
  let valueWithDerivatives: Timing?

  /// - Parameter budget: seconds for each of the timings.
  init(_ benchmark: BenchmarkCase, budget: Double) throws {
    let table = try benchmark.table()
    let problem = try benchmark.problem(table)
    let model = try problem.fit()
    name = benchmark.name
    objective = model.objective
    isMinimum = model.certificate.isMinimum
    evaluations = model.fitReport.evaluations
    // The formula is read as well: the other programs are given text.
    wholeFit = try Stopwatch.time(budget: budget) { _ = try benchmark.problem(table).fit() }
    fit = try Stopwatch.time(budget: budget) { _ = try problem.fit() }
    guard case .linear(let problem) = problem else {
      parameterCount = model.parameterCount
      value = nil
      valueWithDerivatives = nil
      return
    }
    parameterCount = model.theta.count
    let timer = EvaluationTimer(budget: budget)
    _ = try problem.fit(optimizer: timer, options: OptimizationOptions(start: model.theta))
    guard let evaluation = timer.box.result.withLock({ $0 }) else {
      preconditionFailure("The optimizer was not called.")
    }
    value = evaluation.value
    valueWithDerivatives = evaluation.valueWithDerivatives
  }
}
