// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension SavedModel {
  /// The model in a file that ``write(to:)`` or `mixedmodels fit --save` has written, possibly
  /// compressed by gzip.
  /// - Parameters:
  ///   - path: the file, or `-` for standard input.
  ///   - vocabulary: the names of families and links that are not built in.
  /// - Throws: ``MixedModelError`` if the file cannot be read, is no saved model, is damaged or cut
  ///   short, or was written by a later version of the package.
  public init(
    contentsOf path: String, vocabulary: ModelVocabulary = .builtIn
  ) throws(MixedModelError) {
    let content: Data
    do {
      // A name of its own keeps the bytes until they are copied.
      let bytes = try TextSources.open(path).wholeText()
      content = Data(buffer: bytes.buffer)
    } catch {
      throw .unreadableModelFile(error)
    }
    try self.init(
      json: content, name: path == "-" ? .standardInput : .file(path), vocabulary: vocabulary)
  }

  /// The model in the text of such a file.
  /// - Throws: ``MixedModelError`` as ``init(contentsOf:vocabulary:)`` does.
  public init(
    json: some Sequence<UInt8>, vocabulary: ModelVocabulary = .builtIn
  ) throws(MixedModelError) {
    try self.init(json: Data(json), name: .unnamed, vocabulary: vocabulary)
  }

  private init(
    json: Data, name: SavedModelName, vocabulary: ModelVocabulary
  ) throws(MixedModelError) {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: NumberWords.positiveInfinity,
      negativeInfinity: NumberWords.negativeInfinity, nan: NumberWords.nan)
    do {
      self = try decoder.decode(
        Document.self, from: json,
        configuration: Document.Configuration(vocabulary: vocabulary, name: name)
      ).model
    } catch let error as MixedModelError {
      throw error
    } catch let error as DecodingError {
      throw .unreadableSavedModel(
        name, member: error.memberName, isObject: json.first { !$0.isBlank } == UInt8(ascii: "{"))
    } catch {
      throw .notASavedModel(name)
    }
  }

  /// Writes the model to a file, in place of what it held: entirely, or not at all.
  /// - Throws: ``MixedModelError`` if the file cannot be written.
  public func write(to path: String) throws(MixedModelError) {
    try replaceFile(at: path, with: try json())
  }

  /// The text of the file: JSON in UTF-8.
  ///
  /// The same model gives the same text. Numbers have as many digits as they need to be read back
  /// exactly.
  /// - Throws: ``MixedModelError`` if it cannot be told in JSON.
  public func json() throws(MixedModelError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: NumberWords.positiveInfinity,
      negativeInfinity: NumberWords.negativeInfinity, nan: NumberWords.nan)
    do {
      return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    } catch {
      throw .unwritableModel(reason: "\(error)")
    }
  }
}

/// What stands for numbers that JSON has no other word for.
private enum NumberWords {
  static let positiveInfinity = "Infinity"
  static let negativeInfinity = "-Infinity"
  static let nan = "NaN"
}

/// A saved model, decoded with what the caller says of it.
private struct Document: DecodableWithConfiguration {
  struct Configuration {
    let vocabulary: ModelVocabulary
    let name: SavedModelName
  }

  let model: SavedModel

  init(from decoder: any Decoder, configuration: Configuration) throws {
    model = try SavedModel(
      from: decoder, vocabulary: configuration.vocabulary, name: configuration.name)
  }
}

extension DecodingError {
  /// The member at fault, `estimates.theta`; empty where the text is not JSON at all.
  fileprivate var memberName: String {
    let path: [any CodingKey] =
      switch self {
      case .keyNotFound(let key, let context): context.codingPath + [key]
      case .typeMismatch(_, let context), .valueNotFound(_, let context),
        .dataCorrupted(let context):
        context.codingPath
      @unknown default: []
      }
    return path.map { $0.intValue.map { "\($0 + 1)" } ?? $0.stringValue }.joined(separator: ".")
  }
}

extension UInt8 {
  /// Whether the byte is what JSON calls white space.
  fileprivate var isBlank: Bool { [0x20, 0x09, 0x0A, 0x0D].contains(self) }
}
