// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MixedModels

/// The argument MODEL and the option `--data`, which the commands on fitted models share.
struct ModelSource: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A model that \"mixedmodels fit\" has written with --save, or - for standard input.",
      valueName: "model"))
  var path: String

  @Option(
    help: ArgumentHelp(
      "The rows that the model was fitted to, if they are not where the model says.",
      valueName: "data"))
  var data: String?
}

extension ModelSource {
  /// A model of a command that takes several.
  init(path: String, data: String?) {
    self.init()
    self.path = path
    self.data = data
  }

  /// The model without its rows.
  func model() throws(MixedModelError) -> SavedModel { try SavedModel(contentsOf: path) }

  /// The model with its rows, which are read again: a `LinearMixedModel` or a
  /// `GeneralizedLinearMixedModel`.
  func restoredModel() throws(MixedModelError) -> any MixedModel {
    let model = try model()
    return try model.restored(from: try table(of: model))
  }

  /// The table with the rows of the fit: that of `--data`, or else the one that the model names.
  func table(of model: SavedModel) throws(MixedModelError) -> DataTable {
    let columns = model.design.categoricalColumns
    if let data { return try DataSource(data).table(textColumns: columns) }
    guard let source = model.source else { throw .modelWithoutSource(path) }
    guard source != "-" else { throw .modelOfStandardInput(path) }
    do {
      return try DataSource(source).table(textColumns: columns)
    } catch {
      throw error.kind == .file ? .sourceNotFound(error, ofModel: path) : error
    }
  }
}

extension MixedModelError {
  /// What to do where the rows are not found.
  private static let wayToRows = "Give them with --data."

  fileprivate static func modelWithoutSource(_ path: String) -> MixedModelError {
    MixedModelError(
      .file, .file(path),
      problem: "The rows of the fit are needed, and the model \"\(path)\" does not say where they "
        + "are.",
      remedy: wayToRows)
  }

  fileprivate static func modelOfStandardInput(_ path: String) -> MixedModelError {
    MixedModelError(
      .file, .file(path),
      problem: "The rows of the fit are needed, and those of the model \"\(path)\" came from "
        + "standard input.",
      remedy: wayToRows)
  }

  /// The failure to find the rows as one of the model that names their place.
  fileprivate static func sourceNotFound(
    _ error: MixedModelError, ofModel path: String
  ) -> MixedModelError {
    MixedModelError(
      .file, error.subject,
      problem: "The rows of the fit are needed, and they are not where the model \"\(path)\" says. "
        + error.problem,
      remedy: wayToRows)
  }
}
