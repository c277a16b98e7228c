// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("The command predict")
struct PredictCommandTests {
  /// A saved model of sleepstudy in a folder of its own.
  private func saved(_ folder: TemporaryFolder) throws -> String {
    let path = folder.url.appendingPathComponent("sleep.json").path
    let run = try CommandRun([
      "fit", "reaction ~ 1 + days + (1 + days | subj)", "sleepstudy", "--save", path,
    ])
    #expect(run.status == 0 && run.errors == "")
    return path
  }

  @Test("New rows are predicted in their order, one line each")
  func newRows() throws {
    let folder = try TemporaryFolder()
    let model = try saved(folder)
    let rows = "days,subj\n0,S308\n3.5,S337\n,S308\n5,S999\n"
    let csv = try CommandRun(
      ["predict", model, "-", "--new-levels", "population", "--format", "csv"], input: rows)
    #expect(csv.status == 0 && csv.errors == "")
    let lines = csv.output.split(separator: "\n")
    #expect(lines.count == 5 && lines[0] == "row,prediction,status")
    // lme4 1.1-31.
    let fields = lines.map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    #expect(abs((Double(fields[1][1]) ?? 0) - 254.220787) < 1e-4)
    #expect(abs((Double(fields[4][1]) ?? 0) - 303.741535) < 1e-4)
    #expect(lines[3] == "3,,missingValue" && fields[4][2] == "newLevel")

    let text = try CommandRun(
      ["predict", model, "-", "--new-levels", "missing"], input: rows)
    #expect(
      text.output.hasSuffix(
        "Rows with a group that the fit did not have: 1, not predicted.\n"
          + "Rows with a missing value: 1, not predicted.\n"))
  }

  @Test("Without data the rows of the fit are predicted, with intervals on request")
  func ownRows() throws {
    let folder = try TemporaryFolder()
    let model = try saved(folder)
    let run = try CommandRun([
      "predict", model, "--interval", "prediction", "--level", "0.9", "--format", "json",
    ])
    #expect(run.status == 0 && run.errors == "")
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    let rows = try #require(object["predictions"] as? [[String: Any]])
    #expect(rows.count == 180)
    #expect(
      Set(rows[0].keys) == ["row", "prediction", "standardError", "lower", "upper", "status"])
    let text = try CommandRun(["predict", model, "--interval", "confidence", "--level", "0.99"])
    #expect(text.output.contains("Std. Error  Lower 99%  Upper 99%  Status"))
    #expect(text.output.hasSuffix("The intervals are for the mean of the response.\n"))
    let errors = try CommandRun(["predict", model, "--standard-errors", "--format", "csv"])
    #expect(errors.output.hasPrefix("row,prediction,standardError,status\n"))
    let none = try CommandRun(["predict", model, "--random-effects", "none", "--format", "csv"])
    #expect(none.output.contains("\n1,251.4051048"))
  }

  @Test("Every row has degrees of freedom of its own on request")
  func degreesOfFreedom() throws {
    let folder = try TemporaryFolder()
    let model = folder.url.appendingPathComponent("reml.json").path
    let fit = try CommandRun([
      "fit", "reaction ~ 1 + days + (1 + days | subj)", "sleepstudy", "--reml", "--save", model,
    ])
    #expect(fit.status == 0)
    let csv = try CommandRun([
      "predict", model, "--interval", "confidence", "--ddf", "satterthwaite", "--format", "csv",
    ])
    #expect(csv.status == 0 && csv.errors == "")
    let lines = csv.output.split(separator: "\n").map { $0.split(separator: ",") }
    #expect(
      lines[0] == ["row", "prediction", "standardError", "df", "lower", "upper", "status"])
    // As in PredictionDegreesOfFreedomTests.
    #expect(abs((Double(lines[1][3]) ?? 0) - 59.579900) < 1e-4)
    #expect(abs((Double(lines[5][3]) ?? 0) - 159.817599) < 1e-4)

    let population = [
      "predict", model, "-", "--random-effects", "none", "--interval", "confidence", "--ddf",
      "kenward-roger",
    ]
    let text = try CommandRun(population + ["--simultaneous"], input: "days\n0\n")
    #expect(text.status == 0 && text.errors == "")
    #expect(text.output.contains("Std. Error    DF  Lower 95%  Upper 95%  Status"))
    #expect(text.output.contains("17.0"))
    #expect(
      text.output.hasSuffix(
        "The intervals are for the mean of the response.\n"
          + "They hold all together with the probability of their level.\n"
          + "Degrees of freedom: Kenward-Roger's method.\n"))
    let json = try CommandRun(population + ["--format", "json"], input: "days\n0\n")
    #expect(json.output.contains("\"df\""))
    for (arguments, status, message) in [
      (
        ["--interval", "confidence", "--ddf", "kenward-roger"], 64,
        "are for fixed effects alone, and the predictions condition on random effects."
      ),
      (
        ["--simultaneous"], 64, "The option --simultaneous is for intervals, and none is asked for."
      ),
      (["--interval", "confidence", "--ddf", "wald"], 64, "--ddf does not accept \"wald\""),
    ] {
      let run = try CommandRun(["predict", model] + arguments)
      #expect(run.status == Int32(status) && run.output == "" && run.errors.contains(message))
    }
  }

  @Test("Mistakes are told, and nothing else is written")
  func mistakes() throws {
    let folder = try TemporaryFolder()
    let model = try saved(folder)
    let rows = "days,subj\n0,S999\n"
    let cases: [([String], Int32, String)] = [
      (["--scale", "mean"], 64, "error: The option --scale does not accept \"mean\"."),
      (["--new-levels", "zero"], 64, "error: The option --new-levels does not accept \"zero\"."),
      (
        ["--interval", "credible"], 64, "error: The option --interval does not accept \"credible\"."
      ),
      (
        ["--interval", "confidence", "--level", "95"], 64,
        "error: The option --level does not accept"
      ),
      (
        ["--level", "0.9"], 64, "error: The option --level is for intervals, and none is asked for."
      ),
      (
        ["--random-effects", "g,"], 64, "error: The option --random-effects does not accept \"g,\"."
      ),
      (["--random-effects", "subject"], 64, "error: The model has no grouping factor \"subject\""),
      ([], 1, "error: The grouping factor subj has the level \"S999\" in row 1"),
    ]
    for (options, status, message) in cases {
      let run = try CommandRun(["predict", model, "-"] + options, input: rows)
      #expect(run.status == status)
      #expect(run.output == "")
      #expect(run.errors.hasPrefix(message))
    }
  }
}
