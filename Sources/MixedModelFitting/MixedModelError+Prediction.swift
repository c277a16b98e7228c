// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

// The errors of predictions: each failure's wording in one place.

extension MixedModelError {
  static func unknownGroupingFactor(_ name: String, available: [String]) -> MixedModelError {
    MixedModelError(
      .option, .option("random-effects"),
      problem: "The model has no grouping factor \"\(name)\" to condition on.",
      remedy: sentences(
        suggestion(for: name, in: available),
        "Grouping factors: \(quotedList(available, limit: 12))."))
  }

  static func averageUndefined(_ link: any Link) -> MixedModelError {
    MixedModelError(
      .option, .option("other-effects"),
      problem: "With the link \(link.name) not every linear predictor has a mean, so there is no "
        + "average over normal random effects.",
      remedy: "Predict with the random effects at zero.")
  }

  static func levelOutOfRange(_ level: Double) -> MixedModelError {
    MixedModelError(
      .option, .option("level"), problem: "An interval cannot have the level \(numberText(level)).",
      remedy: "The level is a probability between 0 and 1, such as 0.95.")
  }

  static func degreesOfFreedomNotPositive(_ value: Double) -> MixedModelError {
    MixedModelError(
      .option, .option("ddf"),
      problem: "An interval cannot have \(numberText(value)) degrees of freedom.",
      remedy: "They are positive; infinite for the normal distribution.")
  }

  static func predictionIntervalOfLinearPredictor() -> MixedModelError {
    MixedModelError(
      .option, .option("scale"),
      problem: "A new observation of a generalized model is on the scale of the response, not of "
        + "the linear predictor.",
      remedy: "Ask for the scale of the response, or for a confidence interval.")
  }

  static func noDistribution(of family: any Family) -> MixedModelError {
    MixedModelError(
      .option, .option("interval"),
      problem: "The family \(family.name) has no distribution function, so there is no prediction "
        + "interval for a new observation.",
      remedy: "Ask for a confidence interval.")
  }

  static func simultaneousObservationsOfGeneralizedModel() -> MixedModelError {
    MixedModelError(
      .option, .option("simultaneous"),
      problem:
        "In a generalized model only intervals for the mean can hold all together: those for "
        + "new observations are quantiles.",
      remedy: "Ask for a confidence interval, or for each interval by itself.")
  }

  static func degreesOfFreedomOfGeneralizedObservations() -> MixedModelError {
    MixedModelError(
      .option, .option("ddf"),
      problem: "In a generalized model intervals for new observations are quantiles of their "
        + "distribution, to which degrees of freedom do not apply.",
      remedy: "Leave them out, or ask for a confidence interval.")
  }
}
