// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("The command diagnose")
struct DiagnoseCommandTests {
  private static func saved() throws -> (folder: TemporaryFolder, model: String) {
    let folder = try TemporaryFolder()
    let model = folder.url.appendingPathComponent("model.json").path
    let run = try CommandRun([
      "fit", "reaction ~ 1 + days + (1 + days | subj)", "sleepstudy", "--reml", "--save", model,
    ])
    #expect(run.status == 0)
    return (folder, model)
  }

  @Test("It prints an overview, rows, influence and robust tests")
  func tables() throws {
    let (folder, model) = try Self.saved()
    defer { withExtendedLifetime(folder) {} }
    let overview = try CommandRun(["diagnose", model])
    #expect(overview.status == 0 && overview.errors == "")
    #expect(overview.output.hasPrefix("Diagnostics\n"))
    #expect(overview.output.contains("R-squared, conditional"))
    #expect(overview.output.contains("0.799219"))
    let json = try CommandRun(["diagnose", model, "--format", "json", "--simulations", "20"])
    #expect(json.output.contains("\"principalComponents\""))
    let rows = try CommandRun([
      "diagnose", model, "--observations", "--format", "csv", "--simulations", "20",
    ])
    let lines = rows.output.split(separator: "\n")
    #expect(
      lines.count == 181
        && lines[0] == "row,fitted,residual,pearson,leverage,cooksDistance,quantileResidual")
    let influence = try CommandRun([
      "diagnose", model, "--influence", "subj", "--exact", "--format", "csv",
    ])
    #expect(
      influence.output.hasPrefix(
        "level,rows,cooksDistance,dfbetas:(Intercept),dfbetas:days,theta:1,theta:2,theta:3\n"))
    let byColumn = try CommandRun(["diagnose", model, "--influence", "days", "--format", "csv"])
    #expect(byColumn.output.split(separator: "\n").count == 11)
    let robust = try CommandRun([
      "diagnose", model, "--robust", "cr2", "--cluster", "subj", "--format", "csv",
    ])
    #expect(robust.output.contains("days,10.46728595"))
  }

  @Test("Bad options end with a usage error, what the model cannot give with a failure")
  func badUsage() throws {
    let (folder, model) = try Self.saved()
    defer { withExtendedLifetime(folder) {} }
    for (arguments, status, message) in [
      (["--robust", "cr9"], 64, "--robust does not accept \"cr9\""),
      (["--exact"], 64, "--exact belongs to --influence"),
      (["--cluster", "subj"], 64, "--cluster belongs to --robust"),
      (["--simulations", "1"], 64, "--simulations does not accept \"1\""),
      (["--simulations", "100000000000"], 64, "It takes a whole number from 2 to 10,000,000."),
      (["--format", "html"], 64, "html"),
      (["--influence", "sub"], 1, "Did you mean \"subj\"?"),
      (["--robust", "cr1", "--cluster", "days"], 1, "Clusters must be independent"),
    ] as [([String], Int32, String)] {
      let run = try CommandRun(["diagnose", model] + arguments)
      #expect(run.status == status && run.output == "")
      #expect(run.errors.contains(message))
    }
  }
}
