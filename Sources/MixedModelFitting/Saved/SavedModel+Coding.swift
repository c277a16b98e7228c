// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

extension SavedModel: Codable {
  /// The model that a coder holds, its family and link from ``ModelVocabulary/builtIn``.
  /// - Throws: ``MixedModelError`` if what it holds is no saved model, is damaged, or is of a later
  ///   version; a `DecodingError` if it lacks a member or holds something else in its place.
  public init(from decoder: any Decoder) throws {
    self = try SavedModel(from: decoder, vocabulary: .builtIn)
  }

  /// - Parameter name: what messages call the model.
  init(
    from decoder: any Decoder, vocabulary: ModelVocabulary, name: SavedModelName = .unnamed
  ) throws {
    let header: SavedModelRecord.Header
    do {
      header = try SavedModelRecord.Header(from: decoder)
    } catch is DecodingError {
      throw MixedModelError.notASavedModel(name)
    }
    guard header.format == SavedModelRecord.formatName else {
      throw MixedModelError.notASavedModel(name)
    }
    guard header.version <= SavedModelRecord.currentVersion else {
      throw MixedModelError.newerSavedModel(
        name, version: header.version, known: SavedModelRecord.currentVersion)
    }
    guard header.version > 0 else {
      throw MixedModelError.damagedSavedModel(name, member: "version")
    }
    let record = try SavedModelRecord(from: decoder)
    do {
      self = try SavedModel(record, vocabulary: vocabulary)
    } catch SavedModelFault.member(let member) {
      throw MixedModelError.damagedSavedModel(name, member: member)
    } catch let error as MixedModelError {
      throw MixedModelError.damagedSavedModel(name, because: error)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    try SavedModelRecord(self).encode(to: encoder)
  }
}

/// What messages call a saved model.
enum SavedModelName: Sendable {
  case unnamed
  case standardInput
  case file(String)

  /// At the beginning of a sentence.
  var text: String {
    switch self {
    case .unnamed: "The saved model"
    case .standardInput: "Standard input"
    case .file(let path): "The file \"\(path)\""
    }
  }

  var subject: MixedModelError.Subject {
    switch self {
    case .unnamed, .standardInput: .nothing
    case .file(let path): .file(path)
    }
  }
}
