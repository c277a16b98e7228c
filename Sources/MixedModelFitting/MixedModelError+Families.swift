// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import ModelFormulas

// The errors of families and links: each failure's wording in one place.

extension MixedModelError {
  static func unknownFamily(_ name: String, available: [String]) -> MixedModelError {
    MixedModelError(
      .option, .option("family"), problem: "There is no family \"\(name)\".",
      remedy: sentences(
        suggestion(for: name, in: available), "Families: \(available.joined(separator: ", "))."))
  }

  static func unknownLink(_ name: String, available: [String]) -> MixedModelError {
    MixedModelError(
      .option, .option("link"), problem: "There is no link \"\(name)\".",
      remedy: sentences(
        suggestion(for: name, in: available), "Links: \(available.joined(separator: ", "))."))
  }

  static func unreadablePower(_ text: String) -> MixedModelError {
    MixedModelError(
      .option, .option("link"),
      problem: "The power \"\(text)\" of the link power:\(text) is not a number.",
      remedy: "Write a number other than zero after the colon, such as power:0.5.")
  }

  static func powerLinkExponent(_ exponent: Double) -> MixedModelError {
    MixedModelError(
      .option, .option("link"),
      problem: "A power link cannot have the exponent \(numberText(exponent)).",
      remedy: exponent == 0
        ? "The limit at zero is the log link." : "It must be a finite number other than zero.")
  }

  static func sizeNotPositive(_ size: Double) -> MixedModelError {
    MixedModelError(
      .option, .option("size-parameter"),
      problem: "The size parameter of the negative binomial family is \(numberText(size)).",
      remedy: "It must be positive and finite; it is estimated when it is not given.")
  }

  static func sizeOfOtherFamily(_ size: Double, family: String) -> MixedModelError {
    MixedModelError(
      .option, .option("size-parameter"),
      problem: "A size parameter of \(numberText(size)) is given, and the \(family) family has "
        + "none.",
      remedy: "Choose the negativebinomial family, or leave the size parameter out.")
  }

  static func responseOutsideDomain(
    _ name: String, value: Double, rowNumber: Int, problem: ResponseProblem
  ) -> MixedModelError {
    MixedModelError(
      .data, .row(rowNumber),
      problem: "The response \(name) is \(numberText(value)) in row \(rowNumber), which is "
        + "\(problem.fault).",
      remedy: problem.requirement)
  }

  static func noDraws(from family: String, isQuasi: Bool) -> MixedModelError {
    MixedModelError(
      .model, .option("family"),
      problem: "Nothing can be simulated from the \(family) family, which states "
        + (isQuasi ? "a variance but no distribution." : "no way to draw a response."),
      remedy: isQuasi
        ? "Fit a family with a likelihood, such as negativebinomial for counts."
        : "Give the family a method draw(mean:parameter:weight:using:).")
  }

  static func linkWithoutMean(
    _ link: String, family: String, mean: Double, rowNumber: Int
  ) -> MixedModelError {
    MixedModelError(
      .model, .option("link"),
      problem: "The \(link) link has no linear predictor for the mean \(numberText(mean)), from "
        + "which the \(family) model would start in row \(rowNumber).",
      remedy: "Choose another link, or check the response there.")
  }

  static func trialsNotPositive(
    _ response: Expression, value: Double, rowNumber: Int
  ) -> MixedModelError {
    MixedModelError(
      .data, .row(rowNumber),
      problem: "The response \(response) has \(numberText(value)) trials in row \(rowNumber).",
      remedy: "A binomial response needs at least one trial: leave the row out.")
  }

  static func trialsNotNumeric(
    _ trials: Expression, response: Expression
  ) -> MixedModelError {
    MixedModelError(
      .data, .term(response.description),
      problem: "The trials \(trials) of the response \(response) are not a numeric column.",
      remedy: "Write successes / trials or cbind(successes, failures) with columns of counts, or a "
        + "whole number of trials.")
  }

  static func trialsAsWeights(_ weights: String, response: Expression) -> MixedModelError {
    MixedModelError(
      .option, .column(weights),
      problem: "The column \"\(weights)\" is both the trials of the response \(response) and the "
        + "prior weights, so that trials would count twice.",
      remedy: "Leave out the weights: the response has named its trials.")
  }

  static func noMode() -> MixedModelError {
    MixedModelError(
      .numerical, .nothing,
      problem: "The likelihood has no finite value at the starting values.",
      remedy: "Center the predictors, try another link, or look for "
        + "predictors that separate the response.")
  }
}
