// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite("Help, version and data sets")
struct HelpTests {
  @Test("Help lists the commands there are, and the version has a number")
  func helpAndVersion() throws {
    let help = try CommandRun(["--help"])
    #expect(help.status == 0)
    #expect(help.errors == "")
    #expect(help.output.contains("\n  fit "))
    #expect(help.output.contains("\n  datasets "))
    #expect(try CommandRun(["help", "fit"]).output.contains("--max-evaluations"))
    let version = try CommandRun(["--version"])
    #expect(version.status == 0)
    #expect(version.output.hasPrefix("mixedmodels "))
  }

  @Test(
    "Examples in the help stand on one line each",
    arguments: [
      nil, "fit", "compare", "confint", "drop1", "anova", "predict", "simulate", "bootstrap",
      "profile", "diagnose", "emmeans", "plan", "datasets",
    ])
  func examples(command: String?) throws {
    let help = try CommandRun((command.map { [$0] } ?? []) + ["--help"])
    #expect(help.status == 0)
    var isExample = false
    for line in help.output.split(separator: "\n", omittingEmptySubsequences: false) {
      #expect(!isExample || line.isEmpty || line.hasPrefix("  mixedmodels "), "\(line)")
      isExample = line.hasPrefix("  mixedmodels ")
    }
  }

  @Test("Data sets are listed, described and written")
  func datasets() throws {
    let list = try CommandRun(["datasets"])
    #expect(list.output.contains("\npenicillin "))
    let description = try CommandRun(["datasets", "pastes"])
    #expect(description.output.hasPrefix("pastes: 60 rows, 3 columns\n"))
    for part in ["About:", "Source:", "Licence:", "variable", "First rows:"] {
      #expect(description.output.contains(part))
    }
    let csv = try CommandRun(["datasets", "pastes", "--csv"])
    #expect(csv.output.hasPrefix("batch,cask,strength\nA,a,62.8\n"))
    #expect(csv.output.split(separator: "\n").count == 61)
  }

  @Test("An unknown data set is refused with the nearest name")
  func unknownDataset() throws {
    let run = try CommandRun(["datasets", "paste"])
    #expect(run.status == 1)
    #expect(run.output == "")
    #expect(
      run.errors.hasPrefix(
        "error: There is no built-in data set \"paste\". Did you mean \"pastes\"? Data sets: "))
  }

  @Test("CSV without a name is a usage error")
  func csvWithoutName() throws {
    let run = try CommandRun(["datasets", "--csv"])
    #expect(run.status == 64)
    #expect(run.errors.hasPrefix("error: --csv needs the name of a data set."))
  }
}
