// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// A table in Markdown.
struct MarkdownTable {
  let header: [String]
  /// Whether a column is text, which is read from the left, or numbers.
  let isText: [Bool]
  let rows: [[String]]

  var text: String {
    func line(_ cells: [String]) -> String {
      "| " + cells.map(Self.escaped).joined(separator: " | ") + " |"
    }
    let rule = isText.map { $0 ? ":--" : "--:" }
    return ([line(header), "| " + rule.joined(separator: " | ") + " |"] + rows.map(line))
      .joined(separator: "\n")
  }

  /// Text whose characters Markdown would take for its own.
  static func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      if "|\\`*_<[".contains(character) { result += "\\" }
      result += character.isNewline ? " " : String(character)
    }
  }
}
