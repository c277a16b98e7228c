// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MixedModels

/// The options that say which model a formula stands for.
struct ModelOptions: ParsableArguments {
  @Flag(help: "Fit by the REML criterion instead of maximum likelihood.")
  var reml = false

  @Option(help: ArgumentHelp("The column of prior weights, all positive.", valueName: "column"))
  var weights: String?

  @Option(
    help: ArgumentHelp(
      "The column that says how many identical observations a row stands for; rows of zero are left"
        + " out.",
      valueName: "column"))
  var frequencyWeights: String?

  @Option(
    help: ArgumentHelp("A column added to the linear predictor as it is.", valueName: "column"))
  var offset: String?

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "The coding of a categorical column: dummy, effects, helmert, seqdiff, polynomial or full;"
        + " dummy and effects take a base, a level or first or last. Repeatable.",
      valueName: "name=coding[:base]"))
  var contrasts: [String] = []

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("Treat a numeric column as categorical. Repeatable.", valueName: "name"))
  var categorical: [String] = []

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "The order of a categorical column's levels: all that occur, quoted as in CSV. Repeatable.",
      valueName: "name=a,b,c"))
  var levels: [String] = []

  @Option(
    help: ArgumentHelp(
      "Denominator degrees of freedom of the coefficient tests: none (z), residual,"
        + " satterthwaite, or kenward-roger with --reml, which adjusts the standard errors, too;"
        + " none if absent, but residual with --style matlab.",
      valueName: "method"))
  var ddf: String?
}

extension ModelOptions {
  var criterion: Criterion { reml ? .restrictedMaximumLikelihood : .maximumLikelihood }

  /// The rule for the denominator degrees of freedom, by default that of the style.
  /// - Parameter isLinear: whether the model is linear.
  /// - Throws: an error if the rule is unknown or does not apply to such a model, before it is fitted.
  func degreesOfFreedom(
    style: SummaryStyle, isLinear: Bool
  ) throws(MixedModelError) -> any DegreesOfFreedomMethod {
    guard let ddf else { return style.degreesOfFreedom }
    guard let method = DegreesOfFreedomVocabulary.method(named: ddf) else {
      throw .optionValue(
        "ddf", ddf, accepted: DegreesOfFreedomVocabulary.names.joined(separator: ", "))
    }
    if !isLinear, method is SatterthwaiteDegreesOfFreedom || method is KenwardRogerDegreesOfFreedom
    {
      throw .smallSampleMethodOfGeneralizedModel(ddf)
    }
    if !reml, method is KenwardRogerDegreesOfFreedom { throw .kenwardRogerWithoutRestrictedFit() }
    return method
  }

  /// What the options say about the columns.
  /// - Throws: an error that names the option at fault.
  func designOptions() throws(MixedModelError) -> DesignOptions {
    var options = DesignOptions(
      categorical: Set(categorical), weights: weights, frequencyWeights: frequencyWeights,
      offset: offset)
    for text in contrasts {
      let (name, coding) = try Self.assignment(text, option: "contrasts", accepted: "NAME=CODING")
      guard options.contrasts[name] == nil else {
        throw .repeatedOption("contrasts", name: name)
      }
      do {
        options.contrasts[name] = try ContrastSpecification(parsing: coding)
      } catch {
        throw error.inOption("contrasts")
      }
    }
    for text in levels {
      let (name, list) = try Self.assignment(text, option: "levels", accepted: "NAME=a,b,c")
      guard options.levels[name] == nil else { throw .repeatedOption("levels", name: name) }
      guard let levels = CSVRecord(list)?.fields else {
        throw .optionValue("levels", text, accepted: "a list whose quotes are closed")
      }
      options.levels[name] = levels
    }
    return options
  }

  /// The two sides of `NAME=VALUE`, parted at the first `=`.
  private static func assignment(
    _ text: String, option: String, accepted: String
  ) throws(MixedModelError) -> (name: String, value: String) {
    guard let sign = text.firstIndex(of: "="), sign > text.startIndex else {
      throw .optionValue(option, text, accepted: accepted)
    }
    return (String(text[..<sign]), String(text[text.index(after: sign)...]))
  }

  /// The columns whose values are names, not numbers: grouping factors and those that options make
  /// categorical. A column that is a number elsewhere in the model stays one.
  func textColumns(of formula: Formula) -> Set<String> {
    let effects = formula.randomTerms.flatMap { $0.effects.flatMap(\.factors) }
    let factors = formula.fixedTerms.flatMap(\.factors) + effects
    let numbers = (factors + formula.offsets + [formula.response]).flatMap(\.variables)
    let assigned = (contrasts + levels).compactMap { text in
      text.firstIndex(of: "=").map { String(text[..<$0]) }
    }
    return Set(formula.groupingVariables).subtracting(numbers)
      .subtracting([weights, frequencyWeights, offset].compactMap { $0 })
      .union(categorical).union(assigned)
  }
}
