// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("The commands confint and profile")
struct IntervalCommandsTests {
  /// A folder with a saved model of the sample rows.
  private static func saved(
    _ arguments: [String] = []
  ) throws -> (folder: TemporaryFolder, model: String) {
    let folder = try TemporaryFolder()
    let data = try folder.file("data.csv", Sample.plain).path
    let model = folder.url.appendingPathComponent("model.json").path
    let run = try CommandRun(
      ["fit", "y ~ 1 + x + (1 | g)", data, "--save", model] + arguments)
    #expect(run.status == 0)
    return (folder, model)
  }

  @Test("confint prints intervals by every method")
  func intervals() throws {
    let (folder, model) = try Self.saved()
    defer { withExtendedLifetime(folder) {} }
    for method in ["wald", "profile", "bootstrap"] {
      let run = try CommandRun([
        "confint", model, "--method", method, "--replicates", "40", "--format", "csv",
      ])
      #expect(run.status == 0)
      #expect(run.output.hasPrefix("key,estimate,lower,upper"))
      #expect(run.output.split(separator: "\n").count == 5)
    }
    let shortest = try CommandRun([
      "confint", model, "--method", "bootstrap", "--interval", "shortest", "--replicates", "40",
    ])
    #expect(shortest.output.hasPrefix("Confidence intervals (bootstrap (shortest)), 95% level\n"))
    let some = try CommandRun(["confint", model, "--parameters", "beta:x", "sigma"])
    #expect(some.output.hasPrefix("Confidence intervals (profile), 95% level\n"))
    #expect(some.output.contains("beta:x") && !some.output.contains("sd:g"))
  }

  @Test("Wald intervals take degrees of freedom, and random effects theirs")
  func randomEffects() throws {
    let folder = try TemporaryFolder()
    let model = folder.url.appendingPathComponent("model.json").path
    let fit = try CommandRun([
      "fit", "reaction ~ 1 + days + (1 + days | subj)", "sleepstudy", "--reml", "--save", model,
    ])
    #expect(fit.status == 0)
    let run = try CommandRun([
      "confint", model, "--method", "wald", "--ddf", "satterthwaite", "--random-effects",
      "--format", "csv",
    ])
    #expect(run.status == 0)
    let lines = run.output.split(separator: "\n")
    // lmerTest 3.1-3: 7.2 to 13.7.
    #expect(lines[2].hasPrefix("beta:days,10.46728595959") && lines[2].contains(",7.2059"))
    #expect(
      lines.contains("group,level,effect,estimate,standardError,df,lower,upper,statistic,pValue"))
    #expect(lines.count == 1 + 6 + 1 + 36)
    let text = try CommandRun([
      "confint", model, "--method", "wald", "--parameters", "beta", "--random-effects",
    ])
    #expect(text.output.contains("SE Pred."))
    for (arguments, message) in [
      (["--ddf", "residual"], "The option --ddf is for Wald intervals"),
      (["--method", "wald", "--ddf", "t"], "--ddf does not accept \"t\""),
      (
        ["--method", "wald", "--ddf", "kenward-roger", "--random-effects"],
        "are for fixed effects alone"
      ),
    ] {
      let run = try CommandRun(["confint", model] + arguments)
      #expect(run.status == 64 && run.output == "" && run.errors.contains(message))
    }
  }

  @Test("profile prints the points of a REML fit's profile, and says whose they are")
  func profile() throws {
    let (folder, model) = try Self.saved(["--reml"])
    defer { withExtendedLifetime(folder) {} }
    let run = try CommandRun([
      "profile", model, "--parameters", "beta", "--points", "3", "--format", "csv",
    ])
    #expect(run.status == 0)
    #expect(run.output.hasPrefix("parameter,value,zeta,deviance,"))
    #expect(run.output.split(separator: "\n").count == 15)
    #expect(run.errors.contains("fitted by REML"))
  }

  @Test("Bad options end with a usage error")
  func badUsage() throws {
    let (folder, model) = try Self.saved()
    defer { withExtendedLifetime(folder) {} }
    for (command, arguments, status, message) in [
      ("confint", ["--level", "1"], 64, "--level does not accept \"1.0\""),
      ("confint", ["--method", "exact"], 64, "--method does not accept \"exact\""),
      (
        "confint", ["--method", "bootstrap", "--interval", "wide"], 64,
        "--interval does not accept \"wide\""
      ),
      ("confint", ["--parameters", "beta:z"], 1, "beta:x"),
      ("profile", ["--points", "0"], 64, "--points does not accept \"0\""),
      ("profile", ["--level", "0"], 64, "--level does not accept \"0.0\""),
    ] {
      let run = try CommandRun([command, model] + arguments)
      #expect(run.status == Int32(status) && run.output == "" && run.errors.contains(message))
    }
  }
}
