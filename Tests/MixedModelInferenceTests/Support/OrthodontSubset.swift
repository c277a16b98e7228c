// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import MixedModelErrors

/// The data set orthodont without ten rows, so that it is not balanced.
enum OrthodontSubset {
  /// The rows left out, counted from one.
  static let omitted: Set = [2, 5, 11, 23, 24, 40, 57, 90, 91, 100]

  static func table() throws -> DataTable {
    let full = Dataset.orthodont.table
    let rows = (0..<full.rowCount).filter { !omitted.contains($0 + 1) }
    return try DataTable(
      full.columnNames.compactMap { name in
        full[name].map { (name, $0.rows(rows)) }
      })
  }
}

/// Whether a value is within a relative tolerance of another.
func agree(_ value: Double?, _ expected: Double, _ tolerance: Double) -> Bool {
  value.map { abs($0 - expected) <= tolerance * abs(expected) } ?? false
}
