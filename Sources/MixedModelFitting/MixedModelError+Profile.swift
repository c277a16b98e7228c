// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

extension MixedModelError {
  static func noLikelihoodToProfile(_ criterion: String, family: String) -> MixedModelError {
    MixedModelError(
      .model, .nothing,
      problem: "A \(family) model fitted by the criterion \"\(criterion)\" has no likelihood in all "
        + "of its parameters to be profiled.",
      remedy: "Fit it by the Laplace approximation or by quadrature, with a family that has a "
        + "likelihood.")
  }
}
