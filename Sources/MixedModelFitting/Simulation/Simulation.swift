// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import StatisticalFunctions

/// A fitted model from which new responses for its own rows can be drawn, and which can be fitted
/// to them: what the parametric bootstrap and simulated tests need.
public protocol Resimulatable: MixedModel {
  /// The response of each row used.
  var response: [Double] { get }

  /// What responses of the rows used are drawn from.
  func responseDistribution(randomEffects: SimulatedRandomEffects) -> ResponseDistribution

  /// The same model fitted to another response of the same rows; this one does not change.
  ///
  /// R: `refit`. MixedModels.jl: `refit!`. MATLAB: `refit`.
  /// - Parameter response: one value for each row used, in their order; proportions for a binomial
  ///   model, counts over their weights for the others.
  /// - Throws: ``MixedModelError`` if a value is outside the family's domain, or the model cannot
  ///   be fitted to the response.
  func refitted(to response: [Double]) throws(MixedModelError) -> Self
}

extension Resimulatable {
  /// A random response of the rows used, in their order: proportions for a binomial model, counts
  /// over their weights for the others.
  ///
  /// R: `simulate(use.u)`. MixedModels.jl: `simulate`. MATLAB: `random`.
  /// - Parameter randomEffects: whether random effects are drawn anew or stay as they are.
  /// - Throws: ``MixedModelError`` if the family has no draws, a simulated mean is outside its range,
  ///   or a row stands for several observations, whose responses would differ.
  /// - Complexity: O(n (p + Σ k)).
  public func simulatedResponse(
    randomEffects: SimulatedRandomEffects = .new, using generator: inout some RandomNumberGenerator
  ) throws(MixedModelError) -> [Double] {
    try responseDistribution(randomEffects: randomEffects).draw(using: &generator)
  }

  /// Random responses of the rows used, each in their order.
  ///
  /// Response r, counted from one, is drawn from stream r of the seed: it does not depend on how
  /// many there are, and is that of replicate r of a bootstrap with the same seed.
  ///
  /// R: `simulate(nsim, seed, use.u)`. MixedModels.jl: `simulate`. MATLAB: `random`.
  /// - Throws: ``MixedModelError`` if the count is not positive or more than the machine can hold, the family has no draws, a simulated
  ///   mean is outside its range, or a row stands for several observations, whose responses would
  ///   differ.
  public func simulatedResponses(
    count: Int, seed: UInt64, randomEffects: SimulatedRandomEffects = .new
  ) throws(MixedModelError) -> [[Double]] {
    try responseDistribution(randomEffects: randomEffects).draws(count: count, seed: seed)
  }
}

extension LinearMixedModel: Resimulatable {
  public func responseDistribution(
    randomEffects: SimulatedRandomEffects
  ) -> ResponseDistribution {
    ResponseDistribution(
      self, rows: problem.rows, weights: problem.rows.weights, randomEffects: randomEffects)
  }
}

extension GeneralizedLinearMixedModel: Resimulatable {
  /// The response of each row used (`response` in MATLAB, `model.y` in MixedModels.jl).
  public var response: [Double] { problem.rows.response }

  public func responseDistribution(
    randomEffects: SimulatedRandomEffects
  ) -> ResponseDistribution {
    ResponseDistribution(
      self, rows: problem.rows, weights: problem.weights, randomEffects: randomEffects)
  }
}
