// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MixedModelReports
import MixedModels

/// `mixedmodels confint MODEL`.
struct ConfintCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "confint", abstract: "Confidence intervals of the parameters of a model.",
    discussion: """
      For example:
        mixedmodels confint sleep.json
        mixedmodels confint sleep.json --parameters beta sigma --level 0.9
        mixedmodels confint sleep.json --method bootstrap --interval bca

      A limit that does not exist is missing, with the reason. Profile intervals are those of the \
      fit by maximum likelihood. Only Wald intervals do without the rows of the fit.
      """)

  @OptionGroup var source: ModelSource

  @Option(
    help: ArgumentHelp(
      "How the intervals are made: \(Method.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "name"))
  var method = Method.profile.rawValue

  @Option(help: ArgumentHelp("The coverage probability of the intervals.", valueName: "x"))
  var level = 0.95

  @OptionGroup var selection: ParameterSelection
  @OptionGroup(title: "Options of the bootstrap") var replicates: ReplicateOptions
  @OptionGroup(title: "Output options") var output: TableOutput

  enum Method: String, CaseIterable {
    case wald, profile, bootstrap
  }

  func run() async throws {
    let format = try output.checkedFormat()
    guard let kind = Method(rawValue: method) else {
      throw MixedModelError.optionValue(
        "method", method, accepted: Method.allCases.map(\.rawValue).joined(separator: ", "))
    }
    try TableOutput.checkLevel(level)
    if kind == .bootstrap { try replicates.check() }
    let intervals = try await intervals(kind)
    for note in intervals.notes where format == .csv { Terminal.warn(note) }
    try Terminal.write(format.text(of: [intervals.table]))
  }

  private func intervals(_ kind: Method) async throws(MixedModelError) -> ConfidenceIntervals {
    let names = selection.names
    switch kind {
    case .wald: return try source.model().confidenceIntervals(.wald, of: names, level: level)
    case .profile:
      return try source.restoredModel().confidenceIntervals(.profile, of: names, level: level)
    case .bootstrap:
      let model = try replicates.resimulatable(source.restoredModel())
      let method = try replicates.intervalMethod(of: model)
      let sample = try await replicates.sample(of: model)
      return try model.confidenceIntervals(.bootstrap(sample, method), of: names, level: level)
    }
  }
}
