// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("The commands compare, drop1 and anova")
struct ComparisonCommandsTests {
  /// A folder with the sample rows and models of some formulas, saved as `0.json`, `1.json`, ...
  private static func saved(
    _ formulas: [String], _ arguments: [String] = []
  ) throws -> (folder: TemporaryFolder, models: [String]) {
    let folder = try TemporaryFolder()
    let data = try folder.file("data.csv", Sample.plain).path
    let models = try formulas.enumerated().map { place, formula in
      let model = folder.url.appendingPathComponent("\(place).json").path
      let run = try CommandRun(["fit", formula, data, "--save", model] + arguments)
      #expect(run.status == 0)
      return model
    }
    return (folder, models)
  }

  private static let nested = ["y ~ 1 + x + (1 | g)", "y ~ 1 + (1 | g)"]

  @Test("compare tests saved models, without their rows too")
  func compare() throws {
    let (folder, models) = try Self.saved(Self.nested)
    let run = try CommandRun(["compare"] + models)
    #expect(run.status == 0 && run.output.hasPrefix("Likelihood-ratio tests\n"))
    #expect(run.output.contains("\nInformation criteria\n"))
    try FileManager.default.removeItem(at: folder.url.appendingPathComponent("data.csv"))
    #expect(try CommandRun(["compare"] + models).output == run.output)
    let table = try CommandRun(["compare"] + models + ["--format", "csv"])
    let header = "model,dof,aic,bic,logLik,objective,statistic,deltaDof,pValue\n"
    #expect(table.output.hasPrefix(header))
    // The smaller model is first, whatever the order.
    #expect(table.output.split(separator: "\n")[1].hasPrefix("\(models[1]),3,"))
    let json = try CommandRun(["compare"] + models + ["--format", "json", "--criteria-only"])
    #expect(json.output.contains("\"informationCriteria\"") && !json.output.contains("\"pValue\""))
  }

  @Test("compare reads the rows of fits by REML, and refuses what does not compare")
  func compareRestricted() throws {
    let (folder, models) = try Self.saved(Self.nested, ["--reml"])
    let run = try CommandRun(["compare"] + models)
    #expect(run.status == 0 && run.output.contains("again by maximum likelihood"))
    let one = try CommandRun(["compare", models[0]])
    #expect(one.status == 64 && one.errors.contains("Give two models or more."))
    try FileManager.default.removeItem(at: folder.url.appendingPathComponent("data.csv"))
    #expect(try CommandRun(["compare"] + models).status == 1)
    let (otherFolder, others) = try Self.saved([
      "y ~ 1 + x + (1 | g)", "y ~ 1 + log(x + 1) + (1 | g)",
    ])
    defer { withExtendedLifetime(otherFolder) {} }
    let refused = try CommandRun(["compare"] + others)
    #expect(refused.status == 1 && refused.errors.contains("is not nested in"))
    #expect(refused.errors.contains("Compare them by information criteria."))
    #expect(try CommandRun(["compare", "--criteria-only"] + others).status == 0)
    let damaged = try folder.file("damaged.json", "{\"format\": \"something else\"}").path
    #expect(try CommandRun(["compare", models[0], damaged]).status == 1)
  }

  @Test("drop1 deletes terms, or random effects")
  func dropOne() throws {
    let (folder, models) = try Self.saved(["y ~ 1 + x + (1 + x | g)"])
    defer { withExtendedLifetime(folder) {} }
    let run = try CommandRun(["drop1", models[0], "--format", "csv"])
    #expect(run.status == 0 && run.output.hasPrefix("term,df,aic,statistic,pValue\n<none>,"))
    #expect(run.output.contains("\nx,1,"))
    let random = try CommandRun(["drop1", models[0], "--random"])
    #expect(random.status == 0 && random.output.contains("x in (1 + x | g)"))
    let missing = try CommandRun(["drop1", models[0], "--data", "nowhere.csv"])
    #expect(missing.status == 1 && missing.output == "")
  }

  @Test("anova tests terms by chi-squared or F statistics")
  func anova() throws {
    let (folder, models) = try Self.saved(Self.nested, ["--reml"])
    defer { withExtendedLifetime(folder) {} }
    let run = try CommandRun(["anova", models[0], "--format", "csv"])
    #expect(run.status == 0 && run.output.hasPrefix("term,statistic,df,pValue\nx,"))
    for arguments in [
      ["--type", "1", "--ddf", "kenward-roger"], ["--type", "2", "--test", "f"],
      ["--ddf", "residual"],
    ] {
      let run = try CommandRun(["anova", models[0], "--format", "csv"] + arguments)
      #expect(run.status == 0)
      #expect(run.output.hasPrefix("term,numeratorDF,denominatorDF,statistic,pValue\nx,1,"))
    }
    for (arguments, message) in [
      (["--type", "4"], "It takes 1, 2 or 3."), (["--test", "t"], "It takes wald or f."),
      (["--ddf", "all"], "--ddf does not accept \"all\""),
      (["--test", "wald", "--ddf", "residual"], "contradict each other"),
    ] {
      let run = try CommandRun(["anova", models[0]] + arguments)
      #expect(run.status == 64 && run.output == "" && run.errors.contains(message))
    }
    let equations = ["--hypothesis", "x = 2", "--hypothesis", "-(Intercept) + 3 * x = 0"]
    let hypotheses = try CommandRun(["anova", models[0]] + equations)
    #expect(hypotheses.status == 0)
    #expect(hypotheses.output.hasPrefix("Wald tests of linear hypotheses\n"))
    #expect(hypotheses.output.contains("\nall together "))
    let csv = try CommandRun(
      ["anova", models[0], "--format", "csv", "--ddf", "satterthwaite"] + equations)
    #expect(
      csv.output.hasPrefix(
        "hypothesis,estimate,standardError,value,numeratorDF,denominatorDF,statistic,pValue\nx = 2,"
      ))
    let json = try CommandRun(["anova", models[0], "--format", "json"] + equations)
    #expect(json.output.contains("\"hypothesis\": \"x = 2\""))
    for (arguments, status, message) in [
      (["--hypothesis", "z = 0"], 1, "There is no coefficient \"z\"."),
      (["--hypothesis", "x ="], 64, "The hypothesis \"x =\" cannot be read"),
      (["--hypothesis", "x = 0", "--type", "2"], 64, "Leave out one of them."),
    ] {
      let run = try CommandRun(["anova", models[0]] + arguments)
      #expect(run.status == Int32(status) && run.output == "" && run.errors.contains(message))
    }
    let none = try CommandRun(["anova", models[1]])
    #expect(none.status == 1 && none.errors.contains("no fixed-effects term beside the intercept"))
  }
}
