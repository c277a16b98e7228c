// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MixedModelReports
import MixedModels

/// The options that say what is written, and where.
struct OutputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The form of the output: \(ReportFormats.names.joined(separator: ", ")).",
      valueName: "name"))
  var format = "text"

  @Option(
    help: ArgumentHelp(
      "Whose layout the text summary follows: \(OutputOptions.styleNames).", valueName: "name"))
  var style = SummaryStyle.mixedModels.rawValue

  @Flag(help: "Add the conditional modes of the random effects and their standard deviations.")
  var randomEffects = false

  @Option(
    help: ArgumentHelp("Write each step of the optimization to a CSV file.", valueName: "file"))
  var fitLog: String?

  @Option(
    help: ArgumentHelp(
      "Save the fitted model to a file, for the commands that take a MODEL.", valueName: "file"))
  var save: String?

  @Flag(help: "Show no progress of a long fit.")
  var noProgress = false

  @Option(
    help: ArgumentHelp(
      "Threads that read a file, and of the linear algebra. The result does not depend on it.",
      valueName: "n"))
  var threads = 1

  @Option(
    help: ArgumentHelp(
      "The seed of random numbers, a whole number from 0, which a stochastic log-determinant uses; "
        + "1 if absent.",
      valueName: "n"))
  var seed: UInt64?
}

extension OutputOptions {
  private static let styleNames = SummaryStyle.allCases.map(\.rawValue).joined(separator: ", ")

  /// The form of the output and the layout of its text.
  /// - Throws: an error that names the option at fault.
  func checkedFormat() throws(MixedModelError) -> (format: any ReportFormat, style: SummaryStyle) {
    guard let style = SummaryStyle(rawValue: style) else {
      throw .optionValue("style", style, accepted: Self.styleNames)
    }
    let format = try ReportFormats.named(format)
    guard format is TextFormat || style == .mixedModels else { throw .styleOfText(style.rawValue) }
    return (format, style)
  }

  /// The number of threads, checked.
  func threadCount() throws(MixedModelError) -> Int {
    try CountOption.threads.checked(threads)
  }
}
