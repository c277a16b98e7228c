// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ModelOptimization

/// The record of an optimization (`optsum` in MixedModels.jl, `optinfo` in lme4).
public struct FitReport: Sendable {
  public let optimizerName: String
  /// The library the optimizer comes from.
  public let backend: String
  /// The tolerances and limits that were asked for.
  public let options: OptimizationOptions
  /// How many times the criterion was evaluated.
  public let evaluations: Int
  /// How many of these evaluations included the gradient.
  public let gradientEvaluations: Int
  public let initialParameters: [Double]
  public let initialObjective: Double
  public let finalParameters: [Double]
  public let finalObjective: Double
  public let termination: Termination
  /// Every evaluation in order: the fit log.
  public let steps: [OptimizationStep]
}
