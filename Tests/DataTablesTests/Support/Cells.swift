// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import Testing

extension DataTable {
  /// The numbers of the named column.
  func numbers(_ name: String) throws -> [Double] {
    guard case .numeric(let column)? = self[name] else {
      Issue.record("\(name) is not numeric")
      return []
    }
    return column.values
  }

  /// The named categorical column.
  func categories(_ name: String) throws -> CategoricalColumn {
    guard case .categorical(let column)? = self[name] else {
      Issue.record("\(name) is not categorical")
      return try CategoricalColumn([])
    }
    return column
  }

  /// The texts of the named categorical column, `nil` where missing.
  func texts(_ name: String) throws -> [String?] {
    try categories(name).texts
  }
}

extension CategoricalColumn {
  /// The text of every row, `nil` where missing.
  var texts: [String?] { codes.map { $0 < 0 ? nil : levels[Int($0)] } }
}
