// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MixedModelReports
import MixedModels

/// `mixedmodels drop1 MODEL`.
struct DropOneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drop1", abstract: "Single-term deletions with likelihood-ratio tests.",
    discussion: """
      Fits the model without each fixed-effects term that no other term contains, by maximum \
      likelihood; with --random, without each random effect, by the criterion of the fit.
      """)

  @OptionGroup var source: ModelSource

  @Flag(help: "Delete random effects in place of fixed-effects terms.")
  var random = false

  @OptionGroup(title: "Output options") var output: TableOutput

  func run() throws {
    let format = try output.checkedFormat()
    let model = try source.restoredModel()
    let table =
      random ? try model.randomEffectsTests().table : try model.singleTermDeletions().table
    try TableOutput.write([table], format)
  }
}
