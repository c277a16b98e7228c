// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MixedModelDatasets
import MixedModels
import Testing

@Suite("The command fit with a stochastic log-determinant")
struct StochasticFitTests {
  private static let model = ["diameter ~ 1 + (1 | plate) + (1 | sample)", "penicillin"]
  private static let stochastic = ["--log-determinant", "stochastic", "--probes", "16"]

  private func object(_ arguments: [String]) throws -> [String: Any] {
    let run = try CommandRun(arguments + ["--format", "json"])
    #expect(run.status == 0)
    return try #require(
      try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
  }

  @Test("The standard error stands beside the objective, which repeats to the last digit")
  func objective() throws {
    let exact = try object(["fit"] + Self.model)
    #expect(exact["objectiveStandardError"] == nil)
    let expected = try #require(exact["objective"] as? Double)
    let model = try object(["fit"] + Self.model + Self.stochastic)
    let objective = try #require(model["objective"] as? Double)
    let error = try #require(model["objectiveStandardError"] as? Double)
    #expect(error > 0)
    #expect(abs(objective - expected) < 3 * error)
    #expect(model["converged"] as? Bool == true)
    let again = try object(
      ["fit"] + Self.model + Self.stochastic + ["--seed", "1", "--threads", "2"])
    #expect(again["objective"] as? Double == objective)
    let other = try object(["fit"] + Self.model + Self.stochastic + ["--seed", "2"])
    #expect(other["objective"] as? Double != objective)
  }

  @Test("Text and Markdown have the standard error, and a note says where it comes from")
  func text() throws {
    let run = try CommandRun(["fit"] + Self.model + Self.stochastic)
    #expect(run.status == 0)
    #expect(run.output.contains("\n Monte Carlo standard error: "))
    #expect(run.output.contains(" (16 probes, seed 1)\n"))
    #expect(
      run.errors.hasPrefix(
        "warning: The log-determinant is stochastic, from 16 probes with seed 1 in "))
    let markdown = try CommandRun(
      ["fit"] + Self.model + Self.stochastic + ["--format", "markdown"])
    #expect(markdown.output.contains("\n\nMonte Carlo standard error: "))
  }

  @Test("The styles of other programs have it, too")
  func styles() throws {
    for style in ["lme4", "matlab"] {
      let run = try CommandRun(["fit"] + Self.model + Self.stochastic + ["--style", style])
      #expect(run.status == 0)
      #expect(run.output.contains("Monte Carlo standard error: "))
      #expect(run.output.contains(" (16 probes, seed 1)\n"))
      let exact = try CommandRun(["fit"] + Self.model + ["--style", style])
      #expect(!exact.output.contains("Monte Carlo"))
    }
  }

  @Test("A saved model has the error, predicts, and is compared; standard errors need the factor")
  func saved() throws {
    let folder = try TemporaryFolder()
    let paths = ["large", "small"].map {
      folder.url.appendingPathComponent("\($0).json").path
    }
    for (path, formula) in zip(paths, [Self.model[0], "diameter ~ 1 + (1 | plate)"]) {
      let run = try CommandRun(
        ["fit", formula, "penicillin", "--save", path] + Self.stochastic)
      #expect(run.status == 0)
    }
    let data = Dataset.penicillin.table
    let saved = try SavedModel(contentsOf: paths[0])
    let restored = try #require(try saved.restored(from: data) as? LinearMixedModel)
    let error = try #require(saved.stochasticError)
    #expect(restored.stochasticError == error)
    #expect(restored.objective == saved.objective)
    #expect(restored.notes == saved.notes && saved.notes.contains(.stochasticLogDeterminant(error)))
    #expect(restored.objectiveStandardError == error.standardError)
    #expect(throws: MixedModelError.self) { try saved.randomEffects[0].conditionalVariances() }
    let compared = try CommandRun(["compare", paths[0], paths[1]])
    #expect(compared.status == 0)
    #expect(compared.output.contains("has a Monte Carlo standard error of"))
    let predicted = try CommandRun(["predict", paths[0]])
    #expect(predicted.status == 0)
    let interval = try CommandRun(["predict", paths[0], "--interval", "confidence"])
    #expect(interval.status == 64 && interval.errors.contains("This needs the Cholesky factor"))
  }

  @Test("Conditional modes are shown without standard deviations, which need the factor")
  func randomEffects() throws {
    let model = try object(["fit"] + Self.model + Self.stochastic + ["--random-effects"])
    let effects = try #require(model["randomEffects"] as? [[String: Any]])
    let modes = try #require(effects[0]["modes"] as? [[Double]])
    #expect(modes.count == 24)
    let deviations = try #require(effects[0]["standardDeviations"] as? [[Any]])
    #expect(deviations.allSatisfy { $0.allSatisfy { $0 is NSNull } })
  }

  @Test("A plan is that of the method")
  func plan() throws {
    let run = try CommandRun(["plan"] + Self.model + ["--log-determinant", "stochastic"])
    #expect(run.status == 0)
    #expect(run.output.contains("\nsample  sample     6        6  Diagonal        Diagonal "))
    #expect(run.output.contains("\nThe tail has 8 rows and is not formed: the log-determinant is "))
  }

  @Test(
    "What does not go together is refused before anything is read",
    arguments: [
      (
        ["--log-determinant", "fast"],
        "The option --log-determinant does not accept \"fast\". It takes exact, stochastic."
      ),
      (
        ["--log-determinant", "stochastic", "--probes", "0"],
        "The option --probes is 0. A stochastic log-determinant takes from 2 to 10,000 of them."
      ),
      (
        ["--probes", "8"],
        "The option --probes is for a stochastic log-determinant, and this one is exact. Leave it out, "
          + "or give --log-determinant stochastic with it."
      ),
      (
        ["--log-determinant", "stochastic", "--family", "poisson"],
        "The log-determinant of a generalized model is exact: a stochastic one is for linear models. "
          + "Leave the option out."
      ),
    ])
  func refusals(_ options: [String], message: String) throws {
    let run = try CommandRun(["fit"] + Self.model + options)
    #expect(run.status == 64)
    #expect(run.errors == "error: \(message)\n")
  }

  @Test("Small-sample methods say that they need the factor")
  func smallSamples() throws {
    for method in ["satterthwaite", "kenward-roger"] {
      let run = try CommandRun(
        ["fit"] + Self.model + Self.stochastic + ["--reml", "--ddf", method])
      #expect(run.status != 0)
      #expect(run.errors.contains("This needs the Cholesky factor of the model"))
    }
  }
}
