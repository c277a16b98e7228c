// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

/// A file of delimited text, to be read as a table or to go by chunk by chunk.
///
/// Format, kinds of columns and missing values are those of
/// ``DataTable/init(contentsOf:delimiter:categorical:)``.
///
/// It must not change meanwhile, which is looked for: every method that reads throws if it has.
package struct DelimitedTextFile: Sendable {
  private let reader: DelimitedTextReader

  /// Opens a file and reads its header.
  /// - Parameter chunkSize: the bytes that are read at a time.
  /// - Throws: ``MixedModelError`` if the file cannot be read or has no proper header.
  package init(
    contentsOf path: String, chunkSize: Int = DelimitedTextReader.standardChunkSize
  ) throws(MixedModelError) {
    reader = try DelimitedTextReader(
      TextSources.open(path, blockSize: chunkSize), delimiter: nil, extensionOf: path,
      chunkSize: chunkSize)
  }

  /// The names in the header.
  package var columnNames: [String] { reader.columnNames }

  /// The number of chunks; it depends on the file and the size of chunks only.
  package var chunkCount: Int { reader.chunkCount }

  /// The table of the columns of the given names, or of all.
  /// - Parameter categorical: columns that are text whatever they look like.
  /// - Throws: ``MixedModelError`` if the file is not delimited text, has no rows, or lacks a column
  ///   named in `categorical`, or the file has changed.
  package func table(
    categorical: Set<String>, columns: Set<String>? = nil, threadCount: Int = 1
  ) throws(MixedModelError) -> DataTable {
    try reader.table(categorical: categorical, columns: columns, threadCount: threadCount)
  }
}

// MARK: - Chunks

extension DelimitedTextFile {
  /// A column of a chunk.
  package enum ChunkColumn: Sendable {
    case numbers([Double])
    /// The number of each row's text in the pool, -1 where it is missing.
    case texts([Int32], LevelPool)
  }

  /// Some consecutive rows.
  package struct Chunk: Sendable {
    package let rowCount: Int
    /// One per name asked for.
    package let columns: [ChunkColumn]
    /// The bytes that hold the rows.
    package let range: Range<Int>
  }

  /// Lets all rows go by: reads chunks, several at a time, and hands on in their order what is made of
  /// them.
  /// - Parameters:
  ///   - names: columns of the file.
  ///   - text: those of them that are text whatever they look like.
  ///   - transform: what is made of each chunk, by the thread that read it.
  ///   - consume: takes the results one after the other, and says whether to go on.
  /// - Throws: ``MixedModelError`` if the file is not delimited text, or has changed.
  package func forEachChunk<Result: Sendable>(
    columns names: [String], text: Set<String>, threadCount: Int,
    transform: @Sendable (Chunk) -> Result, consume: (Result) -> Bool
  ) throws(MixedModelError) {
    try reader.forEachChunk(requests(names, text), threadCount: threadCount) { chunk in
      transform(Chunk(chunk))
    } consume: { result in
      consume(result)
    }
  }

  /// A table of rows from all over the file: some of its chunks.
  /// - Returns: the table, and where its chunks begin if they do so at rows; `nil` if these rows do
  ///   not tell whether a column is numeric, or something is wrong with them.
  package func sample(
    columns names: [String], text: Set<String>, chunkCount sampleCount: Int
  ) -> (table: DataTable, starts: Set<Int>)? {
    let requests = requests(names, text)
    var assemblies = requests.map { ColumnAssembly(isText: $0.isText) }
    var starts: Set<Int> = []
    let count = min(sampleCount, chunkCount)
    for i in 0..<count {
      let index = i * (chunkCount - 1) / max(1, count - 1)
      guard let chunk = reader.chunk(index, requests) else { return nil }
      guard !chunk.range.isEmpty, starts.insert(chunk.range.lowerBound).inserted else { continue }
      for index in assemblies.indices {
        assemblies[index].append(chunk.columns[index], expectedCount: 0)
      }
    }
    guard !assemblies.contains(where: \.needsReadingAsText),
      let table = try? DataTable(zip(names, assemblies).map { ($0, $1.column()) })
    else { return nil }
    return (table, starts)
  }

  private func requests(_ names: [String], _ text: Set<String>) -> [DelimitedTextReader.Request] {
    names.compactMap { name in
      columnNames.firstIndex(of: name).map { place in
        DelimitedTextReader.Request(place: place, isText: text.contains(name))
      }
    }
  }
}

extension DelimitedTextFile.Chunk {
  fileprivate init(_ chunk: DelimitedTextReader.Chunk) {
    rowCount = chunk.rowCount
    columns = chunk.columns.map { $0.isText ? .texts($0.codes, $0.pool) : .numbers($0.values) }
    range = chunk.range
  }
}
