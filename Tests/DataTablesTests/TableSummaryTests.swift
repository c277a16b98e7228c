// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import DataTables

@Suite("Summaries")
struct TableSummaryTests {
  @Test("Mean, median and extremes leave missing values out")
  func numeric() throws {
    let summary = try DataTable(numeric: ["x": [4, .nan, 1, 2, 10]]).describe()
    let column = try #require(summary.columns.first)
    #expect(column.name == "x")
    #expect(column.kind == .numeric)
    #expect(column.mean == 4.25)
    #expect(column.median == 3)
    #expect(column.minimum == .number(1))
    #expect(column.maximum == .number(10))
    #expect(column.missingCount == 1)
    #expect(column.levelCount == nil)
    #expect(summary.rowCount == 5)
  }

  @Test("Categories show the first and last level that occurs")
  func categorical() throws {
    let table = try DataTable(categorical: ["g": ["c", nil, "b", "a"]]).filtered(rows: [0, 1, 2])
    let column = try #require(table.describe().columns.first)
    #expect(column.kind == .categorical)
    #expect(column.minimum == .level("b"))
    #expect(column.maximum == .level("c"))
    #expect(column.mean == nil)
    #expect(column.median == nil)
    #expect(column.missingCount == 1)
    #expect(column.levelCount == 3)
  }

  @Test("A column without values has no statistics")
  func noValues() throws {
    let table = try DataTable(numeric: ["x": [.nan]], categorical: ["g": [nil]])
    for column in table.describe().columns {
      #expect(column.mean == nil)
      #expect(column.minimum == nil)
      #expect(column.maximum == nil)
      #expect(column.missingCount == 1)
    }
  }

  @Test("The text is a table with numbers aligned on the right")
  func text() throws {
    let table = try DataTable(
      numeric: ["yield": [1440, 1530.25, .nan, 123_456.789]], categorical: ["batch": ["A", "B", "A", "A"]])
    #expect(
      table.describe().description == """
        variable     mean   min   median      max  nmissing  kind
        yield     42142.3  1440  1530.25   123457         1  numeric
        batch                 A                 B         0  categorical
        """)
  }
}
