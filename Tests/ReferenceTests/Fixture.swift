// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MixedModelDatasets
import MixedModels
import Testing

/// Reading the files of reference values, which name their own source and tolerances.
enum Fixture {
  private struct Contents<Item: Decodable>: Decodable {
    let about: String
    let models: [Item]?
    let fits: [Item]?
  }

  static func items<Item: Decodable>(_ name: String) -> [Item] {
    do {
      let url = try #require(
        Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "json"))
      let contents = try JSONDecoder().decode(Contents<Item>.self, from: Data(contentsOf: url))
      return contents.models ?? contents.fits ?? []
    } catch {
      // An empty list would pass every parameterized test.
      fatalError("the fixture \(name) cannot be read: \(error)")
    }
  }

  /// A table beside the fixtures, or `nil` if there is none of this name.
  static func table(_ name: String) throws -> DataTable? {
    try Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "csv")
      .map { try DataTable(contentsOf: $0.path) }
  }
}

/// What identifies a model in a fixture.
struct ReferenceModel: Sendable, Decodable {
  let dataset: String
  let formula: String
  let criterionName: String
  let categorical: [String]?
  let levels: [String: [String]]?
  let contrasts: [String: String]?

  private enum CodingKeys: String, CodingKey {
    case dataset, formula, categorical, levels, contrasts
    case criterionName = "criterion"
  }

  var criterion: Criterion { Criterion(rawValue: criterionName) ?? .maximumLikelihood }

  func problem() throws -> LinearProblem {
    var options = DesignOptions(categorical: Set(categorical ?? []), levels: levels ?? [:])
    for (name, text) in contrasts ?? [:] {
      options.contrasts[name] = try ContrastSpecification(parsing: text)
    }
    return try LinearProblem(
      Formula(formula), data: Dataset.named(dataset).table, options: options)
  }
}
