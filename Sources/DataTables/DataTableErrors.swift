// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

// MARK: - Tables

extension MixedModelError {
  static func duplicateColumn(_ name: String) -> MixedModelError {
    MixedModelError(
      .data, .column(name), problem: "Two columns are named \"\(name)\".",
      remedy: "Give every column a name of its own.")
  }

  static func columnLength(
    _ name: String, count: Int, first: String, rowCount: Int
  ) -> MixedModelError {
    MixedModelError(
      .data, .column(name),
      problem: "Column \"\(name)\" has \(counted(count, "row")), but column \"\(first)\" has"
        + " \(rowCount).",
      remedy: "All columns of a table have the same length.")
  }

  package static func unknownColumn(_ name: String, available: [String]) -> MixedModelError {
    let columns = available.isEmpty ? "" : "Columns: " + available.joined(separator: ", ") + "."
    let hints = [suggestion(for: name, in: available), columns]
    return MixedModelError(
      .unknownName, .column(name), problem: "There is no column \"\(name)\".",
      remedy: hints.filter { !$0.isEmpty }.joined(separator: " "))
  }

  static func rowOutOfRange(_ row: Int, rowCount: Int) -> MixedModelError {
    MixedModelError(
      .data, .row(row), problem: "There is no row of index \(row).",
      remedy: "The table has \(counted(rowCount, "row")), counted from 0.")
  }

  static func maskLength(_ count: Int, rowCount: Int) -> MixedModelError {
    MixedModelError(
      .data, .nothing,
      problem: "The mask has \(counted(count, "value")) for \(counted(rowCount, "row")).",
      remedy: "Give one value per row.")
  }

  static func notCategorical(_ name: String) -> MixedModelError {
    MixedModelError(
      .data, .column(name), problem: "Column \"\(name)\" is numeric and has no levels.",
      remedy: "Make it categorical first.")
  }
}

// MARK: - Levels

extension MixedModelError {
  private static func levelSubject(_ column: String?) -> (Subject, of: String) {
    column.map { (.column($0), " of column \"\($0)\"") } ?? (.nothing, "")
  }

  static func duplicateLevel(_ level: String, column: String?) -> MixedModelError {
    let (subject, of) = levelSubject(column)
    return MixedModelError(
      .data, subject, problem: "The levels given\(of) name \"\(level)\" twice.",
      remedy: "Give every level once.")
  }

  static func unknownLevel(
    _ level: String, column: String?, available: [String]
  ) -> MixedModelError {
    let (subject, of) = levelSubject(column)
    let hints = [
      suggestion(for: level, in: available), "Levels: " + available.joined(separator: ", ") + ".",
    ]
    return MixedModelError(
      .unknownName, subject, problem: "There is no level \"\(level)\"\(of).",
      remedy: hints.filter { !$0.isEmpty }.joined(separator: " "))
  }

  static func levelLeftOut(_ level: String, column: String?) -> MixedModelError {
    let (subject, of) = levelSubject(column)
    return MixedModelError(
      .data, subject,
      problem: "The level \"\(level)\"\(of) occurs in the data and is not among the levels given.",
      remedy: "Give all levels that occur, once each.")
  }

  static func valueNotAmongLevels(
    _ value: String, row: Int, levels: [String]
  ) -> MixedModelError {
    let hints = [
      suggestion(for: value, in: levels), "Levels: " + levels.joined(separator: ", ") + ".",
    ]
    return MixedModelError(
      .data, .row(row), problem: "The value \"\(value)\" in row \(row + 1) is none of the levels.",
      remedy: hints.filter { !$0.isEmpty }.joined(separator: " "))
  }
}

// MARK: - Files

extension MixedModelError {
  static func cannotOpen(_ path: String, code: CInt) -> MixedModelError {
    let problem =
      switch code {
      case ENOENT, ENOTDIR: "There is no file \"\(path)\"."
      case EISDIR: "\"\(path)\" is a directory, not a file."
      case EACCES, EPERM: "The file \"\(path)\" may not be read: permission denied."
      default: "The file \"\(path)\" cannot be opened: \(systemMessage(code))."
      }
    return MixedModelError(
      .file, .file(path), problem: problem,
      remedy: "Give a .csv or .tsv file that can be read (also .gz), or - for standard input.")
  }

  static func cannotReplace(_ path: String, code: CInt) -> MixedModelError {
    MixedModelError(
      .file, .file(path),
      problem: "The file \"\(path)\" cannot be written: \(systemMessage(code)).")
  }

  static func cannotRead(_ source: String, code: CInt) -> MixedModelError {
    MixedModelError(
      .file, .file(source), problem: "\(source) cannot be read: \(systemMessage(code)).")
  }

  static func changedWhileRead(_ source: String) -> MixedModelError {
    MixedModelError(
      .file, .file(source), problem: "\(source) changed while it was read.",
      remedy: "Wait until nobody writes to it any more, or copy it first.")
  }

