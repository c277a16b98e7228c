// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MixedModelInference

@Suite("Numbers and names as R writes them")
struct NotationTests {
  private static func items(_ field: String) -> [String] {
    field.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
  }

  @Test("A column has the notation of R's format")
  func columns() throws {
    let rows = try TextFixture.rows("r-notation", "format")
    #expect(rows.count == 120)
    for row in rows {
      let values = Self.items(row[1]).compactMap(Double.init)
      let digits = try #require(Int(row[0]))
      let texts = CommonNotation.column(values, significantDigits: digits)
      #expect(texts == Self.items(row[2]), "\(values) with \(digits) digits")
    }
  }

  @Test("P-values are those of R's format.pval")
  func pValues() throws {
    let rows = try TextFixture.rows("r-notation", "pvalue")
    #expect(rows.count == 60)
    for row in rows {
      let values = Self.items(row[0]).compactMap(Double.init)
      #expect(SignificanceMarks.pValueTexts(values) == Self.items(row[1]), "\(values)")
    }
  }

  @Test("Names are shortened as R's abbreviate does")
  func names() throws {
    let rows = try TextFixture.rows("r-notation", "abbreviate")
    #expect(rows.count == 27)
    for row in rows {
      let short = NameAbbreviation.abbreviated(
        Self.items(row[1]), leastLength: try #require(Int(row[0])))
      #expect(short == Self.items(row[2]))
    }
  }

  @Test("Equal names are shortened to equal ones")
  func repeatedNames() {
    #expect(
      NameAbbreviation.abbreviated(["temperature", "temperature"], leastLength: 4)
        == ["tmpr", "tmpr"])
  }

  @Test("Stars follow R's limits, which belong to the smaller side")
  func stars() {
    let values = [0, 0.001, 0.0011, 0.01, 0.05, 0.051, 0.1, 0.11, .nan]
    #expect(
      values.map(SignificanceMarks.mark) == ["***", "***", "**", "**", "*", ".", ".", " ", " "])
  }

  @Test(
    "General notation is that of C's %.5g",
    arguments: [
      (0.0, "0"), (94, "94"), (-0.21089, "-0.21089"), (0.0001, "0.0001"),
      (0.00001234567, "1.2346e-05"),
      (99999.6, "1e+05"), (123456, "1.2346e+05"), (4.01584e-13, "4.0158e-13"),
      (1.1971e-103, "1.1971e-103"), (469.2437, "469.24"), (.infinity, "Inf"), (.nan, "NaN"),
    ] as [(Double, String)])
  func general(_ value: Double, _ text: String) {
    #expect(value.generalText(digits: 5) == text)
  }

  @Test("Columns that do not fit follow below, and the last one always gets a place")
  func wrapping() {
    let table = TextColumns(
      rowNames: ["a", "bb"],
      columns: [.init("x", ["1", "22"]), .init("long", ["3", "4"]), .init("z", ["5", "6"])],
      alignment: .right)
    #expect(table.lines(width: 80) == ["    x long z", "a   1    3 5", "bb 22    4 6"])
    #expect(
      table.lines(width: 11) == ["    x long", "a   1    3", "bb 22    4", "   z", "a  5", "bb 6"])
    #expect(table.lines(width: 1).count == 9)
    #expect(
      TextColumns.named([("Min", "1"), ("Max", "2")], width: 5) == ["Min ", "  1 ", "Max ", "  2 "])
  }
}
