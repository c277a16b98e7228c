// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import Testing

@testable import DataTables

@Suite("Categorical columns")
struct CategoricalColumnTests {
  @Test("Levels are in code point order, and in numeric order if all are numbers")
  func order() throws {
    #expect(CategoricalColumn(["b", "a", "B", "é", "z"]).levels == ["B", "a", "b", "z", "é"])
    #expect(CategoricalColumn(["10", "9", "-1", "2.5"]).levels == ["-1", "2.5", "9", "10"])
    #expect(CategoricalColumn(["10", "9", "x"]).levels == ["10", "9", "x"])
    #expect(CategoricalColumn(["1", "01", "1.0", "0"]).levels == ["0", "01", "1", "1.0"])
    // UTF-16 order would put the second before the first.
    #expect(
      CategoricalColumn(["\u{1F600}", "\u{FF5E}"]).levels == ["\u{FF5E}", "\u{1F600}"])
  }

  @Test("Missing values have code -1, and the empty text is a value")
  func missing() throws {
    let column = CategoricalColumn(["b", nil, "", "b"])
    #expect(column.codes == [1, -1, 0, 1])
    #expect(column.levels == ["", "b"])
    #expect(CategoricalColumn([nil, nil]).levels.isEmpty)
  }

  @Test("Texts that are equal as strings are one level")
  func canonicalEquivalence() throws {
    let column = CategoricalColumn(["caf\u{E9}", "cafe\u{301}", "a"])
    #expect(column.levels.count == 2)
    #expect(column.codes[0] == column.codes[1])
  }

  @Test("Given levels keep their order, occur or not")
  func givenLevels() throws {
    let column = try CategoricalColumn(["low", "high", nil], levels: ["low", "mid", "high"])
    #expect(column.codes == [0, 2, -1])
    #expect(column.levels == ["low", "mid", "high"])
  }

  @Test("A value that is no level is refused")
  func foreignValue() {
    let error = #expect(throws: MixedModelError.self) {
      try CategoricalColumn(["low", "hig"], levels: ["low", "high"])
    }
    #expect(
      error?.description == "The value \"hig\" in row 2 is none of the levels."
        + " Did you mean \"high\"? Levels: low, high.")
  }

  @Test("A level given twice is refused")
  func duplicateLevel() {
    let error = #expect(throws: MixedModelError.self) {
      try CategoricalColumn(["a"], levels: ["a", "a"])
    }
    #expect(
      error?.description == "The levels given name \"a\" twice. Give every level once.")
  }

  @Test("Reordering keeps the text of every row")
  func reordered() throws {
    let column = CategoricalColumn(["b", "a", nil, "c"])
    let reordered = try column.reordered(levels: ["c", "b", "a"])
    #expect(reordered.texts == column.texts)
    #expect(reordered.levels == ["c", "b", "a"])
    #expect(try reordered.reordered(levels: ["a", "b", "c"]) == column)
  }

  @Test("A level without rows may be left out, one with rows may not")
  func levelsLeftOut() throws {
    let table = try DataTable(categorical: ["g": ["a", "b"]])
    let filtered = try table.filtered(rows: [0])
    #expect(try filtered.reorderingLevels(of: "g", as: ["a"]).categories("g").levels == ["a"])
    let error = #expect(throws: MixedModelError.self) {
      try table.reorderingLevels(of: "g", as: ["a"])
    }
    #expect(
      error?.description == "The level \"b\" of column \"g\" occurs in the data and is not among"
        + " the levels given. Give all levels that occur, once each.")
    let unknown = #expect(throws: MixedModelError.self) {
      try table.reorderingLevels(of: "g", as: ["a", "b", "c"])
    }
    #expect(
      unknown?.description
        == "There is no level \"c\" of column \"g\". Levels: a, b.")
  }

  @Test("Numbers become levels of the shortest text in numeric order")
  func numbers() {
    let column = Column.numeric(NumericColumn([10, 9, .nan, 2.5, -0.0, 0, 1e20])).asCategorical()
    #expect(column.levels == ["0", "2.5", "9", "10", "1e+20"])
    #expect(column.codes == [3, 2, -1, 1, 0, 0, 4])
  }

  @Test("A pool of many texts numbers them as a dictionary does")
  func pool() {
    var generator = SplitMix(seed: 4)
    var pool = LevelPool()
    var numbers: [String: Int32] = [:]
    for _ in 0..<50_000 {
      let text = String(UInt64.random(in: 0..<20_000, using: &generator) &* 0x1_0001, radix: 36)
      let number = pool.number(of: text)
      if let known = numbers[text] {
        #expect(known == number)
      } else {
        #expect(Int(number) == numbers.count)
        numbers[text] = number
      }
    }
    #expect(pool.ordered().levels == numbers.keys.sorted())
  }
}
