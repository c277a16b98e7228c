// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// One kind of bad input and the whole answer it gets.
struct BadInput: Sendable, CustomTestStringConvertible {
  let name: String
  var csv = Data(Sample.plain.utf8)
  var formula = "y ~ 1 + x + (1 | g)"
  var options: [String] = []
  var status: Int32 = 1
  /// The message, with DATA for the path of the file.
  let message: String

  var testDescription: String { name }

  func check() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("data.csv", csv)
    let run = try CommandRun(["fit", formula, file.path] + options)
    #expect(run.status == status)
    #expect(run.output == "")
    #expect(
      run.errors == "error: " + message.replacingOccurrences(of: "DATA", with: file.path) + "\n")
  }
}

@Suite("Bad data get one message, a status, and no output")
struct BadDataTests {
  private static func text(_ text: String) -> Data { Data(text.utf8) }

  private static let files: [BadInput] = [
    BadInput(
      name: "empty file", csv: text(""),
      message: "DATA is empty. Its first line must name the columns, and every further line is a"
        + " row."),
    BadInput(
      name: "header only", csv: text("y,x,g\n"),
      message: "DATA has a header but no rows. After the line that names the columns every line is"
        + " a row."),
    BadInput(
      name: "semicolons", csv: text("y;x;g\n1,5;2;a\n"),
      message:
        "DATA, line 1: the header has semicolons and no comma between its names. Save the file"
        + " with commas as .csv or with tabs as .tsv, and with decimal points; in Swift the"
        + " delimiter can be named, DataTable(contentsOf:delimiter:)."),
    BadInput(
      name: "ragged row", csv: text("y,x,g\n1,2,a\n3,b\n"),
      message: "DATA, line 3: the row has 2 fields, but the header has 3. Give every row one field"
        + " per column; quote a field that contains the delimiter."),
    BadInput(
      name: "NUL byte", csv: text("y,x,g\n1,\u{0}2,a\n"),
      message: "DATA, line 2: there is a NUL byte. Save the file as text in UTF-8."),
    BadInput(
      name: "invalid UTF-8", csv: text("y,x,g\n1,") + Data([0xFF]) + text(",a\n"),
      message: "DATA, line 2: the text is not valid UTF-8. Save the file as text in UTF-8."),
    BadInput(
      name: "duplicate column", csv: text("y,y,g\n1,2,a\n"),
      message: "DATA, line 1: columns 1 and 2 are both named \"y\". Give every column a name of its"
        + " own."),
  ]

