// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import MixedModelFitting
import Testing

struct RandomEffectsTests {
  /// Ten days of three subjects.
  private func daysTable() throws -> DataTable {
    let rows = Array(0..<30)
    return try DataTable(
      numeric: ["y": rows.map { Double($0 * $0 % 7) }, "days": rows.map { Double($0 % 10) }],
      categorical: ["subj": rows.map { "s\($0 / 10)" }, "kind": rows.map { "k\($0 % 3)" }])
  }

  private func blocks(
    _ terms: String, categoricalDays: Bool = false
  ) throws -> [RandomEffectsTerm] {
    let options = DesignOptions(contrasts: categoricalDays ? ["days": .dummy()] : [:])
    return try learned("y ~ 1 + days + \(terms)", daysTable(), options: options).design
      .randomEffects
  }

  @Test("A term has its effects by row: intercept and slope side by side")
  func interceptAndSlope() throws {
    let (design, rows) = try learned("y ~ 1 + days + (1 + days | subj)", daysTable())
    let term = try #require(design.randomEffects.first)
    #expect(term.groupingFactor == "subj")
    #expect(term.levels == ["s0", "s1", "s2"])
    #expect(term.effectNames == ["(Intercept)", "days"])
    #expect(term.pieces.map(\.count) == [2])
    #expect(term.pieces[0].structure is Unstructured)
    #expect(rows.terms[0].dimension == 2)
    #expect(Array(rows.terms[0].values.prefix(6)) == [1, 0, 1, 1, 1, 2])
    #expect(rows.terms[0].levelCodes == (0..<30).map { Int32($0 / 10) })
  }

  @Test("Terms on one grouping factor are joined, their pieces in the order written")
  func joined() throws {
    let term = try #require(try blocks("(1 | subj) + (0 + days | subj)").first)
    #expect(term.effectNames == ["(Intercept)", "days"])
    #expect(term.pieces.map(\.count) == [1, 1])
  }

  @Test("Coding remembers the earlier terms of the grouping factor: 9 contrasts, not 10")
  func memoryOfTerms() throws {
    let term = try #require(
      try blocks("(1 | subj) + (days | subj)", categoricalDays: true).first)
    #expect(term.effectNames == ["(Intercept)"] + (1...9).map { "days: \($0)" })
    #expect(term.pieces.map(\.count) == [1, 9])
  }

  @Test("fulldummy has all indicators beside the intercept, and names without the word")
  func fullDummy() throws {
    let term = try #require(
      try blocks("(1 + fulldummy(days) | subj)", categoricalDays: true).first)
    #expect(term.effectNames == ["(Intercept)"] + (0...9).map { "days: \($0)" })
  }

  @Test("Without an intercept a categorical effect has all indicators")
  func indicators() throws {
    let term = try #require(try blocks("(0 + kind | subj)").first)
    #expect(term.effectNames == ["kind: k0", "kind: k1", "kind: k2"])
  }

  @Test("zerocorr, diag and || give independent effects")
  func diagonal() throws {
    for terms in ["zerocorr(1 + days | subj)", "diag(1 + days | subj)", "(1 + days || subj)"] {
      let term = try #require(try blocks(terms).first)
      #expect(term.pieces.allSatisfy { $0.structure is Diagonal || $0.count == 1 })
      #expect(term.effectNames == ["(Intercept)", "days"])
    }
  }

  @Test("Blocks stand by decreasing number of effects, ties as written")
  func order() throws {
    let table = try smallTable()
    let names = { (terms: String) in
      try learned("y ~ 1 + \(terms)", table).design.randomEffects.map(\.groupingFactor)
    }
    #expect(try names("(1 | a) + (1 | g)") == ["g", "a"])
    #expect(try names("(1 | b) + (1 | a) + (1 | g)") == ["b", "g", "a"])
    #expect(try names("(1 | g) + (1 | a) + (1 | b)") == ["g", "b", "a"])
    #expect(try names("(1 | g) + (1 + z | a)") == ["a", "g"])
  }

  @Test("Combined grouping factors have the combinations that occur, outer level first")
  func combined() throws {
    let (design, rows) = try learned("y ~ 1 + (1 | a & b) + (0 + z | b & a)", smallTable())
    let term = try #require(design.randomEffects.first)
    #expect(design.randomEffects.count == 1)
    #expect(term.groupingFactor == "a & b")
    #expect(
      term.levels == ["a1 & p", "a1 & q", "a1 & r", "a2 & p", "a2 & q", "a2 & r"])
    #expect(rows.terms[0].levelCodes == [0, 1, 2, 3, 4, 5, 0, 5])
    #expect(term.effectNames == ["(Intercept)", "z"])
  }

  @Test("The casks of pastes are nested in batches: 30 groups in 10")
  func pastes() throws {
    let design = try learned(
      "strength ~ 1 + (1 | batch / cask)", Dataset.named("pastes").table
    ).design
    #expect(design.randomEffects.map(\.groupingFactor) == ["batch & cask", "batch"])
    #expect(design.randomEffects.map(\.levels.count) == [30, 10])
    #expect(design.randomEffects[0].levels[2] == "A & c")
  }

  @Test("A numeric grouping column is categorical right of | only")
  func numericGrouping() throws {
    let (design, _) = try learned("y ~ 1 + k + (1 | k) + (1 | g & k)", smallTable())
    #expect(design.fixedEffectNames == ["(Intercept)", "k"])
    #expect(design.randomEffects[0].groupingFactor == "g & k")
    #expect(
      design.randomEffects[0].levels == ["u & 1", "u & 10", "v & 2", "w & 1", "w & 2", "w & 10"])
    #expect(design.randomEffects[1].levels == ["1", "2", "10"])
  }

  @Test("Levels without a complete row are no groups")
  func unusedLevels() throws {
    let table = try DataTable(
      numeric: ["y": [1, .nan, 3, 4], "x": [1, 2, 3, 5]],
      categorical: ["g": ["a", "b", "c", "a"]])
    let (design, rows) = try learned("y ~ x + (1 | g)", table)
    #expect(design.randomEffects[0].levels == ["a", "c"])
    #expect(rows.terms[0].levelCodes == [0, 1, 0])
  }
}
