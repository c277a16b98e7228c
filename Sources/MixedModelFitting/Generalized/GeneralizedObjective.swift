// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// A criterion for generalized models that is built about the conditional modes: the Laplace
/// approximation, or a refinement of it with the same parameters.
protocol GeneralizedObjective: CovarianceCriterion {
  /// The Laplace approximation, with the modes that were found last.
  var laplace: LaplaceDeviance { get set }
}

extension GeneralizedObjective {
  /// The exact Hessian is found anyway where standard errors are wanted from it.
  var isCheap: Bool { false }
}

extension LaplaceDeviance: GeneralizedObjective {
  var laplace: LaplaceDeviance {
    get { self }
    set { self = newValue }
  }
}
