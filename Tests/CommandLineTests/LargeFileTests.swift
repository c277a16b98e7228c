// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("Large files")
struct LargeFileTests {
  /// A file long enough to be fitted while its rows go by: 24 groups whose rows lie apart, more
  /// columns than the model has, and a last row to put in.
  private func text(last: String) -> String {
    var text = "note,y,x,k,g\n"
    for i in 0..<60_000 {
      let group = i * 11 % 24
      let x = Double(i * 7919 % 1009) / 1009
      let noise = Double(i * 104_729 % 2003) / 2003 - 0.5
      let y = 1 + x * (2 + Double(group % 5) / 4) + Double(group * 5 % 24) / 8 + noise
      text += "\"row no. \(i), filler\",\(y),\(x),\(i % 3 == 0 ? "a" : "b"),G\(group)\n"
    }
    return text + last
  }

  @Test(
    "The fit of a large file has the same digits on any number of threads, and those of a table")
  func sameDigits() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("large.csv", text(last: ""))
    let command = ["fit", "y ~ 1 + x + k + (1 + x | g)", file.path, "--random-effects"]
    let one = try CommandRun(command)
    #expect(one.status == 0)
    #expect(one.errors == "")
    #expect(try CommandRun(command + ["--threads", "2"]).output == one.output)
    // A model can be saved only with its table.
    let saved = folder.url.appendingPathComponent("model.json").path
    #expect(try CommandRun(command + ["--save", saved]).output == one.output)
  }

  @Test("What comes in through standard input is fitted as the file is")
  func standardInput() throws {
    let folder = try TemporaryFolder()
    let text = text(last: "")
    let file = try folder.file("large.csv", text)
    let model = ["fit", "y ~ 1 + x + k + (1 + x | g)"]
    let expected = try CommandRun(model + [file.path]).output
      .replacing(" in \(file.path)", with: "").replacing(file.path, with: "")
    let run = try CommandRun(model + ["-"], input: text)
    #expect(run.errors == "")
    #expect(run.output == expected)
  }

  @Test("What is wrong far down in a large file is said as in a small one")
  func errors() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("large.csv", text(last: "short,1\n"))
    let run = try CommandRun(["fit", "y ~ 1 + x + (1 + x | g)", file.path])
    #expect(run.status == 1)
    #expect(run.output == "")
    #expect(run.errors.hasPrefix("error: \(file.path), line 60002: "))
    let unknown = try CommandRun(["fit", "y ~ 1 + z + (1 | g)", file.path])
    #expect(unknown.status == 1)
    #expect(unknown.errors.contains("line 60002"))
  }
}
