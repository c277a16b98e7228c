// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import CDatasets
import DataTables
import MixedModelErrors

/// A data set of the literature that comes with the package, ready for a fit:
/// `Dataset.sleepstudy.table`.
///
/// The tables are embedded in the library, so that no file need be found.
public struct Dataset: Sendable, Hashable {
  /// The name by which the command line knows it.
  public let name: String
  /// What was observed, on what and how often.
  public let summary: String
  /// Where the data come from: the literature, and the package they were taken from.
  public let origin: String
  /// The licence under which that package passes them on, as an SPDX expression.
  public let licence: String
  /// Columns that are categorical though their values are numbers.
  let categorical: Set<String>
  /// The order of levels by column, where it is not the default one.
  let levels: [String: [String]]

  init(
    _ name: String, summary: String, origin: String, licence: String,
    categorical: Set<String> = [], levels: [String: [String]] = [:]
  ) {
    self.name = name
    self.summary = summary
    self.origin = origin
    self.licence = licence
    self.categorical = categorical
    self.levels = levels
  }

  /// The data, with the columns categorical and the levels ordered as the literature has them.
  /// - Complexity: O(size of the data), for every call; keep the table to use it again.
  public var table: DataTable {
    let text = mixed_models_dataset(name)
    do {
      var table = try DataTable.table(
        UnsafeBufferPointer(start: text.bytes, count: text.count), source: name,
        delimiter: .comma, categorical: categorical)
      for (column, levels) in levels {
        table = try table.reorderingLevels(of: column, as: levels)
      }
      return table
    } catch {
      preconditionFailure("The built-in data set \(name) is damaged: \(error)")
    }
  }

  /// The built-in data set of the given name.
  /// - Throws: ``MixedModelError`` if there is none.
  public static func named(_ name: String) throws(MixedModelError) -> Dataset {
    guard let dataset = all.first(where: { $0.name == name }) else {
      throw .unknownDataset(name, available: all.map(\.name))
    }
    return dataset
  }
}

extension MixedModelError {
  static func unknownDataset(_ name: String, available: [String]) -> MixedModelError {
    let hints = [
      suggestion(for: name, in: available), "Data sets: " + available.joined(separator: ", ") + ".",
    ]
    return MixedModelError(
      .unknownName, .nothing, problem: "There is no built-in data set \"\(name)\".",
      remedy: hints.filter { !$0.isEmpty }.joined(separator: " "))
  }
}
