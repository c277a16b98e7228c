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
    help: ArgumentHelp("The layout of the text summary: mixedmodels.", valueName: "name"))
  var style = OutputOptions.styles[0]

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

  @Option(help: ArgumentHelp("Threads of the linear algebra.", valueName: "n"))
  var threads = 1

  @Option(help: ArgumentHelp("The seed of random numbers; a fit uses none.", valueName: "n"))
  var seed: UInt64?
}

extension OutputOptions {
  private static let styles = ["mixedmodels"]
  private static let futureStyles = ["lme4", "matlab"]

  func checkedFormat() throws(MixedModelError) -> any ReportFormat {
    guard Self.styles.contains(style) else {
      let available = Self.styles.joined(separator: ", ")
      throw Self.futureStyles.contains(style)
        ? .valueNotAvailable("style", style, available: available)
        : .optionValue("style", style, accepted: available)
    }
    return try ReportFormats.named(format)
  }

  /// The number of threads, checked.
  func threadCount() throws(MixedModelError) -> Int {
    guard (1...Self.mostThreads).contains(threads) else {
      throw .optionValue(
        "threads", "\(threads)", accepted: "a whole number from 1 to \(Self.mostThreads)")
    }
    return threads
  }

  /// More than any machine this runs on has; the library keeps a table of them.
  private static let mostThreads = 1024
}
