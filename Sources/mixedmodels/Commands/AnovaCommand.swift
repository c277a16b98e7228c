// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MixedModelReports
import MixedModels

/// `mixedmodels anova MODEL`.
struct AnovaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "anova", abstract: "Wald tests of the fixed-effects terms.",
    discussion: """
      For example:
        mixedmodels anova model.json --type 2
        mixedmodels anova model.json --ddf satterthwaite

      The statistics are chi-squared, or F where --ddf names degrees of freedom.
      """)

  @OptionGroup var source: ModelSource

  @Option(
    help: ArgumentHelp(
      "What a term is adjusted for: 1 those before it, 2 those that do not contain it, 3 all others.",
      valueName: "type"))
  var type = TermTestType.typeIII.rawValue

  @Option(
    help: ArgumentHelp(
      "Degrees of freedom: \(DegreesOfFreedomVocabulary.names.joined(separator: ", ")).",
      valueName: "method"))
  var ddf: String?

  @Option(
    help: ArgumentHelp(
      "The statistics: wald (chi-squared), f (with satterthwaite for a linear model and residual for "
        + "a generalized one, unless --ddf says otherwise).", valueName: "name"))
  var test: String?

  @OptionGroup(title: "Output options") var output: TableOutput

  func run() throws {
    let format = try output.checkedFormat()
    guard let type = TermTestType(rawValue: type) else {
      throw MixedModelError.optionValue("type", "\(type)", accepted: "1, 2 or 3")
    }
    try checkTest()
    let saved = try source.model()
    let isLinear: Bool
    if case .linear = saved.fit { isLinear = true } else { isLinear = false }
    let name = ddf ?? (test == "f" ? (isLinear ? "satterthwaite" : "residual") : "none")
    guard let method = DegreesOfFreedomVocabulary.method(named: name) else {
      throw MixedModelError.optionValue(
        "ddf", name, accepted: DegreesOfFreedomVocabulary.names.joined(separator: ", "))
    }
    let needsRows = isLinear && (type == .typeI || !["none", "residual"].contains(name))
    let model: any MixedModel =
      needsRows ? try saved.restored(from: try source.table(of: saved)) : saved
    let table = try model.termTests(type, degreesOfFreedom: method).table
    for note in table.notes where format == .csv { Terminal.warn(note) }
    try Terminal.write(format.text(of: [table]))
  }

  private func checkTest() throws(MixedModelError) {
    switch (test, ddf) {
    case (nil, _), ("wald", nil), ("wald", "none"), ("f", nil): break
    case ("f", let ddf?) where ddf != "none": break
    case ("wald", let ddf?): throw .testBesideDegreesOfFreedom("wald", ddf)
    case ("f", _): throw .testBesideDegreesOfFreedom("f", "none")
    case (let test?, _): throw .optionValue("test", test, accepted: "wald or f")
    }
  }
}

extension MixedModelError {
  fileprivate static func testBesideDegreesOfFreedom(
    _ test: String, _ ddf: String
  ) -> MixedModelError {
    MixedModelError(
      .option, .option("test"),
      problem: "The options --test \(test) and --ddf \(ddf) contradict each other: F tests have "
        + "degrees of freedom, chi-squared tests have none.",
      remedy: "Leave out one of them.")
  }
}
