// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelFitting

/// Models of the same rows and response whose likelihoods compare, in the order given.
struct ComparedModels {
  struct Entry {
    let name: String
    /// Fitted by maximum likelihood.
    let model: any MixedModel
    let criteria: InformationCriteria
  }

  let entries: [Entry]
  /// What was done, and what could not be checked, each a sentence.
  let notes: [String]

  /// - Parameter names: what the models are called; formulas by default.
  /// - Throws: ``MixedModelError`` if there are fewer than two models, or their likelihoods do not
  ///   compare.
  init(_ models: [any MixedModel], names: [String]) throws(MixedModelError) {
    guard models.count > 1 else { throw .tooFewModels(models.count) }
    guard names.isEmpty || names.count == models.count else {
      throw .namesOfWrongLength(names.count, modelCount: models.count)
    }
    var entries: [Entry] = []
    var notes: [String] = []
    var refitCount = 0
    for (place, given) in models.enumerated() {
      let isRestricted = given.criterionName == Criterion.restrictedMaximumLikelihood.rawValue
      if isRestricted { refitCount += 1 }
      let model = isRestricted ? try given.reducible().fittedByMaximumLikelihood() : given
      guard let criteria = model.informationCriteria else {
        throw .incomparableModels(
          "models of the \(model.family.name) family fitted by \(model.criterionName) have no "
            + "likelihood",
          remedy: "Fit both by a criterion that approximates it.")
      }
      entries.append(
        Entry(
          name: names.isEmpty ? model.formula.description : names[place], model: model,
          criteria: criteria))
    }
    var isCertain = true
    for entry in entries.dropFirst() {
      try Self.checkLikelihoods(entries[0].model, entry.model)
      switch entries[0].model.comparisonOfRows(entry.model) {
      case .same: break
      case .different(let difference):
        throw .incomparableModels(difference, remedy: "Fit both to the same rows and response.")
      case .unknown: isCertain = false
      }
    }
    if refitCount > 0 {
      notes.append(
        refitCount == models.count
          ? "The models were fitted by REML, and for the comparison again by maximum likelihood."
          : "Models fitted by REML were fitted again by maximum likelihood for the comparison.")
    }
    if !isCertain {
      notes.append(
        "That the models are of the same rows could not be checked beyond their number.")
    }
    for entry in entries where !entry.model.hasConverged {
      notes.append("The fit of \(entry.name) did not converge.")
    }
    self.entries = entries
    self.notes = notes
  }

  private static func checkLikelihoods(
    _ first: any MixedModel, _ second: any MixedModel
  ) throws(MixedModelError) {
    func check(
      _ left: String?, _ right: String?, _ property: String, _ remedy: String
    ) throws(MixedModelError) {
      if left != right {
        throw .incomparableModels(
          "their \(property) are \(left ?? "none") and \(right ?? "none")", remedy: remedy)
      }
    }
    try check(
      first.family.name, second.family.name, "families", "Fit both with the same family.")
    try check(first.link.name, second.link.name, "links", "Fit both with the same link.")
    let remedy = "Fit both by the same criterion."
    try check(first.criterionName, second.criterionName, "criteria", remedy)
    try check(
      first.quadraturePointCount.map { "\($0)" }, second.quadraturePointCount.map { "\($0)" },
      "numbers of quadrature points", remedy)
    try check(first.informationName, second.informationName, "kinds of information", remedy)
    try check(
      first.givenSize.map { "\($0)" }, second.givenSize.map { "\($0)" }, "given sizes",
      "Give both the same size, or have it estimated.")
  }
}

extension MixedModel {
  /// The model as one that can be fitted again.
  func reducible() throws(MixedModelError) -> any Reducible {
    guard let model = self as? any Reducible else { throw .rowsNeeded(for: "another fit") }
    return model
  }
}
