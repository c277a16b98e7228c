// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import MixedModelDatasets
import MixedModelFitting
import Testing

struct ModelDesignTests {
  @Test("Effects coding of the factory data: supplier A is the negative one (checklist A2.5)")
  func factoryEffects() throws {
    let table = try Dataset.named("mfr").table
    let (design, rows) = try learned(
      "defects ~ 1 + newprocess + time_dev + temp_dev + supplier + (1 | factory)", table,
      options: DesignOptions(
        contrasts: ["supplier": .effects(base: "last")], levels: ["supplier": ["C", "B", "A"]]))
    #expect(
      design.fixedEffectNames == [
        "(Intercept)", "newprocess", "time_dev", "temp_dev", "supplier: C", "supplier: B",
      ])
    #expect(rows.fixedEffects.rowCount == 100)
    #expect(design.randomEffects[0].levels.count == 20)
    guard case .categorical(let supplier)? = table["supplier"] else {
      Issue.record("supplier is not categorical")
      return
    }
    let expected: [String: [Double]] = ["A": [-1, -1], "B": [0, 1], "C": [1, 0]]
    for i in 0..<100 {
      let level = supplier.levels[Int(supplier.codes[i])]
      #expect([rows.fixedEffects[i, 4], rows.fixedEffects[i, 5]] == expected[level])
    }
  }

  @Test("The 28 columns of insteval are named as in MixedModels.jl")
  func insteval() throws {
    let (design, rows) = try learned(
      "y ~ 1 + service * dept + (1 | s) + (1 | d)", Dataset.named("insteval").table)
    #expect(design.fixedEffectCount == 28)
    #expect(design.fixedTermColumns == [0..<1, 1..<2, 2..<15, 15..<28])
    #expect(design.fixedEffectNames[1] == "service: Y")
    #expect(design.fixedEffectNames[15] == "service: Y & dept: D02")
    #expect(design.randomEffects.map(\.levels.count) == [2972, 1128])
    #expect(rows.rowCount == 73421)
    #expect(rows.tableRows.count == 73421)
  }

  @Test("Rows with a missing value in any column of the model are left out and counted")
  func droppedRows() throws {
    let table = try DataTable(
      numeric: [
        "y": [1, 2, .nan, 4, 5, 6, 7, 8], "x": [1, .nan, 3, 4, 5, 6, 7, 8],
        "w": [1, 2, 3, .nan, 5, 6, 7, 8], "o": [1, 2, 3, 4, .nan, 6, 7, 8],
        "unused": [1, 2, 3, 4, 5, 6, 7, .nan],
      ], categorical: ["g": ["a", "b", "a", "b", "a", nil, "b", "a"]])
    let (design, rows) = try learned(
      "y ~ x + (1 | g)", table, options: DesignOptions(weights: "w", offset: "o"))
    #expect(design.observationCount == 3)
    #expect(design.droppedRowCount == 5)
    #expect(rows.tableRows == [0, 6, 7])
    #expect(rows.droppedRowCount == 5)
    #expect(rows.response == [1, 7, 8])
    #expect(rows.weights == [1, 7, 8])
    #expect(rows.offset == [1, 7, 8])
    #expect(Array(rows.fixedEffects.column(1)) == [1, 7, 8])
    #expect(rows.terms[0].levelCodes == [0, 1, 0])
  }

  @Test("Levels that no complete row has get no column")
  func unusedLevels() throws {
    let table = try DataTable(
      numeric: ["y": [1, 2, .nan, 4, 5]],
      categorical: ["f": ["p", "q", "r", "p", "q"], "g": ["a", "b", "a", "b", "a"]])
    #expect(
      try learned("y ~ f + (1 | g)", table).design.fixedEffectNames == ["(Intercept)", "f: q"])
    let ordered = DesignOptions(levels: ["f": ["r", "q", "p"]])
    #expect(
      try learned("y ~ f + (1 | g)", table, options: ordered).design.fixedEffectNames
        == ["(Intercept)", "f: p"])
  }

  @Test("Offsets add up, and weights of one are no weights")
  func offsetsAndWeights() throws {
    let (_, rows) = try learned(
      "y ~ 1 + offset(z) + offset(log2(k)) + (1 | g)",
      DataTable(
        numeric: ["y": [1, 2, 4], "z": [1, 2, 3], "k": [1, 2, 4], "one": [1, 1, 1]],
        categorical: ["g": ["a", "b", "a"]]),
      options: DesignOptions(weights: "one", offset: "k"))
    #expect(rows.offset == [2, 5, 9])
    #expect(rows.weights == nil)
  }

  @Test("A model may have no fixed effects")
  func noFixedEffects() throws {
    let (design, rows) = try learned("y ~ 0 + (1 | g)", smallTable())
    #expect(design.fixedEffectNames.isEmpty)
    #expect(!design.hasIntercept)
    #expect(rows.fixedEffects == Matrix(rowCount: 8, columnCount: 0))
  }

  @Test("The response may be an expression")
  func responseExpression() throws {
    let (design, rows) = try learned("I(y / 2) ~ 1 + (1 | g)", smallTable())
    #expect(design.responseName == "I(y / 2)")
    #expect(rows.response == [1.5, 0.5, 2, 0.5, 2.5, 4.5, 1, 3])
    #expect(
      try learned("y / z ~ 1 + (1 | g)", smallTable()).rows.response[1] == 0.5)
  }

  @Test("A response of two levels is 0 and 1 where the model accepts it, the second is success")
  func twoLevelResponse() throws {
    let (design, rows) = try learned(
      "a ~ z + (1 | g)", smallTable(), acceptsTwoLevelResponse: true)
    #expect(design.responseKind == .twoLevels(failure: "a1", success: "a2"))
    #expect(rows.response == [0, 0, 0, 1, 1, 1, 0, 1])
    let reversed = try learned(
      "a ~ z + (1 | g)", smallTable(), options: DesignOptions(levels: ["a": ["a2", "a1"]]),
      acceptsTwoLevelResponse: true)
    #expect(reversed.rows.response == [1, 1, 1, 0, 0, 0, 1, 0])
  }

  @Test("Rows read again under a design are the rows it was learnt from")
  func rowsAgain() throws {
    let table = try smallTable()
    let (design, rows) = try learned("y ~ scale(z) * a + poly(k, 2) + (1 + b | g)", table)
    let again = try design.rows(of: table)
    #expect(again.fixedEffects == rows.fixedEffects)
    #expect(again.response == rows.response)
    #expect(again.terms.map(\.values) == rows.terms.map(\.values))
    #expect(again.terms.map(\.levelCodes) == rows.terms.map(\.levelCodes))
  }

  @Test("New data need no response, and their levels are those of the fit whatever their order")
  func newData() throws {
    let (design, _) = try learned(
      "log(y) ~ a * z + (1 | g & b)", smallTable(), options: DesignOptions(weights: "k"))
    #expect(design.columnNames == ["y", "a", "z", "g", "b", "k"])
    let new = try DataTable(
      numeric: ["z": [1, 2, 3]],
      categorical: ["a": ["a2", "a2", "a2"], "g": ["v", "u", "x"], "b": ["p", "q", "p"]])
    let rows = try design.rows(of: new, for: .prediction)
    #expect(rows.response == [0, 0, 0])
    #expect(rows.weights == nil)
    #expect(Array(rows.fixedEffects.column(1)) == [1, 1, 1])
    #expect(Array(rows.fixedEffects.column(3)) == [1, 2, 3])
    #expect(rows.terms[0].levelCodes == [2, -1, -1])
  }

  @Test("Permuting the rows of the data permutes the rows of the design")
  func permutation() throws {
    let table = try smallTable()
    let order = [5, 2, 7, 0, 1, 6, 4, 3]
    let (design, rows) = try learned("y ~ z * b + (1 + z | a & g)", table)
    let (shuffledDesign, shuffled) = try learned(
      "y ~ z * b + (1 + z | a & g)", table.filtered(rows: order))
    #expect(shuffledDesign.fixedEffectNames == design.fixedEffectNames)
    #expect(shuffledDesign.randomEffects[0].levels == design.randomEffects[0].levels)
    for (new, old) in order.enumerated() {
      #expect(shuffled.response[new] == rows.response[old])
      #expect(shuffled.terms[0].levelCodes[new] == rows.terms[0].levelCodes[old])
      for j in 0..<design.fixedEffectCount {
        #expect(shuffled.fixedEffects[new, j] == rows.fixedEffects[old, j])
      }
    }
  }
}
