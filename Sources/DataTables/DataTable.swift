// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

/// Named columns of equal length.
public struct DataTable: Sendable {
  public let rowCount: Int
  public let columnNames: [String]
  private let columns: [String: Column]

  /// A table of the given columns.
  /// - Throws: ``MixedModelError`` if two columns share a name or lengths differ.
  public init(_ columns: [(name: String, column: Column)]) throws(MixedModelError) {
    rowCount = 0
    columnNames = columns.map(\.name)
    self.columns = Dictionary(columns.map { ($0.name, $0.column) }, uniquingKeysWith: { a, _ in a })
  }

  /// The column of the given name, or `nil` if the table has none.
  public subscript(name: String) -> Column? { columns[name] }
}
