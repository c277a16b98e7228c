// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MixedModelDatasets
import MixedModelReports
import MixedModels

/// `mixedmodels datasets [NAME]`.
struct DatasetsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "datasets",
    abstract: "List the built-in data sets, describe one, or write it as CSV.")

  @Argument(help: "The name of a data set.")
  var name: String?

  @Flag(help: "Write the rows of the named data set as CSV.")
  var csv = false

  func validate() throws {
    if csv, name == nil { throw ValidationError("--csv needs the name of a data set.") }
  }

  func run() throws {
    guard let name else { return try Terminal.write(Self.list()) }
    let dataset = try Dataset.named(name)
    try Terminal.write(csv ? CSVText(dataset.table).text : Self.description(of: dataset))
  }

  private static func list() -> String {
    let width = (Dataset.all.map(\.name.count).max() ?? 0) + 2
    return Dataset.all.map { dataset in
      let padding = String(repeating: " ", count: width - dataset.name.count)
      return dataset.name + padding
        + wrapped(dataset.summary, indentation: width) + "\n"
    }.joined()
  }

  private static func description(of dataset: Dataset) -> String {
    let table = dataset.table
    let indentation = 9
    let rows = table.rowCount == 1 ? "1 row" : "\(table.rowCount) rows"
    return """
      \(dataset.name): \(rows), \(table.columnNames.count) columns

      About:   \(wrapped(dataset.summary, indentation: indentation))
      Source:  \(wrapped(dataset.origin, indentation: indentation))
      Licence: \(dataset.licence)

      \(table.describe())

      First rows:
      \(firstRows(of: table))
      """
  }

  private static let rowsShown = 5

  private static func firstRows(of table: DataTable) -> String {
    let rows = Array(0..<min(rowsShown, table.rowCount))
    guard let part = try? table.filtered(rows: rows) else { return "" }
    return CSVText(part).text
  }

  private static let lineWidth = 80

  /// The text in lines, each but the first indented.
  private static func wrapped(_ text: String, indentation: Int) -> String {
    var lines = [""]
    for word in text.split(separator: " ") {
      let last = lines[lines.count - 1]
      if !last.isEmpty, indentation + last.count + 1 + word.count > lineWidth {
        lines.append(String(word))
      } else {
        lines[lines.count - 1] = last.isEmpty ? String(word) : last + " " + word
      }
    }
    return lines.joined(separator: "\n" + String(repeating: " ", count: indentation))
  }
}
