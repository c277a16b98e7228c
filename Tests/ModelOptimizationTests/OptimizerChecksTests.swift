// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelTesting
import ModelOptimization
import Testing

/// An optimizer with one fault, the rest being Newton's method.
struct FaultyOptimizer: Optimizer {
  enum Fault: String, CaseIterable {
    case name, silent, shortLog, notBest, endlessSuccess, ignoresLimit, acceptsAnyOption
    case miscountsGradients, givesUp
  }

  let fault: Fault
  var name: String { fault == .name ? "" : "faulty" }

  func minimize<O: SecondOrderObjective>(
    _ objective: inout O, from start: [Double], options: OptimizationOptions,
    onStep: (@Sendable (OptimizationStep) -> Void)?
  ) throws(MixedModelError) -> Optimum {
    var options = options
    if fault == .ignoresLimit { options.maxEvaluations = nil }
    if fault == .givesUp { options.maxEvaluations = 2 }
    if fault == .acceptsAnyOption { options = OptimizationOptions() }
    let sound = try TrustRegionNewton().minimize(
      &objective, from: start, options: options, onStep: fault == .silent ? nil : onStep)
    let worst = sound.steps.max { $0.value < $1.value } ?? sound.steps[0]
    return Optimum(
      parameters: fault == .notBest ? worst.parameters : sound.parameters,
      value: fault == .notBest ? worst.value : sound.value, gradient: nil, hessian: nil,
      gradientEvaluations: fault == .miscountsGradients ? 0 : sound.gradientEvaluations,
      termination: fault == .endlessSuccess ? .converged : sound.termination,
      steps: fault == .shortLog ? Array(sound.steps.dropLast()) : sound.steps)
  }
}

@Suite("The checks of optimizers")
struct OptimizerChecksTests {
  @Test("Each fault is found", arguments: FaultyOptimizer.Fault.allCases)
  func fault(_ fault: FaultyOptimizer.Fault) {
    #expect(!OptimizerChecks.failures(of: FaultyOptimizer(fault: fault)).isEmpty)
  }
}
