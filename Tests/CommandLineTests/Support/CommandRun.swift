// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What a run of the command line wrote, and how it ended.
struct CommandRun {
  let status: Int32
  let output: String
  let errors: String

  /// Runs `mixedmodels` with the given arguments and waits for its end.
  init(_ arguments: [String], input: String? = nil) throws {
    let folder = try TemporaryFolder()
    let outputURL = try folder.file("output", "")
    let errorsURL = try folder.file("errors", "")
    let inputURL = try folder.file("input", input ?? "")

    let process = Process()
    process.executableURL = Self.executable
    process.arguments = arguments
    process.standardInput = try FileHandle(forReadingFrom: inputURL)
    process.standardOutput = try FileHandle(forWritingTo: outputURL)
    process.standardError = try FileHandle(forWritingTo: errorsURL)
    try process.run()
    process.waitUntilExit()

    // A signal is not a status: a crash must not pass for an exit.
    status = process.terminationReason == .exit ? process.terminationStatus : -1
    output = try String(contentsOf: outputURL, encoding: .utf8)
    errors = try String(contentsOf: errorsURL, encoding: .utf8)
  }

  /// The executable stands beside the test bundle.
  private static var executable: URL {
    let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
    let folder = bundle?.bundleURL.deletingLastPathComponent() ?? Bundle.main.bundleURL
    return folder.appendingPathComponent("mixedmodels")
  }
}

/// A folder that is removed with the value.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func file(_ name: String, _ text: String) throws -> URL { try file(name, Data(text.utf8)) }

  func file(_ name: String, _ data: Data) throws -> URL {
    let file = url.appendingPathComponent(name)
    try data.write(to: file)
    return file
  }
}
