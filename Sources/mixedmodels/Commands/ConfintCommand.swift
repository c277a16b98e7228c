// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import DenseMatrices
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
        mixedmodels confint sleep.json --method wald --random-effects

      A limit that does not exist is missing, with the reason. Profile intervals are those of the \
      fit by maximum likelihood. Only Wald intervals of parameters do without the rows of the fit.
      """)

  @OptionGroup var source: ModelSource

  @Option(
    help: ArgumentHelp(
      "How the intervals are made: \(Method.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "name"))
  var method = Method.profile.rawValue

  @Option(help: ArgumentHelp("The coverage probability of the intervals.", valueName: "x"))
  var level = 0.95

  @Option(
    help: ArgumentHelp(
      "Degrees of freedom of Wald intervals: "
        + "\(DegreesOfFreedomVocabulary.names.joined(separator: ", ")).", valueName: "method"))
  var ddf: String?

  @Flag(help: "Add the random effects of each level with Wald intervals and tests.")
  var randomEffects = false

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
    let rule = try degreesOfFreedom(kind)
    let intervals = try await intervals(kind, rule)
    var tables = [intervals.table]
    if randomEffects {
      // As for predictions.
      setLibraryThreads(1)
      let model = try source.restoredModel()
      tables.append(try model.randomEffectsTable(level: level, degreesOfFreedom: rule).table)
    }
    try TableOutput.write(tables, format)
  }

  private func degreesOfFreedom(
    _ kind: Method
  ) throws(MixedModelError) -> any DegreesOfFreedomMethod {
    guard let ddf else { return .infinite }
    guard let rule = DegreesOfFreedomVocabulary.method(named: ddf) else {
      throw .optionValue(
        "ddf", ddf, accepted: DegreesOfFreedomVocabulary.names.joined(separator: ", "))
    }
    guard kind == .wald || randomEffects else { throw .degreesOfFreedomWithoutWald(method) }
    return rule
  }

  private func intervals(
    _ kind: Method, _ rule: any DegreesOfFreedomMethod
  ) async throws(MixedModelError) -> ConfidenceIntervals {
    let names = selection.names
    switch kind {
    case .wald:
      let saved = try source.model()
      let needsRows =
        rule is SatterthwaiteDegreesOfFreedom || rule is KenwardRogerDegreesOfFreedom
      let model: any MixedModel =
        needsRows ? try saved.restored(from: try source.table(of: saved)) : saved
      return try model.confidenceIntervals(
        .wald, of: names, level: level, degreesOfFreedom: rule)
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

extension MixedModelError {
  fileprivate static func degreesOfFreedomWithoutWald(_ method: String) -> MixedModelError {
    MixedModelError(
      .option, .option("ddf"),
      problem: "The option --ddf is for Wald intervals, and these are by --method \(method).",
      remedy: "Give --method wald or --random-effects with it, or leave it out.")
  }
}
