// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

/// The character between the fields of delimited text.
public enum FieldDelimiter: UInt8, Sendable, Hashable, CaseIterable {
  case tab = 0x09
  case comma = 0x2C
  case semicolon = 0x3B
}

/// Reading comma- and tab-separated text.
///
/// Text is UTF-8 with or without a byte order mark, or that compressed by gzip. The first line
/// names the columns; names lose the blanks around them. Lines end with LF, CR LF or CR, the last
/// one if it likes. Fields may be quoted after RFC 4180: within quotes, delimiters and line ends
/// are text and a doubled quote is one. A blank line is skipped, or is a missing value where there
/// is only one column.
///
/// A column is **numeric** if every field that is not missing is a decimal number (`12`, `-1.5`,
/// `.5`, `1e-3`, `inf`, blanks around it allowed), quoted or not, and each becomes the nearest
/// double; it is **categorical** otherwise, also where the fields are `true` and `false`, and then
/// its values keep their text exactly and its levels the default order of ``CategoricalColumn``.
///
/// **Missing** is a field that is empty or `NA`, `NaN` (also `nan`) or `NULL`. In a categorical
/// column, quotes make these values. A column without any value is numeric.
extension DataTable {
  /// The table in a file of comma- or tab-separated text, which may be compressed by gzip.
  /// - Parameters:
  ///   - path: The file, or `-` for standard input.
  ///   - delimiter: Between fields; where not given, a tab for the extension `tsv` or `tab`, a
  ///     comma for `csv` (`.gz` may follow), and else a tab if the first line has a tab and no
  ///     comma.
  ///   - categorical: Columns that are categorical even if every field is a number; their levels
  ///     keep the text, such as `01`.
  /// - Throws: ``MixedModelError`` if the file cannot be read, is not such text (the message names
  ///   the line), has no rows, or lacks a column named in `categorical`; and, where no delimiter is
  ///   given, if the header is a single name with another delimiter in it.
  /// - Complexity: O(bytes), plus sorting the levels.
  public init(
    contentsOf path: String, delimiter: FieldDelimiter? = nil, categorical: Set<String> = []
  ) throws(MixedModelError) {
    let source = try TextSources.open(path, blockSize: DelimitedTextReader.standardChunkSize)
    self = try DelimitedTextReader(source, delimiter: delimiter, extensionOf: path)
      .table(categorical: categorical)
  }

  /// The table in comma- or tab-separated text, which may be compressed by gzip.
  /// - Parameters:
  ///   - bytes: The text as UTF-8.
  ///   - source: What error messages call the text.
  ///   - delimiter: Between fields; where not given, a tab if the first line has a tab and no
  ///     comma, else a comma.
  ///   - categorical: Columns that are categorical even if every field is a number.
  /// - Throws: ``MixedModelError`` as ``init(contentsOf:delimiter:categorical:)`` does.
  /// - Complexity: O(bytes), plus sorting the levels.
  public init(
    delimitedText bytes: [UInt8], source: String = "the text", delimiter: FieldDelimiter? = nil,
    categorical: Set<String> = []
  ) throws(MixedModelError) {
    self = try Self.table(bytes, source, delimiter, categorical)
  }

  /// The table in comma- or tab-separated text.
  /// - Parameters:
  ///   - text: The text.
  ///   - source: What error messages call the text.
  ///   - delimiter: Between fields; where not given, a tab if the first line has a tab and no
  ///     comma, else a comma.
  ///   - categorical: Columns that are categorical even if every field is a number.
  /// - Throws: ``MixedModelError`` as ``init(contentsOf:delimiter:categorical:)`` does.
  /// - Complexity: O(bytes), plus sorting the levels.
  public init(
    delimitedText text: String, source: String = "the text", delimiter: FieldDelimiter? = nil,
    categorical: Set<String> = []
  ) throws(MixedModelError) {
    self = try Self.table(Array(text.utf8), source, delimiter, categorical)
  }

  private static func table(
    _ bytes: [UInt8], _ source: String, _ delimiter: FieldDelimiter?, _ categorical: Set<String>
  ) throws(MixedModelError) -> DataTable {
    let read: Result<DataTable, MixedModelError> = bytes.withUnsafeBufferPointer { buffer in
      Result { () throws(MixedModelError) -> DataTable in
        try table(buffer, source: source, delimiter: delimiter, categorical: categorical)
      }
    }
    return try read.get()
  }

  /// The table in text that someone else keeps; quicker than copying it into an array.
  package static func table(
    _ text: UnsafeBufferPointer<UInt8>, source: String, delimiter: FieldDelimiter?,
    categorical: Set<String>
  ) throws(MixedModelError) -> DataTable {
    let source = try MemoryText(keptElsewhere: text, name: source)
      .decompressed(blockSize: DelimitedTextReader.standardChunkSize)
    return try DelimitedTextReader(source, delimiter: delimiter).table(categorical: categorical)
  }
}

extension FieldDelimiter {
  /// As messages name it: `comma`.
  var name: String { "\(self)" }

  var pluralName: String { name + "s" }

  /// The delimiter that a file's extension tells, or `nil` if it tells none.
  init?(extensionOf path: String) {
    var name = path.lowercased()
    if name.hasSuffix(".gz") { name.removeLast(3) }
    if name.hasSuffix(".csv") {
      self = .comma
    } else if name.hasSuffix(".tsv") || name.hasSuffix(".tab") {
      self = .tab
    } else {
      return nil
    }
  }
}
