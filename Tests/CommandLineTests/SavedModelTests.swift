// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MixedModels
import Testing

@testable import mixedmodels

@Suite("Models that fit saves and other commands read")
struct SavedModelTests {
  private static let formula = "y ~ 1 + x + (1 | g)"

  /// The arguments of a command on the saved model, as that command sees them.
  private static func source(_ arguments: String...) throws -> ModelSource {
    try ModelSource.parse(arguments)
  }

  private static func message(_ work: () throws -> Void) -> String? {
    #expect(throws: MixedModelError.self) { try work() }?.description
  }

  @Test("fit writes the model beside its results, and it is read with and without its rows")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    // Levels whose text is not that of a number.
    let csv = Sample.csv("y,x,g") { ["\($0.y)", "\($0.x)", "0\($0.index % 8)"] }
    let data = try folder.file("data.csv", csv)
    let file = folder.url.appendingPathComponent("model.json")
    let plain = try CommandRun(["fit", Self.formula, data.path])
    let run = try CommandRun(["fit", Self.formula, data.path, "--save", file.path])
    #expect(run.status == 0)
    #expect(run.output == plain.output)
    #expect(run.errors.isEmpty)

    let source = try Self.source(file.path)
    let saved = try source.model()
    #expect(saved.source == data.path)
    #expect(saved.description + "\n" == plain.output)
    let model = try #require(try source.restoredModel() as? LinearMixedModel)
    #expect(model.description == saved.description)
    #expect(model.fittedValues().count == 40)
    #expect(model.randomEffects["g"]?.levels.first == "00")
    // What is written over is replaced, and nothing is left beside it.
    let again = try CommandRun(["fit", Self.formula, data.path, "--save", file.path])
    #expect(again.status == 0)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
        == ["data.csv", "model.json"])
  }

  @Test("A generalized model of a built-in data set is found again by its name")
  func builtInData() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("model.json")
    let run = try CommandRun([
      "fit", "incidence / size ~ period + (1 | herd)", "cbpp", "--family", "binomial",
      "--categorical", "period", "--save", file.path,
    ])
    #expect(run.status == 0)
    let model = try Self.source(file.path).restoredModel()
    #expect(model is GeneralizedLinearMixedModel)
    #expect(model.description + "\n" == run.output)
  }

  @Test("A fit that fails, or a file that cannot be written, leaves the old file as it was")
  func oldFile() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("model.json", "old")
    let failed = try CommandRun(
      [
        "fit", "y ~ 1 + z + (1 | g)", "-", "--save", file.path,
      ], input: Sample.plain)
    #expect(failed.status == 1)
    #expect(try String(contentsOf: file, encoding: .utf8) == "old")
    let unknown = try CommandRun(
      ["fit", Self.formula, "-", "--save", file.path + "/model.json"], input: Sample.plain)
    #expect(unknown.status == 1)
    #expect(unknown.output.isEmpty)
    #expect(try String(contentsOf: file, encoding: .utf8) == "old")
  }

  @Test("A file keeps its rights when it is replaced, and a link stays a link")
  func rightsAndLinks() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("model.json", "old")
    let manager = FileManager.default
    try manager.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file.path)
    let link = folder.url.appendingPathComponent("link.json")
    try manager.createSymbolicLink(at: link, withDestinationURL: file)
    let run = try CommandRun(
      ["fit", Self.formula, "-", "--save", link.path], input: Sample.plain)
    #expect(run.status == 0)
    let rights = try manager.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
    #expect(rights == 0o640)
    #expect(try manager.destinationOfSymbolicLink(atPath: link.path) == file.path)
    #expect(try Self.source(file.path).model().source == "-")
  }

  @Test("What is no file is written to as it is")
  func standardOutput() throws {
    let run = try CommandRun(
      ["fit", Self.formula, "-", "--save", "/dev/null"], input: Sample.plain)
    #expect(run.status == 0)
    #expect(run.errors.isEmpty)
    let full = try CommandRun(
      ["fit", Self.formula, "-", "--save", "/dev/full"], input: Sample.plain)
    #expect(full.status == 1)
    #expect(full.output.isEmpty)
    #expect(
      full.errors
        == "error: The file \"/dev/full\" cannot be written: No space left on device.\n")
  }

  @Test("Rows that came from standard input, or are gone, are asked for")
  func rowsElsewhere() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("model.json")
    let data = try folder.file("data.csv", Sample.plain)
    _ = try CommandRun(["fit", Self.formula, "-", "--save", file.path], input: Sample.plain)
    #expect(
      Self.message { _ = try Self.source(file.path).restoredModel() }
        == "The rows of the fit are needed, and those of the model \"\(file.path)\" came from "
        + "standard input. Give them with --data.")
    #expect(try Self.source(file.path, "--data", data.path).restoredModel() is LinearMixedModel)

    _ = try CommandRun(["fit", Self.formula, data.path, "--save", file.path])
    let moved = folder.url.appendingPathComponent("moved.csv")
    try FileManager.default.moveItem(at: data, to: moved)
    #expect(
      Self.message { _ = try Self.source(file.path).restoredModel() }
        == "The rows of the fit are needed, and they are not where the model \"\(file.path)\" says. "
        + "There is no file \"\(data.path)\". Give them with --data.")
    #expect(try Self.source(file.path, "--data", moved.path).restoredModel() is LinearMixedModel)
  }

  @Test("Rows that have changed are refused")
  func changedRows() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("model.json")
    let data = try folder.file("data.csv", Sample.plain)
    _ = try CommandRun(["fit", Self.formula, data.path, "--save", file.path])
    try (Sample.plain + "11,0.5,a\n").write(to: data, atomically: true, encoding: .utf8)
    #expect(
      Self.message { _ = try Self.source(file.path).restoredModel() }
        == "The model was fitted to 40 rows of \"\(data.path)\", and these data have 41 rows. "
        + "Give the rows of the fit.")
  }

  @Test("An argument that is no model is told so")
  func noModel() throws {
    let folder = try TemporaryFolder()
    let data = try folder.file("data.csv", Sample.plain)
    #expect(
      Self.message { _ = try Self.source(data.path).model() }
        == "The file \"\(data.path)\" is not a saved model. \"mixedmodels fit\" writes one with the "
        + "option --save.")
    let folderPath = folder.url.path
    #expect(
      Self.message { _ = try Self.source(folderPath).model() }
        == "\"\(folderPath)\" is a directory, not a file. Give a saved model. \"mixedmodels fit\" "
        + "writes one with the option --save.")
  }

  @Test("A model may be compressed")
  func compressed() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("model.json")
    _ = try CommandRun(["fit", Self.formula, "-", "--save", file.path], input: Sample.plain)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["gzip", file.path]
    try process.run()
    process.waitUntilExit()
    #expect(try Self.source(file.path + ".gz").model().observationCount == 40)
  }
}
