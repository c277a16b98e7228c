// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors
import MixedModelFitting

/// The rows of a fit in groups: what is left out together, or what robust variances sum over.
public struct RowGroups: Sendable, Hashable {
  /// The name of the grouping factor or column.
  public let name: String
  /// The names of the groups.
  public let levels: [String]
  /// For each row used, the index of its group.
  let codes: [Int32]

  /// The groups of one of the model's grouping factors.
  /// - Throws: ``MixedModelError`` if the model has none of this name, or does not hold its rows.
  public init(_ groupingFactor: String, of model: some MixedModel) throws(MixedModelError) {
    let rows = try model.rowBased("groups of rows").designRows
    let terms = model.design.randomEffects
    guard let term = terms.firstIndex(where: { $0.groupingFactor == groupingFactor }) else {
      throw .unknownGroupingFactor(groupingFactor, available: terms.map(\.groupingFactor))
    }
    self.init(
      name: groupingFactor, levels: terms[term].levels, codes: rows.terms[term].levelCodes)
  }

  /// The groups of rows with the same value in a column.
  /// - Parameter table: the table that the model was fitted to.
  /// - Throws: ``MixedModelError`` if there is no such column, the table has other rows, a row used
  ///   has no value, or the model does not hold its rows.
  public init(
    column name: String, in table: DataTable, of model: some MixedModel
  ) throws(MixedModelError) {
    let rows = try model.rowBased("groups of rows").designRows
    let column = try table.column(name).asCategorical()
    guard column.codes.count == rows.tableRowCount else {
      throw .groupsOfOtherTable(column.codes.count, expected: rows.tableRowCount)
    }
    let used = rows.tableRows.map { column.codes[$0] }
    if let missing = used.firstIndex(where: { $0 < 0 }) {
      throw .rowWithoutGroup(name, rowNumber: rows.tableRows[missing] + 1)
    }
    // Levels of rows that were left out are no groups.
    var occurs = [Bool](repeating: false, count: column.levels.count)
    for code in used { occurs[Int(code)] = true }
    let kept = column.levels.indices.filter { occurs[$0] }
    var place = [Int32](repeating: -1, count: column.levels.count)
    for (index, level) in kept.enumerated() { place[level] = Int32(index) }
    self.init(
      name: name, levels: kept.map { column.levels[$0] }, codes: used.map { place[Int($0)] })
  }

  init(name: String, levels: [String], codes: [Int32]) {
    self.name = name
    self.levels = levels
    self.codes = codes
  }

  /// The rows of each group.
  var members: [[Int]] {
    var members = [[Int]](repeating: [], count: levels.count)
    for (row, code) in codes.enumerated() { members[Int(code)].append(row) }
    return members
  }
}

extension MixedModel {
  /// The model as one that holds its rows, each a single observation.
  /// - Parameter purpose: what they are needed for.
  func rowBased(_ purpose: String) throws(MixedModelError) -> any RowBased {
    guard let model = self as? any RowBased else { throw .rowsNeeded(for: purpose) }
    guard model.designRows.frequencies == nil else { throw .singleObservationsNeeded(for: purpose) }
    return model
  }
}
