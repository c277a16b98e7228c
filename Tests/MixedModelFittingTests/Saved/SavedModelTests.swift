// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import Foundation
import MixedModelDatasets
import MixedModelErrors
import ModelFormulas
import Testing

@testable import MixedModelFitting

@Suite("Saved models")
struct SavedModelTests {
  private static let cases = SavedModelCase.linear + SavedModelCase.generalized

  @Test("A saved model answers without rows as the model does", arguments: cases)
  func answers(_ item: SavedModelCase) throws {
    let (model, fresh, _) = try item.saved()
    for saved in [fresh, try SavedModel(json: fresh.json())] {
      #expect(saved.description == model.description)
      #expect(saved.notes == model.notes)
      #expect(saved.formula == model.formula)
      #expect(saved.formula.source == model.formula.source)
      #expect(saved.source == "the table")
      #expect(saved.certificate == model.certificate)
      #expect(saved.fitReport.description == model.fitReport.description)
      #expect(saved.fitReport.steps.isEmpty)
      #expect(saved.criterionName == model.criterionName)
      #expect(saved.quadraturePointCount == model.quadraturePointCount)
      #expect(saved.parameterCount == model.parameterCount)
      #expect(saved.informationCriteria == model.informationCriteria)
      #expect(saved.varianceComponents == model.varianceComponents)
      #expect(saved.family.name == model.family.name)
      #expect(saved.link.name == model.link.name)
      // Bit for bit.
      #expect(try saved.numbers() == model.numbers())
    }
  }

  @Test("Reading and writing again gives the same text", arguments: cases)
  func text(_ item: SavedModelCase) throws {
    let text = try item.saved().saved.json()
    #expect(try SavedModel(json: text).json() == text)
    let coded = try JSONEncoder.ofModels.encode(try SavedModel(json: text))
    #expect(Array(coded) + [0x0A] == text)
  }

