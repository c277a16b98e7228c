// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MixedModels
import Testing

@testable import mixedmodels

@Suite("The command plan, and the limits of fit")
struct PlanCommandTests {
  private static let model = ["diameter ~ 1 + (1 | plate) + (1 | sample)", "penicillin"]

  @Test("It prints sizes, memory and time, and whether they are within the limit")
  func text() throws {
    let run = try CommandRun(["plan"] + Self.model + ["--memory-limit", "1GB"])
    #expect(run.status == 0)
    #expect(run.errors.isEmpty)
    #expect(run.output.hasPrefix("Plan of diameter ~ 1 + (1 | plate) + (1 | sample)\n"))
    #expect(
      run.output.contains("\nsample  sample     6        6  Diagonal        Dense      1.0000"))
    #expect(run.output.contains("\nThe peak is within the limit of 1.00 GB.\n"))
    #expect(run.output.contains("\none evaluation with derivatives "))
    let tight = try CommandRun(["plan"] + Self.model + ["--memory-limit", "1MB"])
    #expect(tight.status == 0)
    #expect(tight.output.contains("\nThe peak is more than the limit of 1.00 MB.\n"))
  }

  @Test("JSON and CSV hold the same numbers, unrounded")
  func formats() throws {
    let json = try CommandRun(["plan"] + Self.model + ["--format", "json"])
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect(
      Set(object.keys) == ["model", "groups", "blocks", "memory", "work", "notes"])
    let blocks = try #require(object["blocks"] as? [[String: Any]])
    // Six samples, the intercept and the response are stored as one dense square of 8 × 8.
    let sample = try #require(
      blocks.first { $0["row"] as? String == "sample" && $0["column"] as? String == "sample" })
    #expect(sample["entries"] as? Int == 21)
    let memory = try #require(object["memory"] as? [[String: Any]])
    let plan = try FitPlan(try Formula(Self.model[0]), data: try DataSource("penicillin").table())
    for row in memory where row["part"] as? String == "peak" {
      #expect(row["bytes"] as? Int == plan.memory.peak)
    }
    let csv = try CommandRun(["plan"] + Self.model + ["--format", "csv"])
    #expect(csv.output.contains("\npeak,\(plan.memory.peak)\n"))
    #expect(csv.errors.contains("Times on one thread"))
  }

  @Test("Generalized models and the options of the design have plans")
  func options() throws {
    let run = try CommandRun([
      "plan", "incidence / size ~ period + (1 | herd)", "cbpp", "--family", "binomial",
      "--categorical", "period", "--format", "csv",
    ])
    #expect(run.status == 0)
    #expect(run.output.contains("\n56,0,4,15,1,5\n"))
  }

  @Test("A fit beyond the limit is refused with status 1")
  func refusal() throws {
    let run = try CommandRun(["fit"] + Self.model + ["--memory-limit", "1 MiB"])
    #expect(run.status == 1)
    #expect(run.output.isEmpty)
    #expect(run.errors.hasPrefix("error: The fit would take at least "))
    #expect(run.errors.contains("the limit is 1.05 MB"))
    #expect(try CommandRun(["fit"] + Self.model + ["--memory-limit", "1GB"]).status == 0)
  }

  @Test(
    "A limit is a number with a unit",
    arguments: ["4", "GB", "-1GB", "0GB", "4 gigabytes", "1e400GB", "9999999TB9"])
  func badLimit(_ text: String) throws {
    let run = try CommandRun(["fit"] + Self.model + ["--memory-limit=\(text)"])
    #expect(run.status == 64)
    #expect(
      run.errors == "error: The option --memory-limit does not accept \"\(text)\". It takes a size "
        + "with its unit, such as 512MB, 4GB or 2GiB.\n")
  }

  @Test("Units are powers of 1000 or of 1024")
  func units() {
    #expect(ByteSize("512MB")?.byteCount == 512_000_000)
    #expect(ByteSize("1.5 gb")?.byteCount == 1_500_000_000)
    #expect(ByteSize("2GiB")?.byteCount == 2_147_483_648)
    #expect(ByteSize("7B")?.byteCount == 7)
    #expect(ByteSize("99999999TB") == nil)
  }

  @Test("The machine's memory is read from the kernel's report")
  func machine() {
    #expect(MachineMemory.available(in: "MemTotal: 9 kB\nMemAvailable:   1024 kB\n") == 1_048_576)
    #expect(MachineMemory.available(in: "MemTotal: 9 kB\n") == nil)
    #expect(MachineMemory.limit(in: "max\n") == nil)
    #expect(MachineMemory.limit(in: "2147483648\n") == 2_147_483_648)
    #expect(MachineMemory.folders(upFrom: "/a/b") == ["", "/a", "/a/b"])
    #expect(MachineMemory.folders(upFrom: "/") == [""])
    #expect((MachineMemory.availableByteCount ?? 0) > 1 << 20)
  }
}

extension DataSource {
  fileprivate func table() throws -> DataTable { try table(textColumns: []) }
}
