// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The criterion by which a linear mixed model is fitted.
public enum Criterion: String, Sendable, Hashable {
  /// Maximum likelihood; the objective is minus twice the log-likelihood.
  case maximumLikelihood = "ML"
  /// Restricted (residual) maximum likelihood; the objective is the REML criterion.
  case restrictedMaximumLikelihood = "REML"
}
