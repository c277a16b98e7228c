// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// A cell of a text table in two parts: what stands before the place of alignment, and what after
/// it.
struct AlignedCell: Sendable {
  let before: String
  let after: String

  /// Text that is read from the left.
  init(left text: String) {
    before = ""
    after = text
  }

  /// Text that ends where others end.
  init(right text: String) {
    before = text
    after = ""
  }

  /// A number, aligned on its point.
  init(number text: String) {
    // A lone dot stands for what is not available.
    let point = text == "." ? nil : text.firstIndex(of: ".")
    before = String(text[..<(point ?? text.endIndex)])
    after = String(text[(point ?? text.endIndex)...])
  }

  /// Rows of cells below their headings, between rules; no line ends in blanks.
  static func table(
    headings: [(title: String, isLeft: Bool)], rows: [[AlignedCell]]
  ) -> String {
    var before = headings.indices.map { column in rows.map { $0[column].before.count }.max() ?? 0 }
    var after = headings.indices.map { column in rows.map { $0[column].after.count }.max() ?? 0 }
    for (column, heading) in headings.enumerated() {
      let lack = max(0, heading.title.count - before[column] - after[column])
      if heading.isLeft { after[column] += lack } else { before[column] += lack }
    }
    func line(_ cells: [String]) -> String {
      var text = cells.joined(separator: "  ")
      while text.last == " " { text.removeLast() }
      return text
    }
    let width = zip(before, after).reduce(2 * (headings.count - 1)) { $0 + $1.0 + $1.1 }
    let rule = String(repeating: "─", count: max(0, width))
    let heading = line(
      headings.enumerated().map { column, heading in
        let width = before[column] + after[column]
        return heading.isLeft
          ? heading.title.padded(after: width) : heading.title.padded(before: width)
      })
    let lines = rows.map { cells in
      line(
        cells.enumerated().map { column, cell in
          cell.before.padded(before: before[column]) + cell.after.padded(after: after[column])
        })
    }
    return ([rule, heading, rule] + lines + [rule]).joined(separator: "\n")
  }
}

extension String {
  func padded(before width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }

  func padded(after width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
