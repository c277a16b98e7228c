// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import MixedModels

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Where the argument DATA leads: to a file, to standard input, or to a built-in data set.
enum DataSource {
  /// `-` is standard input.
  case file(String)
  case builtIn(Dataset)

  static let help =
    "A .csv or .tsv file (also .gz), - for standard input, or the name of a built-in data set."
    + " A file of that name wins."

  /// The source of the given name.
  /// - Throws: an error if there is neither a file nor a built-in data set of that name.
  init(_ name: String) throws(MixedModelError) {
    if name == "-" || access(name, F_OK) == 0 {
      self = .file(name)
    } else if let dataset = Dataset.all.first(where: { $0.name == name }) {
      self = .builtIn(dataset)
    } else if name.contains(where: { $0 == "/" || $0 == "." }) {
      // Opening it says why it cannot be read.
      self = .file(name)
    } else {
      throw .unknownData(name, available: Dataset.all.map(\.name))
    }
  }

  /// The file to be read; `nil` for a built-in data set.
  func textFile() throws(MixedModelError) -> DelimitedTextFile? {
    guard case .file(let path) = self else { return nil }
    return try DelimitedTextFile(contentsOf: path)
  }

  /// The data.
  /// - Parameter textColumns: columns whose values keep their text, such as `01`; those that the
  ///   data lack are not looked for here.
  func table(textColumns: Set<String>) throws(MixedModelError) -> DataTable {
    switch self {
    case .builtIn(let dataset): dataset.table
    case .file(let path): try DelimitedTextFile(contentsOf: path).table(textColumns: textColumns)
    }
  }
}

extension DelimitedTextFile {
  /// The data, as ``DataSource/table(textColumns:)`` has it.
  /// - Parameter columns: the columns that are needed, if not all are; all are read if one is not
  ///   there, so that a message can tell which there are.
  func table(
    textColumns: Set<String>, columns: Set<String>? = nil, threadCount: Int = 1
  ) throws(MixedModelError) -> DataTable {
    let known = Set(columnNames)
    let chosen = columns.flatMap { known.isSuperset(of: $0) ? $0 : nil }
    return try table(
      categorical: textColumns.intersection(known), columns: chosen, threadCount: threadCount)
  }
}
