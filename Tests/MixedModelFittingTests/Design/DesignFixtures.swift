// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import MixedModelErrors
import MixedModelFitting
import ModelFormulas

/// Eight unbalanced rows, also used with R 4.2.2's `model.matrix` for the reference values.
func smallTable() throws -> DataTable {
  try DataTable(
    numeric: [
      "y": [3, 1, 4, 1, 5, 9, 2, 6], "z": [1, 2, 3, 4, 5, 6, 7, 9],
      "k": [1, 2, 1, 2, 1, 2, 10, 10],
    ],
    categorical: [
      "a": ["a1", "a1", "a1", "a2", "a2", "a2", "a1", "a2"],
      "b": ["p", "q", "r", "p", "q", "r", "p", "r"],
      "g": ["u", "v", "u", "v", "w", "w", "w", "u"],
    ])
}

func learned(
  _ formula: String, _ table: DataTable, options: DesignOptions = DesignOptions(),
  acceptsTwoLevelResponse: Bool = false
) throws -> (design: ModelDesign, rows: DesignRows) {
  try ModelDesign.learned(
    formula: try Formula(formula), data: table, options: options,
    acceptsTwoLevelResponse: acceptsTwoLevelResponse)
}

/// The message of the error that a design throws; empty if it throws none.
func message(
  _ formula: String, _ table: DataTable, options: DesignOptions = DesignOptions(),
  acceptsTwoLevelResponse: Bool = false
) throws -> String {
  let formula = try Formula(formula)
  do throws(MixedModelError) {
    _ = try ModelDesign(
      formula: formula, data: table, options: options,
      acceptsTwoLevelResponse: acceptsTwoLevelResponse)
    return ""
  } catch {
    return error.description
  }
}

/// The largest difference between two lists of equal length; infinite if lengths differ.
func largestDifference(_ left: [Double], _ right: [Double]) -> Double {
  guard left.count == right.count else { return .infinity }
  return zip(left, right).reduce(0) { max($0, abs($1.0 - $1.1)) }
}
