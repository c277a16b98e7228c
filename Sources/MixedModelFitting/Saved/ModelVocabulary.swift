// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

/// The families and links that a saved model may name: the built-in ones and those of your own.
///
/// A file says which family and link a model has by their names. To save a model with a family of
/// your own, and to load it again, give the same vocabulary both times:
///
///     let vocabulary = ModelVocabulary(families: [ZipfFamily()])
///     try SavedModel(model, data: table, vocabulary: vocabulary).write(to: "model.json")
///     let model = try SavedModel(contentsOf: "model.json", vocabulary: vocabulary)
public struct ModelVocabulary: Sendable {
  /// Families beside the built-in ones; one of a built-in name takes its place.
  public let families: [any Family]
  /// Links beside the built-in ones; one of a built-in name takes its place.
  public let links: [any Link]

  public init(families: [any Family] = [], links: [any Link] = []) {
    self.families = families
    self.links = links
  }

  /// The built-in families and links alone.
  public static let builtIn = ModelVocabulary()

  /// The family of the given name.
  /// - Throws: ``MixedModelError`` if there is no such family, or it has no size parameter.
  func family(named name: String, size: Double?) throws(MixedModelError) -> any Family {
    if size == nil, let own = families.first(where: { $0.name == name }) { return own }
    return try FamilyVocabulary.family(named: name, size: size)
  }

  /// The link of the given name.
  /// - Throws: ``MixedModelError`` if there is no such link.
  func link(named name: String) throws(MixedModelError) -> any Link {
    if let own = links.first(where: { $0.name == name }) { return own }
    return try LinkVocabulary.link(named: name)
  }

  /// Refuses a family or a link that could not be found again by its name.
  func check(_ family: any Family, _ link: any Link) throws(MixedModelError) {
    let size = (family as? NegativeBinomial)?.size
    let foundFamily = try? self.family(named: family.name, size: size)
    guard foundFamily.map({ type(of: $0) == type(of: family) }) ?? false else {
      throw .notInVocabulary("family", family.name)
    }
    let foundLink = try? self.link(named: link.name)
    guard foundLink.map({ type(of: $0) == type(of: link) }) ?? false else {
      throw .notInVocabulary("link", link.name)
    }
  }
}
