// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MixedModels

/// The options that say what is predicted.
struct PredictionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The mean of the response, or the linear predictor: response, link.", valueName: "name"))
  var scale = PredictionScale.response.rawValue

  @Option(
    help: ArgumentHelp(
      "The grouping factors whose random effects take part: all, none, or names as in g1,g2.",
      valueName: "names"))
  var randomEffects = "all"

  @Option(
    help: ArgumentHelp(
      "What to do with groups that the fit did not have: error, population (their effects are "
        + "zero), missing.", valueName: "name"))
  var newLevels = NewLevels.error.rawValue

  @Flag(
    help: "Average the mean over the random effects that do not take part, in place of zero.")
  var marginal = false

  @Flag(help: "Add standard errors of the prediction as an estimate of the mean.")
  var standardErrors = false

  @Option(
    help: ArgumentHelp(
      "Add an interval: confidence (for the mean), prediction (for a new observation).",
      valueName: "name"))
  var interval: String?

  @Option(
    help: ArgumentHelp("The coverage probability of the interval; 0.95.", valueName: "probability"))
  var level: Double?

  @Option(
    help: ArgumentHelp(
      "Degrees of freedom of the intervals: none (normal), residual; for linear models also"
        + " satterthwaite (of each row), or kenward-roger for --random-effects none of a REML fit,"
        + " which adjusts the standard errors, too.",
      valueName: "method"))
  var ddf = "none"

  @Flag(help: "Widen the intervals so that all hold together, by Scheffé's method.")
  var simultaneous = false
}

/// What the options ask for, checked.
struct PredictionRequest {
  let selection: RandomEffectsSelection
  let scale: PredictionScale
  let newLevels: NewLevels
  let otherEffects: OtherEffects
  /// The interval to be computed; a confidence interval where standard errors are wanted only.
  let interval: PredictionInterval?
  let showsLimits: Bool
  let method: any DegreesOfFreedomMethod
  let coverage: IntervalCoverage
}

extension PredictionOptions {
  private static let usualLevel = 0.95

  /// - Throws: an error that names the option at fault.
  func request() throws(MixedModelError) -> PredictionRequest {
    guard let scale = PredictionScale(rawValue: scale) else {
      throw .optionValue("scale", scale, accepted: "response or link")
    }
    guard let newLevels = NewLevels(rawValue: newLevels) else {
      throw .optionValue("new-levels", newLevels, accepted: "error, population or missing")
    }
    guard let method = DegreesOfFreedomVocabulary.method(named: ddf) else {
      throw .optionValue(
        "ddf", ddf, accepted: DegreesOfFreedomVocabulary.names.joined(separator: ", "))
    }
    let level = level ?? Self.usualLevel
    try TableOutput.checkLevel(level)
    if interval == nil {
      if self.level != nil { throw .optionNeedsInterval("level") }
      if ddf != "none" { throw .optionNeedsInterval("ddf") }
      if simultaneous { throw .optionNeedsInterval("simultaneous") }
    }
    let wanted: PredictionInterval?
    switch interval {
    case "confidence"?: wanted = .confidence(level)
    case "prediction"?: wanted = .prediction(level)
    case nil: wanted = standardErrors ? .confidence(level) : nil
    case let other?:
      throw .optionValue("interval", other, accepted: "confidence or prediction")
    }
    return PredictionRequest(
      selection: try selection(), scale: scale, newLevels: newLevels,
      otherEffects: marginal ? .averaged : .zero, interval: wanted, showsLimits: interval != nil,
      method: method, coverage: simultaneous ? .simultaneous : .pointwise)
  }

  private func selection() throws(MixedModelError) -> RandomEffectsSelection {
    switch randomEffects {
    case "all": return .all
    case "none": return .none
    default:
      guard let names = CSVRecord(randomEffects)?.fields, !names.contains("") else {
        throw .optionValue(
          "random-effects", randomEffects, accepted: "all, none, or names with commas between")
      }
      return .groupingFactors(names)
    }
  }
}

extension PredictionRequest {
  /// - Parameter model: one with its rows, if there is an interval.
  func predictions(
    _ table: DataTable, by model: any MixedModel
  ) throws(MixedModelError) -> Predictions {
    guard let interval else {
      return try model.predict(
        table, conditioningOn: selection, scale: scale, newLevels: newLevels,
        otherEffects: otherEffects)
    }
    if let linear = model as? LinearMixedModel {
      return try linear.predict(
        table, conditioningOn: selection, scale: scale, newLevels: newLevels,
        otherEffects: otherEffects, interval: interval, degreesOfFreedom: method,
        coverage: coverage)
    }
    guard let generalized = model as? GeneralizedLinearMixedModel else {
      throw .intervalWithoutRows()
    }
    guard let degrees = try method.reference(for: model).constantDegreesOfFreedom else {
      throw .intervalWithoutRows()
    }
    return try generalized.predict(
      table, conditioningOn: selection, scale: scale, newLevels: newLevels,
      otherEffects: otherEffects, interval: interval, degreesOfFreedom: degrees,
      coverage: coverage)
  }

  /// What the table does not say itself.
  func notes(_ predictions: Predictions) -> [String] {
    var notes: [String] = []
    if showsLimits, let interval {
      switch interval {
      case .confidence: notes.append("The intervals are for the mean of the response.")
      case .prediction: notes.append("The intervals are for new observations.")
      }
      if coverage == .simultaneous {
        notes.append("They hold all together with the probability of their level.")
      }
      notes += [method.note].compactMap { $0 }
    }
    let newLevelCount = predictions.statuses.count { $0 == .newLevel }
    if newLevelCount > 0 {
      notes.append(
        "Rows with a group that the fit did not have: \(newLevelCount), "
          + (newLevels == .missing ? "not predicted." : "predicted without its random effects."))
    }
    let missingCount = predictions.statuses.count { $0 == .missingValue }
    if missingCount > 0 {
      notes.append("Rows with a missing value: \(missingCount), not predicted.")
    }
    return notes
  }
}

extension MixedModelError {
  fileprivate static func optionNeedsInterval(_ option: String) -> MixedModelError {
    MixedModelError(
      .option, .option(option),
      problem: "The option --\(option) is for intervals, and none is asked for.",
      remedy: "Give --interval confidence or --interval prediction with it.")
  }

  fileprivate static func intervalWithoutRows() -> MixedModelError {
    MixedModelError(
      .model, .option("interval"), problem: "An interval needs the rows of the fit.",
      remedy: "Give them with --data.")
  }
}
