// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MixedModelReports
import MixedModels

/// `mixedmodels compare MODEL MODEL...`.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Likelihood-ratio tests and information criteria of saved models.",
    discussion: """
      For example:
        mixedmodels compare small.json large.json

      The models are tested in order of their numbers of parameters, each against the one before. \
      Those fitted by REML are fitted again by maximum likelihood from their rows. Models that are \
      not nested have information criteria only: ask for --criteria-only.
      """)

  @Argument(
    help: ArgumentHelp(
      "Models that \"mixedmodels fit\" has written with --save.", valueName: "model"))
  var paths: [String]

  @Option(
    help: ArgumentHelp(
      "The rows that the models were fitted to, if they are not where the models say.",
      valueName: "data"))
  var data: String?

  @Flag(help: "Only information criteria, which models need not be nested for.")
  var criteriaOnly = false

  @OptionGroup(title: "Output options") var output: TableOutput

  func run() throws {
    let format = try output.checkedFormat()
    let sources = paths.map { ModelSource(path: $0, data: data) }
    var models: [any MixedModel] = []
    for source in sources {
      let saved = try source.model()
      models.append(
        saved.criterionName == Criterion.restrictedMaximumLikelihood.rawValue
          ? try saved.restored(from: try source.table(of: saved)) : saved)
    }
    // Models with and without their rows are hard to compare: all have them, or none.
    if models.contains(where: { !($0 is SavedModel) }) {
      models = try sources.map { try $0.restoredModel() }
    }
    let criteria = try InformationCriteriaTable(of: models, names: paths)
    guard !criteriaOnly else { return try TableOutput.write([criteria.table], format) }
    var test = try likelihoodRatioTest(of: models, names: paths)
    // Rows tell more of nesting; where there are none, the note stays.
    if !test.isNestingChecked, let restored = try? sources.map({ try $0.restoredModel() }) {
      test = try likelihoodRatioTest(of: restored, names: paths)
    }
    var second = criteria.table
    second.notes = []
    try TableOutput.write([test.table, second], format)
  }
}
