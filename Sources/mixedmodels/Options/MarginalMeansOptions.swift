// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MixedModels

/// The options that say which means are estimated and how they are compared.
struct MarginalMeansOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Compare within the levels of these predictors, as in a,b.", valueName: "names"))
  var by: String?

  @Option(
    help: ArgumentHelp(
      "The values at which a numeric predictor stands, in place of its mean; repeatable.",
      valueName: "name=x,..."))
  var at: [String] = []

  @Option(
    help: ArgumentHelp(
      "How averages weigh the levels of other predictors: equal, proportional (to the rows).",
      valueName: "name"))
  var weights = MarginalWeights.equal.rawValue

  @Option(
    help: ArgumentHelp(
      "Degrees of freedom: \(DegreesOfFreedomVocabulary.names.joined(separator: ", ")).",
      valueName: "method"))
  var ddf = "none"

  @Option(
    help: ArgumentHelp(
      "How p-values and intervals of comparisons account for their number: "
        + "\(Self.adjustments).", valueName: "name"))
  var adjust = MultiplicityAdjustment.tukey.rawValue

  @Option(
    help: ArgumentHelp(
      "The linear predictor, or the mean of the response: link, response.", valueName: "name"))
  var scale = PredictionScale.link.rawValue

  @Option(help: ArgumentHelp("The coverage probability of the intervals.", valueName: "x"))
  var level = 0.95

  private static let adjustments =
    MultiplicityAdjustment.allCases.map(\.rawValue).joined(separator: ", ")
}

/// What the options ask for, checked.
struct MarginalMeansRequest {
  let groups: [String]
  let values: [String: [Double]]
  let weights: MarginalWeights
  let method: any DegreesOfFreedomMethod
  let adjustment: MultiplicityAdjustment
  let scale: PredictionScale
  let level: Double
}

extension MarginalMeansOptions {
  /// - Throws: an error that names the option at fault.
  func request() throws(MixedModelError) -> MarginalMeansRequest {
    guard let weights = MarginalWeights(rawValue: weights) else {
      throw .optionValue("weights", weights, accepted: "equal or proportional")
    }
    guard let method = DegreesOfFreedomVocabulary.method(named: ddf) else {
      throw .optionValue(
        "ddf", ddf, accepted: DegreesOfFreedomVocabulary.names.joined(separator: ", "))
    }
    guard let adjustment = MultiplicityAdjustment(rawValue: adjust) else {
      throw .optionValue("adjust", adjust, accepted: Self.adjustments)
    }
    guard let scale = PredictionScale(rawValue: scale) else {
      throw .optionValue("scale", scale, accepted: "link or response")
    }
    try TableOutput.checkLevel(level)
    var groups: [String] = []
    if let by {
      guard let names = CSVRecord(by)?.fields, !names.contains("") else {
        throw .optionValue("by", by, accepted: "names with commas between")
      }
      groups = names
    }
    return MarginalMeansRequest(
      groups: groups, values: try values(), weights: weights, method: method,
      adjustment: adjustment, scale: scale, level: level)
  }

  private func values() throws(MixedModelError) -> [String: [Double]] {
    var result: [String: [Double]] = [:]
    for text in at {
      let accepted = "a name and numbers, as in age=20,40"
      guard let sign = text.firstIndex(of: "="), sign > text.startIndex else {
        throw .optionValue("at", text, accepted: accepted)
      }
      let name = String(text[..<sign])
      guard result[name] == nil else { throw .repeatedOption("at", name: name) }
      let fields = text[text.index(after: sign)...].split(
        separator: ",", omittingEmptySubsequences: false)
      let numbers = fields.compactMap { Double($0) }
      guard numbers.count == fields.count else {
        throw .optionValue("at", text, accepted: accepted)
      }
      result[name] = numbers
    }
    return result
  }
}
