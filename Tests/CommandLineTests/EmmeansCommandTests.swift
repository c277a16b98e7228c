// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("The command emmeans")
struct EmmeansCommandTests {
  private func saved(_ folder: TemporaryFolder) throws -> String {
    let path = folder.url.appendingPathComponent("cake.json").path
    let run = try CommandRun([
      "fit", "angle ~ 1 + recipe * temp + (1 | recipe & replicate)", "cake", "--reml", "--save",
      path,
    ])
    #expect(run.status == 0 && run.errors == "")
    return path
  }

  @Test("Means and comparisons are two tables, in every format")
  func formats() throws {
    let folder = try TemporaryFolder()
    let model = try saved(folder)
    let text = try CommandRun(["emmeans", model, "recipe", "--ddf", "kenward-roger"])
    #expect(text.status == 0 && text.errors == "")
    #expect(text.output.contains("Estimated marginal means\n"))
    #expect(text.output.contains("Pairwise comparisons\n"))
    #expect(text.output.contains("Numeric predictors: temp = 200."))
    #expect(text.output.contains("A - B"))
    // emmeans 1.8.4-1 with lme4 1.1-31.
    #expect(text.output.contains("33.12"))
    #expect(text.output.contains("0.8200"))

    let json = try CommandRun([
      "emmeans", model, "recipe & temp", "--at", "temp=175,225", "--format", "json",
    ])
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect((object["means"] as? [[String: Any]])?.count == 6)
    #expect((object["comparisons"] as? [[String: Any]])?.count == 15)

    let colon = try CommandRun([
      "emmeans", model, "recipe:temp", "--at", "temp=175,225", "--format", "json",
    ])
    #expect(colon.status == 0 && colon.output == json.output)

    let csv = try CommandRun([
      "emmeans", model, "recipe", "--by", "temp", "--at", "temp=175,225", "--adjust", "holm",
      "--format", "csv",
    ])
    #expect(csv.status == 0)
    // What the other formats print below the tables is no warning.
    #expect(csv.errors.hasPrefix("note: ") && !csv.errors.contains("warning: "))
    let scheffe = try CommandRun(["emmeans", model, "recipe", "--adjust", "scheffe"])
    #expect(scheffe.output.contains("Scheffé's method with rank 2."))
    #expect(scheffe.output.contains("Mean  Std. Error  Lower 95%"))
    // A single mean has nothing to be compared with.
    let single = try CommandRun(["emmeans", model, "temp"])
    #expect(single.status == 0 && !single.output.contains("Pairwise"))
    let object2 = try CommandRun(["emmeans", model, "temp", "--format", "json"])
    #expect(object2.output.contains("\"comparisons\": []"))
    #expect(
      csv.output.hasPrefix("temp,recipe,estimate,standardError,df,lower,upper\n175,A,29.279365"))
    #expect(
      csv.output.contains(
        "\n\ntemp,comparison,estimate,standardError,df,lower,upper,statistic,pValue\n"))
  }

  @Test("Mistakes are told, and nothing else is written")
  func mistakes() throws {
    let folder = try TemporaryFolder()
    let model = try saved(folder)
    let cases: [([String], Int32, String)] = [
      (["recip"], 1, "error: The fixed effects of the model do not depend on a column \"recip\""),
      (["recipe", "--adjust", "fdr"], 64, "error: The option --adjust does not accept \"fdr\"."),
      (["recipe", "--weights", "all"], 64, "error: The option --weights does not accept \"all\"."),
      (["recipe", "--ddf", "many"], 64, "error: The option --ddf does not accept \"many\"."),
      (["recipe", "--scale", "mean"], 64, "error: The option --scale does not accept \"mean\"."),
      (["recipe", "--level", "95"], 64, "error: The option --level does not accept"),
      (["recipe", "--at", "temp"], 64, "error: The option --at does not accept \"temp\"."),
      (["recipe", "--at", "temp=a"], 64, "error: The option --at does not accept \"temp=a\"."),
      (["recipe", "--at", "recipe=1"], 64, "error: The column \"recipe\" is categorical"),
    ]
    for (arguments, status, message) in cases {
      let run = try CommandRun(["emmeans", model] + arguments)
      #expect(run.status == status, "\(arguments)")
      #expect(run.output == "")
      #expect(run.errors.hasPrefix(message), "\(run.errors)")
    }
  }
}