  /// What comes through a pipe has no room in the folder for temporary files.
  static func cannotKeep(
    _ source: String, in folder: String, code: CInt
  ) -> MixedModelError {
    MixedModelError(
      .file, .file(source),
      problem: "\(source) cannot be kept in a file in \(folder): \(systemMessage(code)).",
      remedy: "Set TMPDIR to a folder with room for all of it, or give a file.")
  }

  static func truncatedGzip(_ source: String) -> MixedModelError {
    MixedModelError(
      .file, .file(source), problem: "\(source) ends in the middle of its gzip data.",
      remedy: "Fetch or compress the file again; it is not whole.")
  }

  static func notGzip(_ source: String) -> MixedModelError {
    MixedModelError(
      .file, .file(source), problem: "\(source) is not gzip data, though its name ends in .gz.",
      remedy: "Compress the file with gzip, or leave .gz out of its name.")
  }

  static func corruptGzip(_ source: String) -> MixedModelError {
    MixedModelError(
      .file, .file(source), problem: "\(source) begins as gzip data but is damaged.",
      remedy: "Fetch or compress the file again.")
  }

  private static func systemMessage(_ code: CInt) -> String {
    guard let message = strerror(code) else { return "error \(code)" }
    return String(cString: message)
  }
}

// MARK: - Delimited text

/// A place in delimited text, as messages name it.
struct TextPlace {
  let source: String
  let line: Int
}

extension MixedModelError {
  private static func malformed(
    _ place: TextPlace, _ problem: String, remedy: String
  ) -> MixedModelError {
    MixedModelError(
      .data, .file(place.source), problem: "\(place.source), line \(place.line): \(problem)",
      remedy: remedy)
  }

  static func emptyText(_ source: String) -> MixedModelError {
    MixedModelError(
      .data, .file(source), problem: "\(source) is empty.",
      remedy: "Its first line must name the columns, and every further line is a row.")
  }

  static func noRows(_ source: String) -> MixedModelError {
    MixedModelError(
      .data, .file(source), problem: "\(source) has a header but no rows.",
      remedy: "After the line that names the columns every line is a row.")
  }

  static func tooManyRows(_ source: String) -> MixedModelError {
    MixedModelError(
      .data, .file(source), problem: "\(source) has more than \(Int32.max) lines.",
      remedy: "Split the file or aggregate its rows.")
  }

  static func raggedRow(
    _ place: TextPlace, fieldCount: Int, columnCount: Int
  ) -> MixedModelError {
    malformed(
      place, "the row has \(counted(fieldCount, "field")), but the header has \(columnCount).",
      remedy: "Give every row one field per column; quote a field that contains the delimiter.")
  }

  static func unterminatedQuote(_ place: TextPlace) -> MixedModelError {
    malformed(
      place, "a quoted field begins here and never ends.",
      remedy: "Close it with a quote; write a quote inside a quoted field twice.")
  }

  static func textAfterQuote(_ place: TextPlace) -> MixedModelError {
    malformed(
      place, "there is text after the closing quote of a field.",
      remedy: "Write a quote inside a quoted field twice.")
  }

  static func rowTooLong(_ place: TextPlace, limit: Int) -> MixedModelError {
    malformed(
      place, "a row that begins here or soon after does not end within \(limit) bytes.",
      remedy: "Look for a quote that is not closed.")
  }

  static func nulByte(_ place: TextPlace) -> MixedModelError {
    malformed(place, "there is a NUL byte.", remedy: "Save the file as text in UTF-8.")
  }

  static func invalidUTF8(_ place: TextPlace) -> MixedModelError {
    malformed(place, "the text is not valid UTF-8.", remedy: "Save the file as text in UTF-8.")
  }

  /// A header that is one field because it was cut at a character that it does not have.
  static func otherDelimiter(
    _ place: TextPlace, found: FieldDelimiter, expected: FieldDelimiter
  ) -> MixedModelError {
    malformed(
      place, "the header has \(found.pluralName) and no \(expected.name) between its names.",
      remedy: "Save the file with commas as .csv or with tabs as .tsv"
        + (found == .semicolon ? ", and with decimal points" : "")
        + "; in Swift the delimiter can be named, DataTable(contentsOf:delimiter:).")
  }

  static func emptyColumnName(_ place: TextPlace, column: Int) -> MixedModelError {
    malformed(
      place, "column \(column) has no name.",
      remedy: "Name every column in the header; write.csv of R needs row.names = FALSE.")
  }

  static func duplicateColumnName(
    _ place: TextPlace, name: String, columns: (Int, Int)
  ) -> MixedModelError {
    malformed(
      place, "columns \(columns.0) and \(columns.1) are both named \"\(name)\".",
      remedy: "Give every column a name of its own.")
  }

  /// "1 row", "2 rows".
  private static func counted(_ count: Int, _ noun: String) -> String {
    count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
  }
}
