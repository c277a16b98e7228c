// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import MixedModelErrors
import ModelFormulas
import Testing

@testable import MixedModelFitting

@Suite("The rows of saved models")
struct SavedModelRowsTests {
  private static let formula: Formula = "reaction ~ 1 + days + (1 + days | subj)"

  private static func saved(_ table: DataTable = Dataset.sleepstudy.table) throws -> SavedModel {
    try SavedModel(
      LinearMixedModel.fit(formula, data: table), data: table, source: "sleepstudy.csv")
  }

  private static func message(_ saved: SavedModel, _ table: DataTable) -> String? {
    #expect(throws: MixedModelError.self) { _ = try saved.restored(from: table) }?.description
  }

  @Test("Other values are refused, and the column is named")
  func otherValues() throws {
    let saved = try Self.saved()
    let table = Dataset.sleepstudy.table
    guard case .numeric(let days)? = table["days"], case .categorical(let subjects)? = table["subj"]
    else {
      Issue.record("the columns have other kinds")
      return
    }
    var values = days.values
    values[17] += 1e-9
    #expect(
      Self.message(saved, try table.replacing("days", with: .numeric(NumericColumn(values))))
        == "The column \"days\" has other values than it had, or another order of rows, when the "
        + "model was fitted to \"sleepstudy.csv\". Give the rows of the fit in their order, or fit "
        + "the model again.")
    let renamed = subjects.codes.map { subjects.levels[Int($0)] }.map { $0 == "S308" ? "S3" : $0 }
    let other = try table.replacing("subj", with: .categorical(CategoricalColumn(renamed)))
    #expect(Self.message(saved, other)?.hasPrefix("The column \"subj\" has other values") == true)
    let reversed = try table.filtered(rows: Array((0..<table.rowCount).reversed()))
    #expect(
      Self.message(saved, reversed)?.hasPrefix("The column \"reaction\" has other values") == true)
    // A column that was numeric and is not.
    let texts = days.values.map { "\($0)" as String? }
    let textual = try table.replacing("days", with: .categorical(CategoricalColumn(texts)))
    #expect(Self.message(saved, textual)?.hasPrefix("The column \"days\" has other") == true)
  }

  @Test("Another number of rows is refused, and both are told")
  func otherRowCount() throws {
    let table = Dataset.sleepstudy.table
    let saved = try Self.saved()
    #expect(
      Self.message(saved, try table.filtered(rows: Array(0..<179)))
        == "The model was fitted to 180 rows of \"sleepstudy.csv\", and these data have 179 rows. "
        + "Give the rows of the fit.")
    guard case .numeric(let days)? = table["days"] else { return }
    var values = days.values
    values[3] = .nan
    #expect(
      Self.message(saved, try table.replacing("days", with: .numeric(NumericColumn(values))))?
        .contains("these data have 179 complete rows.") == true)
  }

  @Test("A column that is not there is named")
  func missingColumn() throws {
    #expect(
      Self.message(try Self.saved(), try Dataset.sleepstudy.table.select(["reaction", "subj"]))?
        .hasPrefix("There is no column \"days\" in these data, and the model reads it.") == true)
  }

  @Test(
    "What the model does not read may differ: other columns, the order of levels, left-out rows")
  func indifferentChanges() throws {
    let table = Dataset.sleepstudy.table
    let saved = try Self.saved()
    guard case .categorical(let subjects)? = table["subj"] else { return }
    let other = try DataTable(
      ["subj", "days", "reaction"].map { ($0, try table.column($0)) }
        + [("further", .numeric(NumericColumn([Double](repeating: 1, count: table.rowCount))))])
    let reordered = try other.reorderingLevels(
      of: "subj", as: Array(subjects.levels.reversed()))
    let model = try #require(try saved.restored(from: reordered) as? LinearMixedModel)
    #expect(try model.numbers() == saved.numbers())
  }

  @Test("Rows without a value are left out again")
  func incompleteRows() throws {
    guard case .numeric(let days)? = Dataset.sleepstudy.table["days"] else { return }
    var values = days.values
    values[5] = .nan
    let table = try Dataset.sleepstudy.table.replacing(
      "days", with: .numeric(NumericColumn(values)))
    let saved = try SavedModel(json: Self.saved(table).json())
    #expect(saved.observationCount == 179)
    #expect(saved.notes == [.rowsOmitted(1, of: 180)])
    let model = try #require(try saved.restored(from: table) as? LinearMixedModel)
    #expect(try model.numbers() == saved.numbers())
  }

  @Test("A model is saved with the data that it was fitted to alone")
  func otherData() throws {
    let table = Dataset.sleepstudy.table
    let model = try LinearMixedModel.fit(Self.formula, data: table)
    guard case .numeric(let reaction)? = table["reaction"] else { return }
    let other = try table.replacing(
      "reaction", with: .numeric(NumericColumn(reaction.values.map { $0 + 1 })))
    let error = #expect(throws: MixedModelError.self) { _ = try SavedModel(model, data: other) }
    #expect(
      error?.description
        == "These are not the data that the model was fitted to. Give those; after a refit to "
        + "another response, with that response in its column.")
  }

  @Test("Columns are read as what they were: names as text, numbers as numbers")
  func categoricalColumns() throws {
    #expect(try Self.saved().design.categoricalColumns == ["subj"])
    let table = Dataset.sleepstudy.table
    let categorical = try LinearMixedModel.fit(
      "reaction ~ 1 + days + (1 | subj)", data: table,
      options: DesignOptions(categorical: ["days"]))
    #expect(categorical.design.categoricalColumns == ["subj", "days"])
  }

  @Test("Digests are FNV-1a of bits and of texts, whatever the codes")
  func digests() throws {
    // FNV-1a of the eight bytes 00 00 00 00 00 00 F0 3F, computed apart in exact integers.
    let one = ColumnDigest(.numeric(NumericColumn([1])), as: .numbers)
    #expect(one?.value == 0xAAB1_6932_29BA_1DB8)
    let zeros = [0.0, -0.0].map { ColumnDigest(.numeric(NumericColumn([$0])), as: .numbers) }
    #expect(zeros[0] == zeros[1])
    let left = CategoricalColumn(["b", "a", "b"])
    let right = try left.reordered(levels: ["b", "a"])
    #expect(
      ColumnDigest(.categorical(left), as: .categories)
        == ColumnDigest(.categorical(right), as: .categories))
    #expect(
      ColumnDigest(.categorical(left), as: .categories)
        != ColumnDigest(.categorical(CategoricalColumn(["a", "b", "b"])), as: .categories))
    #expect(ColumnDigest(.categorical(left), as: .numbers) == nil)
    // Numbers that are names.
    #expect(
      ColumnDigest(.numeric(NumericColumn([2, 10])), as: .categories)
        == ColumnDigest(.categorical(CategoricalColumn(["2", "10"])), as: .categories))
  }
}
