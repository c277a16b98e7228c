// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import MixedModelFitting
import ModelFormulas
import ModelOptimization

/// The fits that the tests of extractors share, and how numbers are compared.
enum ModelFits {
  static func dyestuff(_ criterion: Criterion = .maximumLikelihood) throws -> LinearMixedModel {
    try .fit("yield ~ 1 + (1 | batch)", data: Dataset.dyestuff.table, criterion: criterion)
  }

  static func dyestuff2() throws -> LinearMixedModel {
    try .fit("yield ~ 1 + (1 | batch)", data: Dataset.dyestuff2.table)
  }

  static func sleepstudy(
    _ formula: Formula = "reaction ~ 1 + days + (1 + days | subj)",
    optimization: OptimizationOptions = OptimizationOptions()
  ) throws -> LinearMixedModel {
    try .fit(formula, data: Dataset.sleepstudy.table, optimization: optimization)
  }

  /// A model of sleepstudy with days as a category of ten.
  static func categoricalSleepstudy(_ formula: Formula) throws -> LinearMixedModel {
    try .fit(
      formula, data: Dataset.sleepstudy.table, options: DesignOptions(categorical: ["days"]))
  }

  static func penicillin(_ criterion: Criterion = .maximumLikelihood) throws -> LinearMixedModel {
    try .fit(
      "diameter ~ 1 + (1 | sample) + (1 | plate)", data: Dataset.penicillin.table,
      criterion: criterion)
  }

  static func pastes() throws -> LinearMixedModel {
    try .fit("strength ~ 1 + (1 | batch/cask)", data: Dataset.pastes.table)
  }

  /// The simulated rows of `Tests/Fixtures`, with `half_x` = x / 2 and `x2` = 2x - 1.
  static func synthetic() throws -> DataTable {
    let folder = "\(#filePath)".split(separator: "/").dropLast(3).joined(separator: "/")
    let table = try DataTable(contentsOf: "/\(folder)/Fixtures/synth_glmm.csv")
    guard case .numeric(let x)? = table["x"] else { return table }
    var columns = try table.columnNames.map { (name: $0, column: try table.column($0)) }
    columns.append(("half_x", .numeric(NumericColumn(x.values.map { $0 / 2 }))))
    columns.append(("x2", .numeric(NumericColumn(x.values.map { 2 * $0 - 1 }))))
    return try DataTable(columns)
  }

  static func weighted() throws -> LinearMixedModel {
    try .fit(
      "y_gauss ~ 1 + x + z + (1 | g)", data: synthetic(), options: DesignOptions(weights: "w"))
  }

  static func withOffset() throws -> LinearMixedModel {
    try .fit(
      "y_gauss ~ 1 + z + (1 | g)", data: synthetic(), options: DesignOptions(offset: "half_x"))
  }

  static func rankDeficient() throws -> LinearMixedModel {
    try .fit("y_gauss ~ 1 + x + x2 + z + (1 | g)", data: synthetic())
  }

  /// Whether two numbers agree to the given part of the second, or of one if that is larger.
  static func agree(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool {
    abs(a - b) <= tolerance * max(1, abs(b))
  }

  /// Whether the first numbers of one list agree with those of another, which is not longer.
  static func agree(_ a: [Double], _ b: [Double], _ tolerance: Double) -> Bool {
    a.count >= b.count && zip(a, b).allSatisfy { agree($0, $1, tolerance) }
  }
}
