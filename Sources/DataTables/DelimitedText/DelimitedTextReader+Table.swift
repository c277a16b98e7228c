// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

extension DelimitedTextReader {
  /// The table of the columns of the given names, or of all.
  /// - Parameter categorical: columns that are text whatever they look like.
  func table(
    categorical: Set<String>, columns chosen: Set<String>? = nil, threadCount: Int = 1
  ) throws(MixedModelError) -> DataTable {
    for name in categorical.sorted() where !columnNames.contains(name) {
      throw .unknownColumn(name, available: columnNames)
    }
    let places = columnNames.indices.filter { chosen?.contains(columnNames[$0]) ?? true }
    var assemblies = try assembled(
      places.map { Request(place: $0, isText: categorical.contains(columnNames[$0])) },
      threadCount: threadCount)
    let mixed = assemblies.indices.filter { assemblies[$0].needsReadingAsText }
    if !mixed.isEmpty {
      let again = try assembled(
        mixed.map { Request(place: places[$0], isText: true) }, threadCount: threadCount)
      for (index, assembly) in zip(mixed, again) { assemblies[index] = assembly }
    }
    var columns: [(name: String, column: Column)] = []
    for index in places.indices {
      columns.append((columnNames[places[index]], assemblies[index].column()))
      // Its memory is not needed twice.
      assemblies[index] = ColumnAssembly(isText: false)
    }
    return try DataTable(columns)
  }

  private func assembled(
    _ requests: [Request], threadCount: Int
  ) throws(MixedModelError) -> [ColumnAssembly] {
    var assemblies = requests.map { ColumnAssembly(isText: $0.isText) }
    var rowCount = 0
    var expectedCount = 0
    try forEachChunk(requests, threadCount: threadCount, transform: { $0 }) {
      chunk throws(MixedModelError) in
      if rowCount == 0 { expectedCount = expectedRowCount(chunk) }
      rowCount += chunk.rowCount
      // Codes of levels have 32 bits, and there are at most as many levels as rows.
      guard rowCount < Int32.max else { throw .tooManyRows(source.name) }
      for index in assemblies.indices {
        assemblies[index].append(chunk.columns[index], expectedCount: expectedCount)
      }
      return true
    }
    guard rowCount > 0 else { throw .noRows(source.name) }
    return assemblies
  }

  /// About how many rows there are, with some room, judged from the first chunk.
  private func expectedRowCount(_ first: Chunk) -> Int {
    guard chunkCount > 1 else { return first.rowCount }
    let share = Double(source.count) / Double(max(1, first.range.count))
    return Int(Double(first.rowCount) * share * 1.02)
  }
}
