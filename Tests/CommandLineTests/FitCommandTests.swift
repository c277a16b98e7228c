// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("The command fit")
struct FitCommandTests {
  private static let sleepstudy = ["fit", "reaction ~ 1 + days + (1 + days | subj)", "sleepstudy"]

  @Test("Results go to standard output, nothing else does")
  func quietSuccess() throws {
    let run = try CommandRun(Self.sleepstudy)
    #expect(run.status == 0)
    #expect(run.errors == "")
    #expect(run.output.hasPrefix("Linear mixed model fit by maximum likelihood\n"))
    #expect(run.output.hasSuffix("─\n"))
  }

  @Test("JSON has the keys of the interface in their order")
  func jsonKeys() throws {
    let run = try CommandRun(Self.sleepstudy + ["--format", "json", "--random-effects"])
    let lines = run.output.split(separator: "\n")
    let keys = lines.filter { $0.hasPrefix("  \"") }.compactMap { $0.split(separator: "\"")[1] }
    #expect(
      keys == [
        "formula", "response", "family", "link", "criterion", "nAGQ", "observations",
        "rowsDropped", "rank", "dof", "objective", "logLik", "aic", "aicc", "bic", "deviance",
        "theta", "sigma", "dispersion", "sizeParameter", "fixedEffects", "vcov",
        "varianceComponents", "randomEffects", "singular", "converged", "gradientNorm",
        "optimizer", "timings", "warnings",
      ])
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    #expect(object["criterion"] as? String == "ML")
    #expect(object["nAGQ"] is NSNull)
    // MixedModels.jl 4.31 prints 1751.9393444646898, where it stopped.
    let objective = try #require(object["objective"] as? Double)
    #expect(abs(objective - 1751.9393444646898) < 1e-7)
    let effects = try #require(object["randomEffects"] as? [[String: Any]])
    #expect((effects[0]["levels"] as? [String])?.count == 18)
    #expect((effects[0]["modes"] as? [[Double]])?[0].count == 2)
    #expect((effects[0]["standardDeviations"] as? [[Double]])?.count == 18)
  }

  @Test("Degrees of freedom turn z into t in every format")
  func residualDegreesOfFreedom() throws {
    let text = try CommandRun(Self.sleepstudy + ["--ddf", "residual"])
    #expect(text.output.contains("  DF"))
    #expect(text.output.contains("Pr(>|t|)"))
    let csv = try CommandRun(Self.sleepstudy + ["--ddf", "residual", "--format", "csv"])
    let lines = csv.output.split(separator: "\n")
    #expect(lines[0] == "name,estimate,standardError,statistic,df,pValue")
    #expect(lines[2].split(separator: ",")[4] == "178")
    let markdown = try CommandRun(Self.sleepstudy + ["--ddf", "residual", "--format", "markdown"])
    #expect(markdown.output.contains("| DF | t | Pr(>\\|t\\|) |"))
  }

  @Test("The styles lay text out, MATLAB's with residual degrees of freedom unless told otherwise")
  func styles() throws {
    let lme4 = try CommandRun(Self.sleepstudy + ["--style", "lme4", "--reml"])
    #expect(lme4.status == 0)
    #expect(
      lme4.output.contains("\n   Data: sleepstudy\n\nREML criterion at convergence: 1743.6\n"))
    #expect(lme4.output.hasSuffix("\n     (Intr)\ndays -0.138\n"))
    let tested = try CommandRun(Self.sleepstudy + ["--style", "lme4", "--ddf", "residual"])
    #expect(tested.output.contains("      df t value Pr(>|t|)    \n"))
    let modes = try CommandRun(Self.sleepstudy + ["--style", "lme4", "--random-effects"])
    #expect(modes.output.contains("\n  Conditional modes by subj, with standard deviations:\n"))
    let matlab = try CommandRun(Self.sleepstudy + ["--style", "matlab"])
    #expect(matlab.output.contains("    178    "))
    let normal = try CommandRun(Self.sleepstudy + ["--style", "matlab", "--ddf", "none"])
    #expect(normal.output.contains("    Inf    "))
    let same = try CommandRun(Self.sleepstudy + ["--style", "mixedmodels"])
    #expect(same.output == (try CommandRun(Self.sleepstudy)).output)
  }

  @Test("Small-sample degrees of freedom, and the standard errors that go with them")
  func smallSamples() throws {
    // lmerTest 3.1-3 and pbkrtest 0.5.2 on lme4's fit: 42 degrees of freedom for recipes.
    let formula = "angle ~ 1 + recipe + temp + (1 | recipe & replicate)"
    func fixedEffects(_ options: [String]) throws -> [[String: Any]] {
      let run = try CommandRun(["fit", formula, "cake", "--format", "json", "--reml"] + options)
      #expect(run.status == 0)
      let object = try JSONSerialization.jsonObject(with: Data(run.output.utf8))
      return try #require((object as? [String: Any])?["fixedEffects"] as? [[String: Any]])
    }
    let normal = try fixedEffects([])
    for method in ["satterthwaite", "kenward-roger"] {
      let rows = try fixedEffects(["--ddf", method])
      let df = try rows.map { try #require($0["df"] as? Double) }
      #expect(abs(df[1] - 42) < 1e-4 && abs(df[3] - 224) < 1e-3)
      // The design is balanced: nothing to adjust.
      for (row, expected) in zip(rows, normal) {
        let error = try #require(row["standardError"] as? Double)
        #expect(abs(error - (try #require(expected["standardError"] as? Double))) < 1e-8 * error)
      }
    }
  }

  @Test("Kenward and Roger's standard errors are larger in every format")
  func adjustedStandardErrors() throws {
    let fit = [
      "fit", "total_fruits ~ 1 + amd + (1 | popu) + (1 | gen)", "arabidopsis", "--reml",
    ]
    let adjusted = fit + ["--ddf", "kenward-roger"]
    func error(_ arguments: [String]) throws -> Double {
      let csv = try CommandRun(arguments + ["--format", "csv"]).output.split(separator: "\n")
      return try #require(Double(csv[1].split(separator: ",")[2]))
    }
    let (plain, larger) = (try error(fit), try error(adjusted))
    #expect(larger > 1.001 * plain)
    for format in ["text", "markdown"] {
      let output = try CommandRun(adjusted + ["--format", format]).output
      #expect(output.contains("\(larger)".prefix(5)))
    }
    let json = try JSONSerialization.jsonObject(
      with: Data(CommandRun(adjusted + ["--format", "json"]).output.utf8))
    let rows = (json as? [String: Any])?["fixedEffects"] as? [[String: Any]]
    #expect(rows?[0]["standardError"] as? Double == larger)
  }

  @Test("Every optimizer reaches the same fit, and the log has each evaluation")
  func optimizers() throws {
    let folder = try TemporaryFolder()
    for name in ["trustregion", "bobyqa", "lbfgs", "neldermead"] {
      let log = folder.url.appendingPathComponent("log.csv")
      let run = try CommandRun(
        Self.sleepstudy
          + ["--optimizer", name, "--fit-log", log.path, "--format", "json", "--start=1,-0.1,1"])
      #expect(run.status == 0)
      #expect(run.output.contains("\"name\": \"\(name)\""))
      #expect(run.output.contains("\"objective\": 1751.9393444"))
      let lines = try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
      #expect(lines[0] == "evaluation,objective,theta1,theta2,theta3")
      #expect(lines[1].hasSuffix(",1,-0.1,1"))
      #expect(run.output.contains("\"evaluations\": \(lines.count - 1)"))
    }
  }

  @Test("Standard input, a file with tabs and a built-in name give the same result")
  func sources() throws {
    let expected = try CommandRun(Self.sleepstudy).output
    let csv = try CommandRun(["datasets", "sleepstudy", "--csv"]).output
    let formula = Self.sleepstudy[1]
    #expect(try CommandRun(["fit", formula, "-"], input: csv).output == expected)
    let folder = try TemporaryFolder()
    let tabs = try folder.file(
      "s.tsv", csv.replacingOccurrences(of: ",", with: "\t"))
    #expect(try CommandRun(["fit", formula, tabs.path]).output == expected)
  }

  @Test("Levels of grouping factors and categorical columns keep their text")
  func levelText() throws {
    let csv = Sample.csv("y,x,g,k") {
      ["\($0.y)", "\($0.x)", "0\($0.index % 8)", "00\($0.index % 3)"]
    }
    let run = try CommandRun(
      [
        "fit", "y ~ 1 + x + k + (1 | g)", "-", "--categorical", "k", "--levels",
        "k=002,\"000\",001", "--random-effects", "--format", "csv",
      ], input: csv)
    #expect(run.errors == "")
    #expect(run.output.contains("\nk: 000,"))
    #expect(run.output.contains("\nk: 001,"))
    #expect(run.output.contains("\ng,07,(Intercept),"))
  }

  @Test("A grouping column that is a covariate too stays a number as covariate")
  func groupingCovariate() throws {
    let csv = Sample.csv("y,g") { ["\($0.y)", "\($0.index % 8)"] }
    let run = try CommandRun(["fit", "y ~ 1 + g + (1 | g)", "-", "--format", "csv"], input: csv)
    #expect(run.status == 0)
    #expect(run.output.split(separator: "\n").count == 3)
  }
}
