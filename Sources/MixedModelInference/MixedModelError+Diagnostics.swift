// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

// The errors of diagnostics and robust covariance matrices: each failure's wording in one place.

extension MixedModelError {
  /// - Parameter purpose: the subject of the sentence's object, as in `influence`.
  static func rowsNeeded(for purpose: String) -> MixedModelError {
    MixedModelError(
      .unavailable, .nothing,
      problem: "The rows of the data are needed for \(purpose), and this model does not hold them.",
      remedy: "Restore the model from its data first.")
  }

  static func singleObservationsNeeded(for purpose: String) -> MixedModelError {
    MixedModelError(
      .unavailable, .nothing,
      problem: "With frequency weights a row stands for several observations, and rows of single "
        + "ones are needed for \(purpose).",
      remedy: "Fit the model to a table in which each row is repeated as often as it counts.")
  }

  static func unknownGroupingFactor(_ name: String, available: [String]) -> MixedModelError {
    let nearest = suggestion(for: name, in: available)
    return MixedModelError(
      .unknownName, .term(name), problem: "The model has no grouping factor \"\(name)\".",
      remedy: (nearest.isEmpty ? "" : nearest + " ")
        + "Grouping factors: \(available.joined(separator: ", ")).")
  }

  static func groupsOfOtherTable(_ count: Int, expected: Int) -> MixedModelError {
    MixedModelError(
      .data, .nothing,
      problem: "The table has \(count) rows, and that of the fit had \(expected).",
      remedy: "Give the table that the model was fitted to.")
  }

  static func rowWithoutGroup(_ column: String, rowNumber: Int) -> MixedModelError {
    MixedModelError(
      .data, .column(column),
      problem: "The column \"\(column)\" has no value in row \(rowNumber), which the fit used.",
      remedy: "Every row of the fit needs a group.")
  }

  static func singleCluster(of name: String) -> MixedModelError {
    MixedModelError(
      .model, .term(name), problem: "All rows are in one cluster of \(name).",
      remedy:
        "A robust covariance matrix needs two clusters or more, and rests on there being many.")
  }

  static func clustersShareLevel(
    _ level: String, of groupingFactor: String, clusters: String
  ) -> MixedModelError {
    MixedModelError(
      .model, .term(groupingFactor),
      problem: "Clusters must be independent, and several of \(clusters) have rows of the level "
        + "\"\(level)\" of \(groupingFactor).",
      remedy: "Cluster by something in which all grouping factors are nested; crossed ones have no "
        + "cluster-robust covariance matrix.")
  }

  static func biasReductionOfGeneralizedModel(_ family: String) -> MixedModelError {
    MixedModelError(
      .option, .option("robust"),
      problem: "The correction cr2 is for linear models, and this is a \(family) model.",
      remedy: "Use cr0 or cr1.")
  }

  static func noResidualVariance(family: String, link: String) -> MixedModelError {
    MixedModelError(
      .unavailable, .nothing,
      problem:
        "R-squared and intraclass correlation of a \(family) model with \(link) link are not "
        + "defined: its residual variance on the scale of the link has no accepted form.",
      remedy: "They are defined for gaussian models with identity link, binomial ones with logit, "
        + "probit and cloglog, and poisson, negativebinomial and gamma ones with log.")
  }

  static func tooFewTermsForInflation() -> MixedModelError {
    MixedModelError(
      .unavailable, .nothing,
      problem: "The model has fewer than two fixed-effects terms beside the intercept.",
      remedy: "Variance inflation compares a term with others.")
  }

  static func checkOfOtherFamily(
    _ check: String, _ family: String, accepted: String
  ) -> MixedModelError {
    MixedModelError(
      .unavailable, .nothing, problem: "There is no check for \(check) of a \(family) model.",
      remedy: "It is for \(accepted).")
  }

  static func noResidualDegreesOfFreedom(rows: Int, parameters: Int) -> MixedModelError {
    MixedModelError(
      .data, .nothing,
      problem:
        "The model has \(parameters) parameters for \(rows) rows: nothing is left to measure "
        + "dispersion by.")
  }

  static func simulationCount(_ count: Int, greatest: Int) -> MixedModelError {
    MixedModelError(
      .option, .option("simulations"),
      problem: "The option simulations does not accept \"\(count)\".",
      remedy: "It takes a whole number from two to \(greatest.groupedText).")
  }
}