  private static let columns: [BadInput] = [
    BadInput(
      name: "unknown column", formula: "y ~ 1 + xx + (1 | g)",
      message: "There is no column \"xx\", used in the term xx. Columns: g, x, y."),
    BadInput(
      name: "unknown grouping column", formula: "y ~ 1 + x + (1 | group)",
      message: "There is no column \"group\", used in the term (1 | group). Columns: g, x, y."),
    BadInput(
      name: "response not numeric",
      csv: text(Sample.csv("y,x,g") { [$0.index % 3 == 0 ? "low" : "high", "\($0.x)", $0.g] }),
      message: "The response \"y\" is not numeric: it has the levels \"high\", \"low\". A linear"
        + " model needs a numeric response; for one of two levels choose the bernoulli family"
        + " (--family bernoulli)."),
    BadInput(
      name: "constant response", csv: text(Sample.csv("y,x,g") { ["5", "\($0.x)", $0.g] }),
      message: "The response y is constant: it is 5 in every row used. There is no variation for a"
        + " model to explain."),
    BadInput(
      name: "all rows incomplete",
      csv: text(
        Sample.csv("y,x,g") {
          $0.index % 2 == 0 ? ["", "\($0.x)", $0.g] : ["\($0.y)", "NA", $0.g]
        }),
      message: "No row is complete: each has a missing value in a column that the model uses. Most"
        + " values are missing in \"y\" (20 of 40), \"x\" (20 of 40); leave such a column out of"
        + " the model."),
    BadInput(
      name: "infinite value",
      csv: text(
        Sample.csv("y,x,g") { [$0.index == 3 ? "inf" : "\($0.y)", "\($0.x)", $0.g] }),
      message: "The column \"y\" is infinite in row 4. Leave the value empty if it is unknown; the"
        + " row is then left out."),
    BadInput(
      name: "fewer rows than coefficients",
      csv: text("y,x,z,g\n1,3,2,a\n2,1,5,a\n4,7,1,b\n"), formula: "y ~ 1 + x * z + (1 | g)",
      message: "There are 3 complete rows for 4 fixed-effects coefficients, 3 of them linearly"
        + " independent. A model needs more rows than coefficients: leave out terms, or add data."),
    BadInput(
      name: "one group", csv: text(Sample.csv("y,x,g") { ["\($0.y)", "\($0.x)", "a"] }),
      message:
        "The grouping factor g has a single level in the rows used: \"a\". A variance between"
        + " groups needs at least two groups."),
    BadInput(
      name: "as many groups as rows",
      csv: text(Sample.csv("y,x,g") { ["\($0.y)", "\($0.x)", "l\($0.index)"] }),
      message: "The grouping factor \"g\" has 40 levels for 40 rows, so the variance of (Intercept)"
        + " by g cannot be told from the residual variance. Leave the term out, or group by a"
        + " factor with several rows per level."),
    BadInput(
      name: "negative weight",
      csv: text(
        Sample.csv("y,x,g,w") { ["\($0.y)", "\($0.x)", $0.g, $0.index == 5 ? "-1" : "2"] }),
      options: ["--weights", "w"],
      message: "The weight in column \"w\" is negative in row 6: -1. Weights must be positive."),
    BadInput(
      name: "zero weight",
      csv: text(
        Sample.csv("y,x,g,w") { ["\($0.y)", "\($0.x)", $0.g, $0.index == 6 ? "0" : "2"] }),
      options: ["--weights", "w"],
      message: "The weight in column \"w\" is zero in row 7. Weights must be positive; leave the"
        + " row out instead."),
  ]

  @Test("A file that is no table", arguments: files)
  func badFile(input: BadInput) throws { try input.check() }

  @Test("A table that the model cannot be fitted to", arguments: columns)
  func badColumns(input: BadInput) throws { try input.check() }

  @Test("A file that is not there, and a name that is no data set")
  func missing() throws {
    let file = try CommandRun(["fit", "y ~ 1 + (1 | g)", "/no/such/file.csv"])
    #expect(file.status == 1)
    #expect(file.output == "")
    #expect(
      file.errors == "error: There is no file \"/no/such/file.csv\". Give a .csv or .tsv file that"
        + " can be read (also .gz), or - for standard input.\n")
    let name = try CommandRun(["fit", "y ~ 1 + (1 | g)", "slepstudy"])
    #expect(name.status == 1)
    #expect(name.output == "")
    #expect(
      name.errors == "error: There is no file \"slepstudy\" and no built-in data set of that name."
        + " Did you mean \"sleepstudy\"? Give a .csv or .tsv file, - for standard input, or one of"
        + " the names that \"mixedmodels datasets\" lists.\n")
  }

  @Test(
    "Magnitudes beyond what sums of squares hold are refused by column",
    arguments: [("1e-300", "x"), ("1e300", "x"), ("1e-300", "y"), ("1e300", "y")])
  func extremeMagnitudes(unit: String, column: String) throws {
    let exponent = unit.dropFirst()
    let csv = Sample.csv("y,x,g") {
      [
        "\($0.y)" + (column == "y" ? exponent : ""), "\($0.x)" + (column == "x" ? exponent : ""),
        $0.g,
      ]
    }
    let run = try CommandRun(["fit", "y ~ 1 + x + (1 | g)", "-"], input: csv)
    #expect(run.status == 1)
    #expect(run.output == "")
    #expect(run.errors.hasPrefix("error: The largest magnitude in the column \"\(column)\" is "))
    #expect(run.errors.split(separator: "\n").count == 1)
  }
}
