// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

// The errors of adaptive quadrature: each refusal's wording in one place.

extension MixedModelError {
  static func quadratureOverSeveralFactors(
    points: Int, _ groupingFactors: [String]
  ) -> MixedModelError {
    MixedModelError(
      .option, .option("nagq"),
      problem: "Quadrature with \(points) points needs a single grouping factor, and the model has "
        + "\(groupingFactors.count): \(groupingFactors.joined(separator: ", ")).",
      remedy: "Use the Laplace approximation, 1 point, which every model accepts.")
  }

  static func quadratureOverTooManyEffects(
    points: Int, _ term: RandomEffectsTerm, accepted: Int
  ) -> MixedModelError {
    let names = term.effectNames.joined(separator: ", ")
    return MixedModelError(
      .option, .option("nagq"),
      problem: "Quadrature with \(points) points is over \(term.effectNames.count) random effects "
        + "per level of \(term.groupingFactor): \(names).",
      remedy: "It accepts up to \(accepted); the Laplace approximation, 1 point, accepts every "
        + "model.")
  }

  static func quadraturePointsOutOfRange(
    _ points: Int, _ term: RandomEffectsTerm, accepted: ClosedRange<Int>
  ) -> MixedModelError {
    let effectCount = term.effectNames.count
    let effects = effectCount == 1 ? "1 random effect" : "\(effectCount) random effects"
    return MixedModelError(
      .option, .option("nagq"),
      problem: "Quadrature cannot have \(points) points for \(effects) per level of "
        + "\(term.groupingFactor).",
      remedy: "It accepts from \(accepted.lowerBound), the Laplace approximation, to "
        + "\(accepted.upperBound) points for each effect.")
  }
}
