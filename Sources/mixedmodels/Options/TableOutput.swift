// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MixedModelReports
import MixedModels

/// The options of commands whose results are tables.
struct TableOutput: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The form of the output: \(TableFormat.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "name"))
  var format = TableFormat.text.rawValue
}

extension TableOutput {
  /// The form asked for, checked; to be called before any work is done.
  func checkedFormat() throws(MixedModelError) -> TableFormat { try TableFormat.named(format) }

  /// Writes tables; the notes of those that have no place for them go to standard error.
  static func write(_ tables: [ResultTable], _ format: TableFormat) throws(MixedModelError) {
    if format == .csv {
      for note in tables.flatMap(\.notes) { Terminal.inform(note) }
    }
    try Terminal.write(format.text(of: tables))
  }

  /// Refuses a `--level` that is no coverage probability.
  static func checkLevel(_ level: Double) throws(MixedModelError) {
    guard level > 0, level < 1 else {
      throw .optionValue("level", "\(level)", accepted: "a number between 0 and 1, such as 0.95")
    }
  }
}
