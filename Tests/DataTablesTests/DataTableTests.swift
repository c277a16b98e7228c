// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import Testing

@testable import DataTables

@Suite("Tables")
struct DataTableTests {
  private func example() throws -> DataTable {
    try DataTable(
      numeric: ["y": [1, .nan, 3, 4], "x": [0.5, 1, 1.5, 2]],
      categorical: ["g": ["b", "a", nil, "b"]])
  }

  @Test("A table knows its rows and columns")
  func columns() throws {
    let table = try example()
    #expect(table.rowCount == 4)
    #expect(table.columnNames == ["y", "x", "g"])
    #expect(try table.numbers("x") == [0.5, 1, 1.5, 2])
    #expect(try table.categories("g") == CategoricalColumn(["b", "a", nil, "b"]))
    #expect(table["z"] == nil)
    #expect(try table.column("y").missingCount == 1)
    #expect(try table.column("g").missingCount == 1)
  }

  @Test("A table without columns has no rows")
  func empty() throws {
    #expect(try DataTable([]).rowCount == 0)
  }

  @Test("Two columns of one name are refused")
  func duplicates() {
    let error = #expect(throws: MixedModelError.self) {
      try DataTable(numeric: ["x": [1], "x": [2]])
    }
    #expect(
      error?.description == "Two columns are named \"x\". Give every column a name of its own.")
    #expect(error?.subject == .column("x"))
  }

  @Test("Columns of different lengths are refused")
  func lengths() {
    let error = #expect(throws: MixedModelError.self) {
      try DataTable(numeric: ["x": [1, 2]], categorical: ["g": ["a"]])
    }
    #expect(
      error?.description == "Column \"g\" has 1 row, but column \"x\" has 2."
        + " All columns of a table have the same length.")
  }

  @Test("Columns are selected in the order asked for")
  func select() throws {
    let table = try example().select(["g", "y"])
    #expect(table.columnNames == ["g", "y"])
    #expect(table["x"] == nil)
    #expect(table.rowCount == 4)
  }

  @Test("A column that does not exist is named with the nearest that does")
  func unknown() throws {
    let table = try DataTable(numeric: ["days": [1], "reaction": [2]])
    let error = #expect(throws: MixedModelError.self) { try table.select(["day"]) }
    #expect(
      error?.description
        == "There is no column \"day\". Did you mean \"days\"? Columns: days, reaction.")
  }

  @Test("Rows are chosen by index or mask, and levels stay")
  func rows() throws {
    let table = try example()
    let chosen = try table.filtered(rows: [3, 0, 0])
    #expect(chosen.rowCount == 3)
    #expect(try chosen.numbers("y") == [4, 1, 1])
    #expect(try chosen.texts("g") == ["b", "b", "b"])
    #expect(try chosen.categories("g").levels == ["a", "b"])
    let masked = try table.filtered(by: [true, false, false, true])
    #expect(try masked.numbers("y") == [1, 4])
  }

  @Test("A row out of range and a mask of another length are refused")
  func badRows() throws {
    let table = try example()
    let range = #expect(throws: MixedModelError.self) { try table.filtered(rows: [0, 4]) }
    #expect(
      range?.description
        == "There is no row of index 4. The table has 4 rows, counted from 0.")
    let mask = #expect(throws: MixedModelError.self) { try table.filtered(by: [true]) }
    #expect(mask?.description == "The mask has 1 value for 4 rows. Give one value per row.")
  }

  @Test("A column is replaced by one of the same length only")
  func replacing() throws {
    let table = try example()
    let replaced = try table.replacing("x", with: .numeric(NumericColumn([1, 2, 3, 4])))
    #expect(try replaced.numbers("x") == [1, 2, 3, 4])
    #expect(throws: MixedModelError.self) {
      try table.replacing("x", with: .numeric(NumericColumn([1])))
    }
    #expect(throws: MixedModelError.self) {
      try table.replacing("z", with: .numeric(NumericColumn([1, 2, 3, 4])))
    }
  }

  @Test("Levels are reordered in place, and a numeric column has none")
  func levels() throws {
    let table = try example().reorderingLevels(of: "g", as: ["b", "a"])
    #expect(try table.categories("g").levels == ["b", "a"])
    let error = #expect(throws: MixedModelError.self) {
      try table.reorderingLevels(of: "y", as: ["1"])
    }
    #expect(
      error?.description
        == "Column \"y\" is numeric and has no levels. Make it categorical first.")
    #expect(try table.withCategorical(["y"]).categories("y").levels == ["1", "3", "4"])
  }
}
