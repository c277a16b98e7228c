// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// A table as MATLAB shows one: columns below their headings, all from the left and four blanks
/// apart; numbers are aligned from the right among themselves, texts stand between quotes and have
/// four blanks more after them.
enum MATLABTable {
  enum Column {
    case texts(String, [String])
    /// What is `nil` is shown as `NaN`.
    case numbers(String, [Double?])
  }

  /// MATLAB's `format short g`.
  static let digitCount = 5

  static func lines(_ columns: [Column]) -> [String] {
    let gap = "    "
    var lines: [String] = []
    for (place, column) in columns.enumerated() {
      let heading: String
      let cells: [String]
      switch column {
      case .texts(let name, let texts):
        heading = name
        cells = texts.map { "'\($0)'" }.padded(.left).map { "{\($0)}" + gap }
      case .numbers(let name, let values):
        heading = name
        cells = values.map { ($0 ?? .nan).generalText(digits: digitCount) }.padded(.right)
      }
      let isLast = place == columns.count - 1
      let block = ([heading] + cells).padded(.left).map { $0 + (isLast ? "" : gap) }
      lines = place == 0 ? block.map { gap + $0 } : zip(lines, block).map { $0 + $1 }
    }
    return lines
  }
}
