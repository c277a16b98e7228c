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

  @Option(
    help: ArgumentHelp(
      "The kind of intervals: \(IntervalName.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "name"))
  var interval = IntervalName.percentile.rawValue

  @Option(help: ArgumentHelp("The file for the replicates.", valueName: "file"))
  var saveSamples: String?

  @Flag(help: "Goes on with the replicates that the file of --save-samples holds.")
  var append = false

  @OptionGroup var output: TableOutput

  enum IntervalName: String, CaseIterable {
    case percentile, basic, normal, bca, shortest
  }

  func run() async throws {
    let format = try output.checkedFormat()
    guard let name = IntervalName(rawValue: interval) else {
      throw MixedModelError.optionValue(
        "interval", interval,
        accepted: IntervalName.allCases.map(\.rawValue).joined(separator: ", "))
    }
    try TableOutput.checkLevel(level)
    guard options.replicates > 0 else {
      throw MixedModelError.optionValue(
        "replicates", "\(options.replicates)", accepted: "a whole number of one or more")
    }
    guard !append || saveSamples != nil else {
      throw MixedModelError.appendWithoutFile()
    }
    let threads = try options.threadCount()
    switch try source.restoredModel() {
    case let model as LinearMixedModel: try await run(model, name, threads, format)
    case let model as GeneralizedLinearMixedModel: try await run(model, name, threads, format)
    case let model: throw MixedModelError.notResimulatable(model.family.name)
    }
  }

  private func run(
    _ model: some Resimulatable & Jackknifable, _ name: IntervalName, _ threads: Int,
    _ format: TableFormat
  ) async throws {
    // What fails for every sample fails before one is drawn.
    let method = try method(name, of: model)
    let sample = try await sample(of: model, threads)
    if let saveSamples { try sample.write(to: saveSamples) }
    let intervals = try sample.intervals(method, level: level)
    for note in intervals.notes where format == .csv { Terminal.warn(note) }
    try Terminal.write(format.text(of: [intervals.table]))
  }

  private func method(
    _ name: IntervalName, of model: some Jackknifable
  ) throws(MixedModelError) -> BootstrapIntervalMethod {
    switch name {
    case .percentile: .percentile
    case .basic: .basic
    case .normal: .normal
    case .bca: .bca(try GroupJackknife(model))
    case .shortest: .shortest
    }
  }

  private func sample(
    of model: some Resimulatable, _ threads: Int
  ) async throws(MixedModelError) -> BootstrapSample {
    let progress = options.progress()
    defer { progress?.clear() }
    var observer: (@Sendable (Int) -> Void)?
    if let progress { observer = { progress.update($0) } }
    guard append, let saveSamples else {
      return try await model.parametricBootstrap(
        replicates: options.replicates, seed: options.seed, threads: threads, onProgress: observer)
    }
    return try await model.parametricBootstrap(
      continuing: try BootstrapSample(contentsOf: saveSamples, of: model),
      replicates: options.replicates, threads: threads, onProgress: observer)
  }
}

extension MixedModelError {
  fileprivate static func appendWithoutFile() -> MixedModelError {
    MixedModelError(
      .option, .option("append"),
      problem: "The option --append goes on with a file of replicates, and none is named.",
      remedy: "Name it with --save-samples.")
  }

  static func notResimulatable(_ family: String) -> MixedModelError {
    MixedModelError(
      .unavailable, .nothing, problem: "This \(family) model has no bootstrap.",
      remedy: "Linear and generalized linear mixed models have one.")
  }
}
