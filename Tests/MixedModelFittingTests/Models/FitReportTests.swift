// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ModelOptimization
import Testing

@testable import MixedModelFitting

@Suite("The record of an optimization")
struct FitReportTests {
  @Test("With an NLopt optimizer the text is the seed's, byte by byte (A5.1)")
  func seed() {
    let report = FitReport(
      optimizerName: "bobyqa", backend: "nlopt",
      options: OptimizationOptions(lowerBounds: [0, -.infinity, 0]),
      evaluations: 57, gradientEvaluations: 0, initialParameters: [1, 0, 1],
      initialObjective: 1784.642296192471,
      finalParameters: [0.9292213103503763, 0.018168372482181838, 0.22264487798243643],
      finalObjective: 1751.9393444646898, termination: .valueTolerance, steps: [])
    // As printed, but for our own rule on exact zeros.
    let expected = [
      "Initial parameter vector: [1.0, 0.0, 1.0]", "Initial objective value:  1784.642296192471",
      "", "Backend:                  nlopt", "Optimizer:                LN_BOBYQA",
      "Lower bounds:             [0.0, -Inf, 0.0]", "ftol_rel:                 1.0e-12",
      "ftol_abs:                 1.0e-8", "xtol_rel:                 0.0",
      "xtol_abs:                 [1.0e-10, 1.0e-10, 1.0e-10]",
      "initial_step:             [0.75, 1.0, 0.75]", "maxfeval:                 -1",
      "maxtime:                  -1.0", "", "Function evaluations:     57",
      "xtol_zero_abs:            0.001", "ftol_zero_abs:            1.0e-9",
      "Final parameter vector:   [0.9292213103503763, 0.018168372482181838, 0.22264487798243643]",
      "Final objective value:    1751.9393444646898", "Return code:              FTOL_REACHED",
    ]
    #expect(report.description == expected.joined(separator: "\n"))
  }

  @Test("The package's own method says what is true of it (A5.1)")
  func own() throws {
    let report = try ModelFits.sleepstudy().fitReport
    let lines = report.description.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.contains { $0.hasPrefix("Initial parameter vector: [0.96") })
    #expect(lines.contains("Backend:                  mixedmodels"))
    #expect(lines.contains("Optimizer:                trustregion"))
    #expect(lines.contains("Lower bounds:             [-Inf, -Inf, -Inf]"))
    #expect(lines.contains("Return code:              FTOL_REACHED"))
    #expect(lines.contains("Function evaluations:     \(report.evaluations)"))
  }

  @Test("The log begins at the start (A5.5)")
  func log() throws {
    let report = try ModelFits.sleepstudy().fitReport
    let first = try #require(report.steps.first)
    #expect(first.parameters == report.initialParameters)
    #expect(first.value == report.initialObjective)
    #expect(report.steps.map(\.evaluation) == Array(1...report.evaluations))
    #expect(report.finalObjective <= 1751.9393444646898)
    #expect(report.steps.allSatisfy { $0.value >= report.finalObjective - 1e-8 })
  }

  @Test("Signs are canonical and small parameters exactly zero (A5.3, A5.8)")
  func canonical() throws {
    let report = try ModelFits.dyestuff2().fitReport
    #expect(report.finalParameters == [0])
    #expect(abs(report.finalObjective - 162.873036653826) < 1e-8)
    // From a start of the wrong sign the result has the usual one.
    let model = try ModelFits.sleepstudy(optimization: OptimizationOptions(start: [-1, 0, -1]))
    #expect(model.theta[0] > 0 && model.theta[2] > 0)
    #expect(abs(model.objective - 1751.9393444632) < 1e-7)
  }

  @Test(
    "Numbers are written as Julia writes them",
    arguments: [
      (1e6, "1.0e6"), (999999.5, "999999.5"), (123456.0, "123456.0"), (0.0001, "0.0001"),
      (0.00012, "0.00012"), (0.00001, "1.0e-5"), (1.5e-7, "1.5e-7"), (-2.5, "-2.5"),
      (1234567.25, "1.23456725e6"), (1e300, "1.0e300"), (100, "100.0"), (0.05, "0.05"),
    ])
  func numbers(value: Double, text: String) {
    let report = FitReport(
      optimizerName: "trustregion", backend: "mixedmodels", options: OptimizationOptions(),
      evaluations: 1,
      gradientEvaluations: 1, initialParameters: [], initialObjective: value, finalParameters: [],
      finalObjective: 0, termination: .converged, steps: [])
    #expect(report.description.contains("Initial objective value:  \(text)\n"))
  }
}
