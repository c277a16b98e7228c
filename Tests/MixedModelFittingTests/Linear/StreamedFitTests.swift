// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DataTables
import Foundation
import MixedModelErrors
import ModelFormulas
import TestSupport
import Testing

@testable import MixedModelFitting

/// A fit of rows that go by once must be that of the table.
@Suite("Fits of files without a table")
struct StreamedFitTests {
  /// A file of the data in `cells`, one array per row.
  private func withFile(
    _ header: String, rowCount: Int, _ row: (Int) -> String, _ body: (String) throws -> Void
  ) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(
      "streamed-\(UUID().uuidString).csv")
    defer { try? FileManager.default.removeItem(at: path) }
    var text = header + "\n"
    for i in 0..<rowCount { text += row(i) + "\n" }
    try Data(text.utf8).write(to: path)
    try body(path.path)
  }

  private static let rowCount = 4000

  /// Rows with a few missing values, a level that no complete row has, and unused columns.
  private func withExample(_ body: (String) throws -> Void) throws {
    var random = SplitMix(seed: 21)
    let numbers = random.normals(Self.rowCount)
    let noise = random.normals(Self.rowCount)
    let effects = random.normals(70)
    try withFile("note,y,x,k,g,school,w", rowCount: Self.rowCount) { i in
      let g = i * 37 % 61
      let kind = ["low", "high", "middle"][i * 7 % 3]
      let slope = 2 + 0.5 * effects[(g + 9) % 61]
      let y = 10 + slope * numbers[i] + effects[g] + effects[i % 7] + noise[i]
      let text = i % 101 == 17 ? "NA" : "\(y)"
      let level = i % 101 == 17 && i % 2 == 0 ? "absent" : "g \(g)"
      return "\"a \"\"note\"\", no. \(i)\",\(text),\(3 + numbers[i]),\(kind),\(level),\(i % 7),"
        + "\(1 + i % 3)"
    } _: {
      try body($0)
    }
  }

  private static let cases: [(formula: Formula, weights: String?)] = [
    ("y ~ 1 + x + (1 + x | g)", nil), ("y ~ 1 + x * k + (1 | g) + (1 | school)", nil),
    ("y ~ 1 + k + (1 | school/g)", "w"), ("y ~ 0 + k + (0 + k | school) + (1 | g & school)", nil),
    ("y ~ 1 + poly(x, 2) * k + (1 + scale(x) | g)", nil),
    ("I(y / 2) ~ 1 + scale(center(x)) + (1 | g)", "w"),
    // Collinear columns, with a constant and without one.
    ("y ~ 1 + x + I(3 * x - 1) + k * x + I(x * x) + I((x - 2) * (x + 5)) + (1 + x | g)", nil),
    ("y ~ 0 + x + I(x / 7) + I(1 + 0 * x) + k + (1 | g)", "w"),
  ]

  @Test("Stray text in a column of numbers is remarked on, as it is with a table")
  func strayText() throws {
    try withFile("y,x,g", rowCount: Self.rowCount) { i in
      "\(i * 7919 % 1009),\(i == 11 ? "." : "\(i % 40)"),g\(i % 61)"
    } _: { path in
      let file = try DelimitedTextFile(contentsOf: path, chunkSize: 4096)
      let problem = try #require(
        LinearProblem(
          streaming: "y ~ x + (1 | g)", from: file, text: ["g", "x"], options: DesignOptions(),
          threadCount: 1))
      #expect(problem.design.notes.count == 1)
      #expect(
        problem.design.notes.first?.hasPrefix(
          "The column \"x\" is categorical because of text such as \".\", though 40 of its 41 levels"
        )
          == true)
    }
  }

  @Test("The fit is that of the table, and the same for any number of threads", arguments: 0..<8)
  func sameAsTable(_ index: Int) throws {
    let (formula, weights) = Self.cases[index]
    let options = DesignOptions(weights: weights)
    let text: Set<String> = ["g", "school"]
    try withExample { path in
      let file = try DelimitedTextFile(contentsOf: path, chunkSize: 8192)
      let table = try file.table(categorical: text)
      let expected = try LinearProblem(formula, data: table, options: options).fit()
      var first: LinearMixedModel?
      for threadCount in [1, 2, 8] {
        let problem = try #require(
          LinearProblem(
            streaming: formula, from: file, text: text, options: options,
            threadCount: threadCount))
        let model = try problem.fit()
        // Bit for bit.
        if let first {
          #expect(
            problem.crossProducts.matrix.values == first.problem.crossProducts.matrix.values)
          #expect(model.theta == first.theta)
          #expect(model.objective == first.objective)
        } else {
          first = model
        }
        guard threadCount == 1 else { continue }
        #expect(
          model.design.randomEffects.map(\.levels) == expected.design.randomEffects.map(\.levels))
        #expect(model.design.rowCounts == expected.design.rowCounts)
        // Learnt from the same rows in the same order.
        #expect(model.design.schema.constants == expected.design.schema.constants)
        #expect(model.fixedEffects.allNames == expected.fixedEffects.allNames)
        #expect(model.fixedEffects.names == expected.fixedEffects.names)
        #expect(model.notes == expected.notes)
        #expect(abs(model.objective / expected.objective - 1) < 1e-11)
        #expect(
          abs(
            try problem.objective(at: expected.theta)
              / expected.problem.objective(at: expected.theta) - 1) < 1e-12)
        for (left, right) in zip(model.fixedEffects.estimates, expected.fixedEffects.estimates) {
          #expect(abs(left - right) < 1e-7 * max(1, abs(right)))
        }
        let modes = zip(model.randomEffects, expected.randomEffects)
        for (left, right) in modes {
          let differences = zip(left.conditionalModes.values, right.conditionalModes.values).map {
            abs($0 - $1)
          }
          #expect(differences.max() ?? 1 < 1e-5)
        }
        // What needs rows reads the file again.
        try problem.readRows()
        let residuals = zip(model.residuals(), expected.residuals()).map { abs($0 - $1) }
        #expect(residuals.count == model.design.rowCount)
        #expect(residuals.max() ?? 1 < 1e-5)
      }
    }
  }

  @Test("The levels of a grouping factor can have an order")
  func orderOfLevels() throws {
    var random = SplitMix(seed: 31)
    var levels = (0..<61).map { "g \($0)" } + ["absent"]
    for i in levels.indices.reversed() { levels.swapAt(i, random.index(below: i + 1)) }
    let formula: Formula = "y ~ x + (1 | g) + (1 | school/g)"
    try withExample { (path) throws in
      let file = try DelimitedTextFile(contentsOf: path, chunkSize: 8192)
      let options = DesignOptions(levels: ["g": levels])
      let problem = try #require(
        LinearProblem(streaming: formula, from: file, text: ["g", "school"], options: options))
      let expected = try LinearProblem(
        formula, data: file.table(categorical: ["g", "school"]), options: options)
      #expect(
        problem.design.randomEffects.map(\.levels) == expected.design.randomEffects.map(\.levels))
      #expect(problem.crossProducts.layout.patterns == expected.crossProducts.layout.patterns)
      let (model, other) = (try problem.fit(), try expected.fit())
      #expect(abs(model.objective / other.objective - 1) < 1e-11)
      // What the table refuses: a level that does not occur, one left out, and one twice.
      let bad = [levels + ["g 61"], Array(levels.dropFirst(2)), levels + ["g 3"]]
      for levels in bad {
        #expect(try !isStreamed("y ~ x + (1 | g)", path, DesignOptions(levels: ["g": levels])))
      }
    }
  }

  @Test("Rows of a file that has changed since are not read")
  func changedFile() throws {
    try withExample { path in
      let problem = try #require(
        LinearProblem(
          streaming: "y ~ x + (1 | g)",
          from: try DelimitedTextFile(contentsOf: path, chunkSize: 8192),
          text: ["g"], options: DesignOptions()))
      #expect(truncate(path, 100) == 0)
      let error = #expect(throws: MixedModelError.self) { try problem.readRows() }
      #expect(error?.problem == "\(path) changed while it was read.")
      #expect(try problem.fit().fixedEffects.count == 2)
    }
  }

  private func isStreamed(
    _ formula: Formula, _ path: String, _ options: DesignOptions = DesignOptions()
  ) throws -> Bool {
    LinearProblem(
      streaming: formula, from: try DelimitedTextFile(contentsOf: path, chunkSize: 8192),
      text: ["g"], options: options) != nil
  }

  @Test("What one pass cannot do is left to the table")
  func declined() throws {
    try withExample { (path) throws in
      #expect(try isStreamed("y ~ x + (1 | g)", path))
      // A grouping column that is not text, nearly collinear columns, a column that is not there, and one
      // without any spread.
      #expect(try isStreamed("y ~ scale(0 * x) + (1 | g)", path) == false)
      #expect(try isStreamed("y ~ x + (1 | school)", path) == false)
      // At 1e-10 the third column passes for a multiple of the second with a table, too.
      for (share, isExpected) in [
        ("0.01", true), ("0.0001", false), ("0.0000001", false), ("0.0000000001", true),
      ] {
        let formula = try Formula("y ~ x + I(3 * x + \(share) * w) + (1 | g)")
        #expect(try isStreamed(formula, path) == isExpected, "\(share)")
        let table = try LinearProblem(
          formula, data: DelimitedTextFile(contentsOf: path).table(categorical: ["g"]))
        #expect(table.crossProducts.basis.rank == (share == "0.0000000001" ? 2 : 3))
      }
      #expect(try isStreamed("y ~ z + (1 | g)", path) == false)
    }
    // A level that only one chunk has, and a number that turns out to be text.
    for (odd, isDeclined) in [("1,a,G1", false), ("1,c,G1", true), ("one,a,G1", true)] {
      try withFile("y,x,g", rowCount: 5000) { i in
        i == 2600 ? odd : "\(i * 31 % 97),\(i % 2 == 0 ? "a" : "b"),G\(i % 20)"
      } _: { path in
        let problem = LinearProblem(
          streaming: "y ~ x + (1 | g)",
          from: try DelimitedTextFile(contentsOf: path, chunkSize: 1024), text: ["g"],
          options: DesignOptions())
        #expect((problem == nil) == isDeclined)
      }
    }
  }

  @Test("The sums know their size, and a limit on memory ends them")
  func memory() throws {
    let layout = BlockLayout(
      terms: [(2, 1), (1, 2)], borderCount: 3,
      patterns: [BlockPattern(starts: [0, 1, 1], levels: [0])])
    let chunk = BlockedMatrix(layout: layout, values: Array(repeating: 1, count: layout.valueCount))
    var sums = GrowingCrossProducts(dimensions: [1, 2], borderCount: 3)
    sums.add(chunk, levels: [[0, 3], [1]])
    sums.add(chunk, levels: [[0, 3], [2]])
    // Levels 0 to 3 and 0 to 2, blocks of level 0 with levels 1 and 2, and the corner.
    let values = 4 * (1 + 3) + 3 * (4 + 6) + 2 * 2 + 9
    #expect(sums.byteCount == 8 * values + 2 * 32)
    try withExample { (path) throws in
      #expect(try isStreamed("y ~ x + (1 | g)", path, DesignOptions(memoryLimit: 100_000_000)))
      #expect(try isStreamed("y ~ x + (1 | g)", path, DesignOptions(memoryLimit: 1_000)) == false)
    }
  }
}
