// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MixedModels
import Testing

@Suite("Fits that say what was done")
struct NotedFitTests {
  private static let formula = "y ~ 1 + x + (1 | g)"

  @Test(
    "Rows without weight or offset are left out and counted",
    arguments: ["--weights", "--offset"])
  func missingValues(option: String) throws {
    let csv = Sample.csv("y,x,g,w") {
      ["\($0.y)", "\($0.x)", $0.g, $0.index % 20 == 7 ? "" : "\(1 + $0.index % 3)"]
    }
    let run = try CommandRun(
      ["fit", Self.formula, "-", option, "w", "--format", "json"], input: csv)
    #expect(run.status == 0)
    #expect(
      run.errors == "warning: 2 of 40 rows are left out because a column of the model has no value"
        + " there.\n")
    #expect(run.output.contains("\"observations\": 38"))
    #expect(run.output.contains("\"rowsDropped\": 2"))
  }

  @Test("Rows count as often as their frequency says, and those of zero are left out")
  func frequencyWeights() throws {
    let csv = Sample.csv("y,x,g,n") { ["\($0.y)", "\($0.x)", $0.g, "\($0.index % 4)"] }
    let repeated =
      "y,x,g\n"
      + Sample.rows.flatMap { row in
        [String](repeating: "\(row.y),\(row.x),\(row.g)\n", count: row.index % 4)
      }.joined()
    for family in [[], ["--family", "gamma", "--link", "log"]] {
      let run = try CommandRun(
        ["fit", Self.formula, "-", "--frequency-weights", "n"] + family, input: csv)
      #expect(run.status == 0)
      #expect(
        run.errors == "warning: 10 of 40 rows are left out because the frequency weights are zero."
          + "\n")
      #expect(run.output.contains("Number of obs: 60;"))
      let other = try CommandRun(["fit", Self.formula, "-"] + family, input: repeated)
      #expect(run.output == other.output)
    }
  }

  @Test(
    "One text in a column of numbers is remarked on, unless the column is said to be categorical")
  func strayText() throws {
    let csv = Sample.csv("y,x,z,g") {
      [
        "\($0.y)", $0.index == 7 ? "n/a" : "\($0.index % 20)", $0.index == 7 ? "." : "\($0.x)",
        $0.g,
      ]
    }
    let run = try CommandRun(["fit", "y ~ 1 + x + (1 | g)", "-", "--format", "csv"], input: csv)
    #expect(
      run.errors.hasPrefix(
        "warning: The column \"x\" is categorical because of text such as \"n/a\", though 20 of its"
          + " 21 levels are numbers. If it should be numeric, write missing values as an empty field,"
          + " NA, NaN or NULL; if not, name it as categorical (--categorical x).\n"))
    let folder = try TemporaryFolder()
    let data = try folder.file("data.csv", csv).path
    let model = folder.url.appendingPathComponent("model.json").path
    _ = try CommandRun(["fit", "y ~ 1 + x + (1 | g)", data, "--save", model])
    #expect(
      try SavedModel(contentsOf: model).notes.map(\.description).contains {
        run.errors.hasPrefix("warning: \($0)\n")
      })
    let said = try CommandRun(
      ["fit", "y ~ 1 + x + (1 | g)", "-", "--format", "csv", "--categorical", "x"], input: csv)
    #expect(said.status == 0 && !said.errors.contains("n/a"))
    // Where each row has a level of its own, it tells why there is no fit.
    for family in [[], ["--family", "gamma", "--link", "log"]] {
      let refused = try CommandRun(
        ["fit", "y ~ 1 + z + (1 | g)", "-"] + family, input: csv)
      #expect(refused.status == 1)
      #expect(
        refused.errors.contains("The column \"z\" is categorical because of text such as \".\""))
    }
  }

  @Test("Collinear columns are dropped and named, their cells empty")
  func collinear() throws {
    let csv = Sample.csv("y,x,g,x2,x3") {
      ["\($0.y)", "\($0.x)", $0.g, "\(2 * $0.x)", "\($0.x + 1)"]
    }
    let arguments = ["fit", "y ~ 1 + x + x2 + x3 + (1 | g)", "-"]
    let text = try CommandRun(arguments, input: csv)
    #expect(text.status == 0)
    #expect(
      text.errors
        == "warning: The fixed-effects columns x2, x3 are left out because earlier columns"
        + " determine them.\n")
    let table = try CommandRun(arguments + ["--format", "csv"], input: csv)
    #expect(table.output.hasSuffix("\nx2,,,,,\nx3,,,,,\n"))
  }

  @Test("Levels that differ in spaces only are remarked on, among groups too")
  func spacedLevels() throws {
    let csv = Sample.csv("y,k,g") {
      ["\($0.y)", ["a", "b", " b"][$0.index % 3], $0.index == 9 ? "\($0.g) " : $0.g]
    }
    let run = try CommandRun(["fit", "y ~ 1 + k + (1 | g)", "-", "--format", "csv"], input: csv)
    #expect(run.status == 0 && run.output.contains("\nk: b,"))
    for (column, levels) in [("k", "\" b\" and \"b\""), ("g", "\"b\" and \"b \"")] {
      #expect(
        run.errors.contains(
          "warning: The column \"\(column)\" has the levels \(levels), which differ in spaces around "
            + "the text only. If they are one level, remove the spaces from the data.\n"))
    }
    let plain = try CommandRun(["fit", "y ~ 1 + x + (1 | g)", "-"], input: Sample.plain)
    #expect(plain.errors == "")
  }

  @Test("As many random effects as rows: a warning says that sigma is not identified")
  func saturated() throws {
    let run = try CommandRun([
      "fit", "reaction ~ 1 + days + (1 + days | subj)", "sleepstudy", "--categorical", "days",
    ])
    #expect(run.status == 0)
    #expect(run.errors.contains("sigma and theta are not identified"))
  }

  @Test("Unequal weights identify the variance with one row per level")
  func weightedSingletons() throws {
    let csv = Sample.csv("y,x,g,w") {
      ["\($0.y)", "\($0.x)", "l\($0.index)", "\(1 + $0.index % 5)"]
    }
    let run = try CommandRun(["fit", Self.formula, "-", "--weights", "w"], input: csv)
    #expect(run.status == 0)
    #expect(run.output.contains("levels of grouping factors: 40"))
  }

  @Test("A singular fit says which variance is zero")
  func singular() throws {
    let run = try CommandRun(["fit", "yield ~ 1 + (1 | batch)", "dyestuff2"])
    #expect(run.status == 0)
    #expect(
      run.errors == "warning: The fit is singular: the random effects by batch have zero variance"
        + " for (Intercept).\n")
  }

  @Test("A fit cut short says so and keeps exit status 0")
  func evaluationLimit() throws {
    let run = try CommandRun([
      "fit", "reaction ~ 1 + days + (1 + days | subj)", "sleepstudy", "--max-evaluations", "2",
      "--format", "json",
    ])
    #expect(run.status == 0)
    #expect(run.errors.hasPrefix("warning: The fit did not converge in 2 evaluations: "))
    #expect(run.output.contains("\"converged\": false"))
    #expect(run.output.contains("\"returnCode\": \"MAXEVAL_REACHED\""))
  }

  @Test("A million levels are fitted")
  func millionLevels() throws {
    let levelCount = 1_000_000
    // A tenth of the levels have a second row, which is what tells the variances apart.
    var csv = Array("y,g\n".utf8)
    var state: UInt64 = 1
    for i in 0..<levelCount * 11 / 10 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let level = i % levelCount
      let effect = (UInt64(level) &* 0x9E37_79B9_7F4A_7C15) >> 56
      csv += Array("\(effect + (state >> 57)),\(level)\n".utf8)
    }
    let folder = try TemporaryFolder()
    let file = try folder.file("million.csv", Data(csv))
    let run = try CommandRun(["fit", "y ~ 1 + (1 | g)", file.path])
    #expect(run.status == 0)
    #expect(run.errors == "")
    #expect(
      run.output.contains(" Number of obs: 1100000; levels of grouping factors: 1000000\n"))
  }
}