  @Test("Families and links with parameters keep them exactly")
  func parameters() throws {
    for item in try SavedModelCase.parameterized() {
      let (model, fresh, _) = try item.saved()
      let saved = try SavedModel(json: fresh.json())
      #expect(
        (saved.family as? NegativeBinomial)?.size == (model.family as? NegativeBinomial)?.size)
      #expect((saved.link as? PowerLink)?.exponent == (model.link as? PowerLink)?.exponent)
      #expect(try saved.numbers() == model.numbers())
    }
  }

  @Test("A linear model is restored exactly", arguments: SavedModelCase.linear)
  func restoredLinear(_ item: SavedModelCase) throws {
    let (fitted, fresh, table) = try item.saved()
    let model = try #require(fitted as? LinearMixedModel)
    let restored = try #require(
      try SavedModel(json: fresh.json()).restored(from: table) as? LinearMixedModel)
    #expect(try restored.numbers() == model.numbers())
    #expect(restored.description == model.description)
    #expect(restored.notes == model.notes)
    #expect(restored.internalTheta == model.internalTheta)
    #expect(restored.fittedValues() == model.fittedValues())
    #expect(restored.residuals() == model.residuals())
    #expect(try restored.leverage() == model.leverage())
    #expect(restored.blockStructure == model.blockStructure)
    #expect(
      try restored.problem.objective(at: model.theta, criterion: model.criterion)
        == model.problem.objective(at: model.theta, criterion: model.criterion))
    // A restored model is as good as the first to be saved.
    #expect(
      try SavedModel(restored, data: table, source: "the table").json() == fresh.json())
  }

  @Test("A generalized model is restored to rounding", arguments: SavedModelCase.generalized)
  func restoredGeneralized(_ item: SavedModelCase) throws {
    let (fitted, fresh, table) = try item.saved()
    let model = try #require(fitted as? GeneralizedLinearMixedModel)
    let restored = try #require(
      try SavedModel(json: fresh.json()).restored(from: table) as? GeneralizedLinearMixedModel)
    #expect(restored.description == model.description)
    #expect(restored.notes == model.notes)
    #expect(restored.criterion == model.criterion)
    #expect(restored.information == model.information)
    #expect(restored.covarianceKind == model.covarianceKind)
    #expect((restored.problem.compression == nil) == (model.problem.compression == nil))
    #expect(restored.problem.weights == model.problem.weights)
    // The linear predictors are added up from the estimates in another order than in the search for
    // the modes, and the conditional covariances follow from them.
    let tolerance = 1e-12
    #expect(ModelFits.agree(try restored.numbers(), try model.numbers(), tolerance))
    #expect(ModelFits.agree(restored.linearPredictor, model.linearPredictor, tolerance))
    #expect(ModelFits.agree(restored.fittedValues(), model.fittedValues(), tolerance))
    #expect(ModelFits.agree(restored.residuals(), model.residuals(), tolerance))
    #expect(
      ModelFits.agree(restored.overdispersionRatio(), model.overdispersionRatio(), tolerance))
  }

  @Test("A restored model has the criterion's value at its estimates")
  func restoredCriterion() throws {
    let item = SavedModelCase.generalized[0]
    let (fitted, fresh, table) = try item.saved()
    let model = try #require(fitted as? GeneralizedLinearMixedModel)
    let restored = try #require(
      try fresh.restored(from: table) as? GeneralizedLinearMixedModel)
    let again = try restored.problem.fit()
    #expect(ModelFits.agree(again.objective, model.objective, 1e-9))
    #expect(restored.problem.design.fixedEffectNames == model.design.fixedEffectNames)
  }

  @Test("The cases have every note that a saved model keeps by itself")
  func findings() throws {
    let kept = try Self.cases.map { try $0.saved().saved.findings }
    #expect(kept.contains { $0.identification.contains { $0?.absorbsResidualVariance ?? false } })
    #expect(kept.contains { $0.residualVarianceVanishes })
  }

  @Test("That joint standard errors failed is kept")
  func jointCovarianceFailed() throws {
    let (_, saved, table) = try SavedModelCase.generalized[0].saved()
    #expect(!saved.notes.contains(.noJointStandardErrors))
    let text = try #require(String(bytes: saved.json(), encoding: .utf8))
      .replacingOccurrences(
        of: "\"jointCovarianceFailed\" : false", with: "\"jointCovarianceFailed\" : true")
    let failed = try SavedModel(json: text.utf8)
    #expect(failed.notes == saved.notes + [.noJointStandardErrors])
    #expect(try failed.restored(from: table).notes == failed.notes)
  }

  @Test("Numbers that JSON has no word for are kept")
  func numbersBeyondJSON() throws {
    let (_, saved, _) = try #require(SavedModelCase.linear.last).saved()
    let text = try #require(String(bytes: saved.json(), encoding: .utf8))
    #expect(text.contains("\"-Infinity\""))
    let read = try SavedModel(json: text.utf8)
    #expect(read.fitReport.options.lowerBounds == [0, -.infinity, 0])
  }

  @Test("Files are read and written, compressed or not in either way of coding")
  func files() throws {
    let (_, saved, _) = try SavedModelCase.linear[4].saved()
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(
      "\(UUID().uuidString).json"
    ).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try saved.write(to: path)
    #expect(try SavedModel(contentsOf: path).json() == saved.json())
    #expect(
      try JSONDecoder.ofModels.decode(
        SavedModel.self, from: Data(saved.json())
      ).json() == saved.json())
  }

  @Test("A family of one's own is saved and loaded with a vocabulary, and refused without")
  func vocabulary() throws {
    let table = Dataset.grouseticks.table
    let model = try GeneralizedLinearMixedModel.fit(
      "ticks ~ 1 + scale(height) + (1 | brood)", data: table, family: OwnFamily(), link: .log)
    let vocabulary = ModelVocabulary(families: [OwnFamily()])
    let saved = try SavedModel(model, data: table, vocabulary: vocabulary)
    let read = try SavedModel(json: saved.json(), vocabulary: vocabulary)
    #expect(read.family is OwnFamily)
    #expect(try read.numbers() == model.numbers())
    let refusal = #expect(throws: MixedModelError.self) {
      _ = try SavedModel(model, data: table)
    }
    #expect(
      refusal?.description
        == "A model with the family \"own\" cannot be saved: a file names its family, and no "
        + "family of this type has that name. Give a vocabulary that holds it, when saving and "
        + "when loading.")
    let unknown = #expect(throws: MixedModelError.self) { _ = try SavedModel(json: saved.json()) }
    #expect(
      unknown?.problem
        == "The saved model is a saved model that cannot be read. There is no family \"own\".")
  }

  @Test("A quasi family of one's own is not taken for a built-in one")
  func quasiFamily() throws {
    let table = Dataset.machines.table
    let family = Quasi(link: .log, meanRange: 0...Double.infinity) { $0 * $0 }
    let model = try GeneralizedLinearMixedModel.fit(
      "score ~ 1 + Machine + (1 | Worker)", data: table, family: family)
    #expect(throws: MixedModelError.self) { _ = try SavedModel(model, data: table) }
  }
}

/// The Poisson family under another name.
private struct OwnFamily: Family {
  let name = "own"
  let defaultLink: any Link = LogLink()
  let dispersion = DispersionKind.one
  let meanRange = 0...Double.infinity

  func variance(_ mean: Double, parameter: Double) -> VarianceValue {
    Poisson().variance(mean, parameter: parameter)
  }

  func unitDeviance(_ y: Double, mean: Double, parameter: Double) -> Double {
    Poisson().unitDeviance(y, mean: mean, parameter: parameter)
  }

  func saturatedLogDensity(
    _ y: Double, weight: Double, parameter: Double
  ) -> SaturatedLogDensity {
    Poisson().saturatedLogDensity(y, weight: weight, parameter: parameter)
  }

  func problem(with y: Double, weight: Double) -> ResponseProblem? {
    Poisson().problem(with: y, weight: weight)
  }

  func startingMean(_ y: Double, weight: Double) -> Double {
    Poisson().startingMean(y, weight: weight)
  }
}

extension MixedModel {
  /// All numbers that need no rows.
  func numbers() throws -> [Double] {
    let effects = randomEffects
    return try theta + fixedEffects.estimates + fixedEffects.covariance.values
      + termFactors.flatMap(\.values)
      + [objective, deviance, covarianceScale]
      + [residualStandardDeviation, sizeParameter].compactMap { $0 }
      + effects.flatMap { $0.conditionalModes.values + $0.sphericalRandomEffects.values }
      + effects.conditionalCovariances().flatMap(\.values)
      + groupCoefficients.groups.flatMap(\.coefficients.values)
  }
}

extension JSONEncoder {
  /// As a client would set it to give the text of a file.
  fileprivate static var ofModels: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return encoder
  }
}

extension JSONDecoder {
  fileprivate static var ofModels: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return decoder
  }
}
