// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MixedModelDatasets
import MixedModels
import Testing

@testable import MixedModelFitting

/// What identifies a generalized model in a fixture.
struct GeneralizedReferenceModel: Sendable, Decodable {
  let dataset: String
  let formula: String
  let family: String
  let link: String?
  let categorical: [String]?
  let levels: [String: [String]]?
  let contrasts: [String: String]?

  func problem() throws -> GeneralizedProblem {
    var options = DesignOptions(categorical: Set(categorical ?? []), levels: levels ?? [:])
    for (name, text) in contrasts ?? [:] {
      options.contrasts[name] = try ContrastSpecification(parsing: text)
    }
    return try GeneralizedProblem(
      Formula(formula), data: table(), family: FamilyVocabulary.family(named: family),
      link: link.map { try LinkVocabulary.link(named: $0) }, options: options)
  }

  /// A built-in data set or a file beside the fixtures, with the columns that references derive.
  private func table() throws -> DataTable {
    if let table = try Fixture.table(dataset) { return table }
    let table = try Dataset.named(dataset).table
    var columns: [(name: String, column: Column)] = []
    for name in table.columnNames { columns.append((name, try table.column(name))) }
    switch dataset {
    case "cbpp":
      // A level for every row.
      let rows = (0..<table.rowCount).map { "row \($0 + 100)" }
      columns.append(("obs", .categorical(CategoricalColumn(rows))))
    case "contra":
      // Whether a woman has children.
      guard case .categorical(let children) = try table.column("livch") else { break }
      let many = children.codes.map { children.levels[Int($0)] == "0" ? 0.0 : 1 }
      columns.append(("many", .numeric(NumericColumn(many))))
    default: break
    }
    return try DataTable(columns)
  }
}
