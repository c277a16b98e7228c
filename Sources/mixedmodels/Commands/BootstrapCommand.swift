// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MixedModelReports
import MixedModels

/// `mixedmodels bootstrap MODEL`.
struct BootstrapCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bootstrap",
    abstract: "Parametric bootstrap: fit the model to responses simulated from it.",
    discussion: """
      Prints confidence intervals of all parameters. With --save-samples the replicates are kept as \
      comma-separated text; with --append, too, those that the file holds are gone on with, and the \
      result is the same as if all were drawn at once.
      """)

  @OptionGroup var source: ModelSource
  @OptionGroup var options: ReplicateOptions

  @Option(help: ArgumentHelp("The coverage probability of the intervals.", valueName: "x"))
  var level = 0.95

  @Option(help: ArgumentHelp("The file for the replicates.", valueName: "file"))
  var saveSamples: String?

  @Flag(help: "Goes on with the replicates that the file of --save-samples holds.")
  var append = false

  @OptionGroup var output: TableOutput

  func run() async throws {
    let format = try output.checkedFormat()
    try options.check()
    try TableOutput.checkLevel(level)
    guard !append || saveSamples != nil else {
      throw MixedModelError.appendWithoutFile()
    }
    let model = try options.resimulatable(source.restoredModel())
    // What fails for every sample fails before one is drawn.
    let method = try options.intervalMethod(of: model)
    let sample = try await options.sample(of: model, continuing: append ? saveSamples : nil)
    if let saveSamples { try sample.write(to: saveSamples) }
    let intervals = try sample.intervals(method, level: level)
    try TableOutput.write([intervals.table], format)
  }
}

extension MixedModelError {
  fileprivate static func appendWithoutFile() -> MixedModelError {
    MixedModelError(
      .option, .option("append"),
      problem: "The option --append goes on with a file of replicates, and none is named.",
      remedy: "Name it with --save-samples.")
  }
}
