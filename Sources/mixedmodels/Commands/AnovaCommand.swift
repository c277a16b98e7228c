// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MixedModelReports
import MixedModels

/// `mixedmodels anova MODEL`.
struct AnovaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "anova",
    abstract: "Wald tests of the fixed-effects terms, or of hypotheses on the coefficients.",
    discussion: """
      For example:
        mixedmodels anova model.json --type 2
        mixedmodels anova model.json --ddf satterthwaite
        mixedmodels anova model.json --hypothesis 'days = 10' --hypothesis 'a = b'

      The statistics are chi-squared, or F where --ddf names degrees of freedom.
      """)

  @OptionGroup var source: ModelSource

  @Option(
    help: ArgumentHelp(
      "What a term is adjusted for: 1 those before it, 2 those that do not contain it, 3 all others, "
        + "the default.", valueName: "type"))
  var type: Int?

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Tests an equation on the coefficients, by the names that results show, in place of the terms; "
        + "given several times, each equation and all together.", valueName: "equation"))
  var hypothesis: [String] = []

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
    let type = try checkedType()
    try checkTest()
    let saved = try source.model()
    let isLinear: Bool
    if case .linear = saved.fit { isLinear = true } else { isLinear = false }
    let name = ddf ?? (test == "f" ? (isLinear ? "satterthwaite" : "residual") : "none")
    guard let method = DegreesOfFreedomVocabulary.method(named: name) else {
      throw MixedModelError.optionValue(
        "ddf", name, accepted: DegreesOfFreedomVocabulary.names.joined(separator: ", "))
    }
    let testsTypeI = type == .typeI && hypothesis.isEmpty
    let needsRows = isLinear && (testsTypeI || !["none", "residual"].contains(name))
    let model: any MixedModel =
      needsRows ? try saved.restored(from: try source.table(of: saved)) : saved
    let table =
      hypothesis.isEmpty
      ? try model.termTests(type, degreesOfFreedom: method).table
      : try model.hypothesisTests(hypothesis, degreesOfFreedom: method).table
    try TableOutput.write([table], format)
  }

  private func checkedType() throws(MixedModelError) -> TermTestType {
    guard let type else { return .typeIII }
    guard let known = TermTestType(rawValue: type) else {
      throw .optionValue("type", "\(type)", accepted: "1, 2 or 3")
    }
    guard hypothesis.isEmpty else { throw .typeBesideHypothesis(type) }
    return known
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
  fileprivate static func typeBesideHypothesis(_ type: Int) -> MixedModelError {
    MixedModelError(
      .option, .option("type"),
      problem: "The option --type \(type) is for tests of terms, and --hypothesis asks for others.",
      remedy: "Leave out one of them.")
  }

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
