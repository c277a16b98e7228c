// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

extension LinearMixedModel {
  /// The relative covariance factors of all terms, in model order.
  public var termFactors: [Matrix] { problem.termFactors(internalTheta) }
}

extension GeneralizedLinearMixedModel {
  /// The covariance factors of all terms, in model order, absolute.
  public var termFactors: [Matrix] { problem.termFactors(internalTheta) }
}

extension MixedModel {
  /// The covariance factor `λ` of a grouping factor, lower-triangular, `k × k`, relative to sigma in
  /// a linear model and absolute in a generalized one: the effects of a level have the covariance
  /// `σ² λ λ'` or `λ λ'`. It is `nil` if the model has no such grouping factor.
  ///
  /// R: `getME(model, "Tlist")`. MixedModels.jl: `model.λ`.
  public func relativeCovarianceFactor(_ groupingFactor: String) -> Matrix? {
    zip(design.randomEffects, termFactors)
      .first { $0.0.groupingFactor == groupingFactor }?.1
  }

  /// Whether some covariance matrix of random effects is singular: an effect, or a combination of
  /// effects, has exactly zero variance.
  ///
  /// R: `isSingular`. MixedModels.jl: `issingular`.
  public var isSingular: Bool { !singularGroupingFactors().isEmpty }

  /// Whether some diagonal entry of a covariance factor is at most the tolerance.
  ///
  /// Such a covariance matrix is singular, or nearly so in units of the residual variance. The
  /// entries depend on the units of the covariates. Source: lme4, `isSingular(tol = 1e-4)`.
  public func isSingular(tolerance: Double) -> Bool {
    !singularGroupingFactors(tolerance: tolerance).isEmpty
  }

  /// The grouping factors whose covariance matrix is singular, in model order.
  func singularGroupingFactors(tolerance: Double = 0) -> [String] {
    // Lambda is triangular, so it is singular exactly if a diagonal entry is zero.
    zip(design.randomEffects, termFactors)
      .filter { term, lambda in
        (0..<term.dimension).contains { abs(lambda[$0, $0]) <= tolerance }
      }
      .map { $0.0.groupingFactor }
  }
}
