// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import ModelOptimization

/// A criterion whose parameters include covariance parameters theta, sign-free and unbounded.
protocol CovarianceCriterion: SecondOrderObjective {
  var covariance: RelativeCovarianceFactor { get }
  /// The places of theta among the parameters.
  var thetaRange: Range<Int> { get }
  /// Whether an evaluation costs so little that the exact Hessian may be found by differences.
  var isCheap: Bool { get }

  /// Below this decrement, which is in units of the parameters' standard errors, they are settled.
  var settledDecrement: Double { get }

  /// The value, as an objective's, but without an error: there is always another theta to try.
  mutating func value(at parameters: [Double]) -> Double

  /// The value and derivatives, likewise.
  mutating func evaluate(at parameters: [Double], into point: inout ObjectivePoint)

  /// The derivative of the criterion with respect to each term's covariance matrix.
  mutating func covarianceGradients(at parameters: [Double]) -> [Matrix]?

  /// Parameters that stand for all those which the data cannot tell from these; `nil` if these are
  /// identified.
  mutating func identifiedParameters(_ parameters: [Double]) -> [Double]?

  /// The mean squares of the random effects' covariates, one per effect of each term, or a multiple of
  /// them; `nil`, the default, if the criterion cannot take the effects in another order.
  var effectMeanSquares: [[Double]]? { get }

  /// The same criterion with the effects in another order.
  func reordered(to order: EffectOrder) -> Self
}

extension CovarianceCriterion {
  var settledDecrement: Double { 1e-6 }
  var effectMeanSquares: [[Double]]? { nil }
  func reordered(to order: EffectOrder) -> Self { self }
}
