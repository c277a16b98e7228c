// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// Where the text of a cell stands in its column.
enum TextAlignment {
  case left
  case right
}

extension String {
  func padded(_ alignment: TextAlignment, to width: Int) -> String {
    let blanks = String(repeating: " ", count: max(0, width - count))
    return alignment == .left ? self + blanks : blanks + self
  }
}

extension [String] {
  /// The number of characters of the longest.
  var width: Int { map(\.count).max() ?? 0 }

  /// All as wide as the widest.
  func padded(_ alignment: TextAlignment) -> [String] {
    let width = width
    return map { $0.padded(alignment, to: width) }
  }
}

/// A table of text with a heading over each column, as R prints a matrix of characters: columns that
/// do not fit into a line follow below, with the names of the rows again.
struct TextColumns {
  /// A heading with the cells below it.
  struct Column {
    let heading: String
    let cells: [String]

    init(_ heading: String, _ cells: [String]) {
      self.heading = heading
      self.cells = cells
    }
  }

  let rowNames: [String]
  let columns: [Column]
  let alignment: TextAlignment

  /// The lines, shorter than `width` where there is more than one column.
  func lines(width: Int) -> [String] {
    let names = ([""] + rowNames).padded(.left)
    let blocks = columns.map { ([$0.heading] + $0.cells).padded(alignment) }
    var lines: [String] = []
    var next = 0
    while next < blocks.count {
      var block = names
      repeat {
        for (row, cell) in blocks[next].enumerated() { block[row] += " " + cell }
        next += 1
      } while next < blocks.count && block[0].count + 1 + blocks[next][0].count < width
      lines += block
    }
    return lines
  }

  /// Numbers under their names, each as wide as the widest and followed by a blank, as R prints a
  /// vector with names.
  static func named(_ values: [(name: String, text: String)], width: Int) -> [String] {
    let cellWidth = (values.map(\.name) + values.map(\.text)).width
    let perLine = max(1, width / (cellWidth + 1))
    return stride(from: 0, to: values.count, by: perLine).flatMap { start in
      let chunk = values[start..<min(start + perLine, values.count)]
      return [chunk.map(\.name), chunk.map(\.text)].map { texts in
        texts.map { $0.padded(.right, to: cellWidth) + " " }.joined()
      }
    }
  }

  /// Words in lines of at most `width` characters, a separator after each word but the last, as R's
  /// `cat` fills them.
  static func filled(_ words: [String], separator: String = " ", width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for (place, word) in words.enumerated() {
      if place > 0, line.count + word.count + separator.count > width {
        lines.append(line)
        line = ""
      }
      line += word + (place < words.count - 1 ? separator : "")
    }
    return lines + [line]
  }
}
