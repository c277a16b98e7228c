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
  case standardInput
  case file(String)
  case builtIn(Dataset)

  static let help =
    "A .csv or .tsv file (also .gz), - for standard input, or the name of a built-in data set."
    + " A file of that name wins."

  /// The source of the given name.
  /// - Throws: an error if there is neither a file nor a built-in data set of that name.
  init(_ name: String) throws(MixedModelError) {
    if name == "-" {
      self = .standardInput
    } else if access(name, F_OK) == 0 {
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

  /// The file to be read, or `nil` if the data are not in one.
  func textFile() throws(MixedModelError) -> DelimitedTextFile? {
    guard case .file(let path) = self else { return nil }
    return try DelimitedTextFile(contentsOf: path)
  }

  /// The data.
  /// - Parameter textColumns: columns whose values keep their text, such as `01`; those that the
  ///   data lack are not looked for here.
  func table(textColumns: Set<String>) throws(MixedModelError) -> DataTable {
    switch self {
    case .builtIn(let dataset): return dataset.table
    case .file(let path):
      return try DelimitedTextFile(contentsOf: path).table(textColumns: textColumns)
    case .standardInput:
      // It can be read once only, and may have to be gone through twice.
      let bytes = try Self.bytesOfStandardInput()
      return try Self.table(textColumns) { columns throws(MixedModelError) in
        try DataTable(delimitedText: bytes, source: "standard input", categorical: columns)
      }
    }
  }

  /// The reader refuses a name that is not a column; whether the model needs it is told later, with
  /// the place where it stands.
  private static func table(
    _ textColumns: Set<String>, read: (Set<String>) throws(MixedModelError) -> DataTable
  ) throws(MixedModelError) -> DataTable {
    var columns = textColumns
    while true {
      do {
        return try read(columns)
      } catch {
        guard error.kind == .unknownName, case .column(let name) = error.subject,
          columns.remove(name) != nil
        else { throw error }
      }
    }
  }

  private static func bytesOfStandardInput() throws(MixedModelError) -> [UInt8] {
    let chunk = 1 << 20
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: chunk)
    while true {
      let count = read(0, &buffer, chunk)
      if count < 0 {
        if errno == EINTR { continue }
        throw .cannotRead(code: errno)
      }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
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
