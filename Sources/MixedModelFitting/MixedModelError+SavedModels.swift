// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

// MARK: - Files

extension MixedModelError {
  /// How to come by a saved model.
  private static let wayToSave = "\"mixedmodels fit\" writes one with the option --save."

  /// The failure to read a file as one of data, told as one of a model.
  static func unreadableModelFile(_ error: MixedModelError) -> MixedModelError {
    MixedModelError(
      error.kind, error.subject, problem: error.problem,
      remedy: "Give a saved model. \(wayToSave)")
  }

  static func notASavedModel(_ name: SavedModelName) -> MixedModelError {
    MixedModelError(
      .file, name.subject, problem: "\(name.text) is not a saved model.", remedy: wayToSave)
  }

  static func newerSavedModel(
    _ name: SavedModelName, version: Int, known: Int
  ) -> MixedModelError {
    MixedModelError(
      .file, name.subject,
      problem: "\(name.text) is a saved model of version \(version), and this program knows "
        + "versions up to \(known).",
      remedy: "Read it with a later release, or save the model again with this one.")
  }

  static func damagedSavedModel(_ name: SavedModelName, member: String) -> MixedModelError {
    MixedModelError(
      .file, name.subject,
      problem: "\(name.text) is a damaged saved model: its member \(member) is missing or does "
        + "not fit the others.",
      remedy: "Save the model again.")
  }

  static func damagedSavedModel(
    _ name: SavedModelName, because error: MixedModelError
  ) -> MixedModelError {
    MixedModelError(
      .file, name.subject,
      problem: "\(name.text) is a saved model that cannot be read. \(error.problem)",
      remedy: error.remedy)
  }

  /// - Parameters:
  ///   - member: the member at fault; empty where the text is not JSON.
  ///   - isObject: whether the text begins as saved models do.
  static func unreadableSavedModel(
    _ name: SavedModelName, member: String, isObject: Bool
  ) -> MixedModelError {
    guard member.isEmpty else { return damagedSavedModel(name, member: member) }
    guard isObject else { return notASavedModel(name) }
    return MixedModelError(
      .file, name.subject, problem: "\(name.text) is damaged or cut short: it is not whole JSON.",
      remedy: "Save the model again.")
  }

  static func unwritableModel(reason: String) -> MixedModelError {
    MixedModelError(
      .file, .nothing, problem: "The model cannot be told in JSON: \(reason).")
  }
}

// MARK: - Models and rows

extension MixedModelError {
  static func notInVocabulary(_ kind: String, _ name: String) -> MixedModelError {
    MixedModelError(
      .model, .option(kind),
      problem: "A model with the \(kind) \"\(name)\" cannot be saved: a file names its \(kind), "
        + "and no \(kind) of this type has that name.",
      remedy: "Give a vocabulary that holds it, when saving and when loading.")
  }

  static func notTheDataOfTheFit() -> MixedModelError {
    MixedModelError(
      .data, .nothing, problem: "These are not the data that the model was fitted to.",
      remedy: "Give those; after a refit to another response, with that response in its column.")
  }

  static func otherRowCount(
    _ count: Int, fitted: Int, droppedRowCount: Int, source: String?
  ) -> MixedModelError {
    let complete = droppedRowCount > 0 ? "complete rows" : "rows"
    return MixedModelError(
      .data, .nothing,
      problem: "The model was fitted to \(fitted) rows\(fromSource(source)), and these data have "
        + "\(count) \(complete).",
      remedy: "Give the rows of the fit.")
  }

  static func otherValues(in column: String, source: String?) -> MixedModelError {
    MixedModelError(
      .data, .column(column),
      problem: "The column \"\(column)\" has other values than it had, or another order of rows, "
        + "when the model was fitted\(toSource(source)).",
      remedy: "Give the rows of the fit in their order, or fit the model again.")
  }

  private static func fromSource(_ source: String?) -> String {
    source.map { " of \"\($0)\"" } ?? ""
  }

  private static func toSource(_ source: String?) -> String {
    source.map { " to \"\($0)\"" } ?? ""
  }
}
