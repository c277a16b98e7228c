// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("The commands simulate and bootstrap")
struct ReplicateCommandsTests {
  /// A folder with a saved model of the sample rows.
  private static func saved(
    _ arguments: [String] = []
  ) throws -> (folder: TemporaryFolder, model: String, data: String) {
    let folder = try TemporaryFolder()
    let data = try folder.file("data.csv", Sample.plain).path
    let model = folder.url.appendingPathComponent("model.json").path
    let run = try CommandRun(
      ["fit", "y ~ 1 + x + (1 | g)", data, "--save", model] + arguments)
    #expect(run.status == 0)
    return (folder, model, data)
  }

  @Test("simulate writes a column per response and a row per row of the data")
  func simulate() throws {
    let (folder, model, _) = try Self.saved()
    let run = try CommandRun(["simulate", model, "--replicates", "2", "--seed", "9"])
    #expect(run.status == 0 && run.errors == "")
    let lines = run.output.split(separator: "\n")
    #expect(lines.count == 41 && lines[0] == "sim_1,sim_2")
    // The same seed, the same numbers; further columns do not change the first.
    let one = try CommandRun(["simulate", model, "--seed", "9"])
    #expect(
      one.output.split(separator: "\n").dropFirst()
        == lines.dropFirst().map { $0.prefix { $0 != "," } }[...])
    let current = try CommandRun(["simulate", model, "--random-effects", "current"])
    #expect(current.output.split(separator: "\n").count == 41)
    let rows = try folder.file("rows.csv", "x,g\n0.5,a\n,b\n0.1,new\n").path
    let other = try CommandRun(["simulate", model, "--data", rows, "--format", "json"])
    #expect(other.output.contains("\"sim_1\": null"))
    let refused = try CommandRun([
      "simulate", model, "--data", rows, "--random-effects", "current",
    ])
    #expect(refused.status == 1 && refused.errors.contains("has a level in row 3"))
  }

  @Test("bootstrap prints intervals, whatever the threads, and goes on with a file")
  func bootstrap() throws {
    let (folder, model, _) = try Self.saved()
    let samples = folder.url.appendingPathComponent("samples.csv").path
    let run = try CommandRun([
      "bootstrap", model, "--replicates", "60", "--seed", "3", "--format", "csv",
    ])
    #expect(run.status == 0)
    #expect(run.output.hasPrefix("key,estimate,bias,standardError,lower,upper,replicates\n"))
    #expect(run.output.split(separator: "\n").count == 5)
    let first = try CommandRun([
      "bootstrap", model, "--replicates", "25", "--seed", "3", "--save-samples", samples,
      "--threads", "1",
    ])
    #expect(first.status == 0)
    #expect(first.output.hasPrefix("Bootstrap intervals (percentile), 95% level\n"))
    let rest = try CommandRun([
      "bootstrap", model, "--replicates", "35", "--save-samples", samples, "--append", "--threads",
      "2", "--format", "csv",
    ])
    #expect(rest.output == run.output)
    let text = try String(contentsOfFile: samples, encoding: .utf8)
    #expect(text.split(separator: "\n").count == 62)
    for interval in ["basic", "normal", "bca", "shortest"] {
      let run = try CommandRun([
        "bootstrap", model, "--replicates", "40", "--interval", interval, "--level", "0.8",
        "--format", "json",
      ])
      #expect(run.status == 0 && run.output.contains("\"beta:x\""))
    }
  }

  @Test("Bad options end with a usage error, and leave no file")
  func badUsage() throws {
    let (folder, model, _) = try Self.saved()
    let samples = folder.url.appendingPathComponent("samples.csv").path
    for (arguments, message) in [
      (["--replicates", "0"], "--replicates does not accept \"0\""),
      (["--replicates", "100000000000"], "It takes a whole number from 1 to 10,000,000."),
      (["--level", "1"], "--level does not accept \"1.0\""),
      (["--interval", "wald"], "--interval does not accept \"wald\""),
      (["--threads", "0"], "--threads does not accept \"0\""),
      (["--append"], "--append goes on with a file"),
      (["--format", "html"], "html"),
    ] {
      let run = try CommandRun(["bootstrap", model, "--save-samples", samples] + arguments)
      let isComplete = arguments == ["--append"]
      #expect(run.status == (isComplete ? 1 : 64))
      #expect(run.output == "" && (isComplete || run.errors.contains(message)))
      #expect(!FileManager.default.fileExists(atPath: samples))
    }
    let append = try CommandRun(["bootstrap", model, "--append"])
    #expect(append.status == 64 && append.errors.contains("Name it with --save-samples."))
    let simulate = try CommandRun(["simulate", model, "--replicates", "0"])
    #expect(simulate.status == 64)
    let many = try CommandRun(["simulate", model, "--replicates", "100000000000"])
    #expect(many.status == 64 && many.errors.contains("a whole number from 1 to 10,000,000."))
    let effects = try CommandRun(["simulate", model, "--random-effects", "old"])
    #expect(effects.status == 64 && effects.errors.contains("It takes new or current."))
    let missing = try CommandRun(["bootstrap", model, "--data", "nowhere.csv"])
    #expect(missing.status == 1)
  }
}
