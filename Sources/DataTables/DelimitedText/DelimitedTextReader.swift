// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

/// Reads delimited text chunk by chunk.
///
/// Chunks have a fixed size, so that nothing depends on how many threads read them. Each is taken to
/// begin after some end of a line; whether that is the end of a row, and not text within quotes,
/// shows once the chunk before it is read. If it is not, the chunk is read again from where its row
/// begins.
package struct DelimitedTextReader: @unchecked Sendable {
  // Sendable since nobody writes to the text.
  let text: UnsafeBufferPointer<UInt8>
  let source: String
  let delimiter: UInt8
  /// The names in the header.
  let columnNames: [String]
  /// Where the chunks seem to begin; the end of the text closes the list.
  private let chunkStarts: [Int]

  /// Large enough to make what is done per chunk negligible, and small enough for its columns to stay
  /// in a cache.
  package static let standardChunkSize = 1 << 18

  /// A reader of `text`, which messages call `source`.
  /// - Parameters:
  ///   - delimiter: `nil` for that of the extension; without it a tab if the first line has one and
  ///     no comma, else a comma.
  ///   - path: the name of the file, if there is one.
  /// - Throws: ``MixedModelError`` if the text has no proper header.
  init(
    _ text: UnsafeBufferPointer<UInt8>, source: String, delimiter: FieldDelimiter?,
    extensionOf path: String = "", chunkSize: Int = standardChunkSize
  ) throws(MixedModelError) {
    // The byte order mark that some programs put before UTF-8 is no text.
    let hasMark = text.count >= 3 && text[0] == 0xEF && text[1] == 0xBB && text[2] == 0xBF
    let text = hasMark ? UnsafeBufferPointer(rebasing: text.dropFirst(3)) : text
    self.text = text
    self.source = source
    let used =
      delimiter ?? FieldDelimiter(extensionOf: path) ?? FieldDelimiter(guessedFrom: text)
    self.delimiter = used.rawValue
    let firstRow: Int
    (columnNames, firstRow) = try DelimitedTextHeader.read(
      text, source: source, delimiter: self.delimiter)
    if delimiter == nil {
      try DelimitedTextHeader.check(text[..<firstRow], columnNames, cutAt: used, source: source)
    }
    var starts: [Int] = []
    var start = firstRow
    while start < text.count {
      starts.append(start)
      start = Self.lineStart(in: text, from: start + max(1, chunkSize))
    }
    chunkStarts = starts + [text.count]
  }

  /// The number of chunks; none if there are no rows.
  var chunkCount: Int { chunkStarts.count - 1 }

  /// The first place after an end of a line that is `offset` or later.
  private static func lineStart(in text: UnsafeBufferPointer<UInt8>, from offset: Int) -> Int {
    var next = offset
    while next < text.count {
      let byte = text[next - 1]
      if byte == UInt8(ascii: "\n") { return next }
      if byte == UInt8(ascii: "\r"), text[next] != UInt8(ascii: "\n") { return next }
      next += 1
    }
    return text.count
  }
}

// MARK: - Chunks

extension DelimitedTextReader {
  /// A column to be read.
  struct Request: Sendable {
    /// Its place in the header.
    let place: Int
    /// Whether it is text whatever it looks like.
    let isText: Bool
  }

  /// Some consecutive rows.
  struct Chunk: Sendable {
    let rowCount: Int
    /// One per request.
    let columns: [ColumnBuilder]
    /// The bytes that hold the rows.
    let range: Range<Int>
  }

  /// Reads all chunks, several at a time, and hands them on in their order.
  /// - Parameters:
  ///   - transform: what is made of each chunk, by the thread that read it.
  ///   - consume: takes the results one after the other, and says whether to go on.
  /// - Throws: ``MixedModelError`` if the text is not delimited text.
  func forEachChunk<Result: Sendable>(
    _ requests: [Request], threadCount: Int, transform: @Sendable (Chunk) -> Result,
    consume: (Result) throws(MixedModelError) -> Bool
  ) throws(MixedModelError) {
    // Several chunks per thread keep all busy until the last of them.
    let waveSize = threadCount == 1 ? 1 : 4 * threadCount
    var position = chunkStarts[0]
    for first in stride(from: 0, to: chunkCount, by: waveSize) {
      let wave = first..<min(first + waveSize, chunkCount)
      let pieces = concurrentMap(wave.count, threadCount: threadCount) { index in
        let number = wave.lowerBound + index
        return piece(from: chunkStarts[number], to: chunkStarts[number + 1], requests, transform)
      }
      for (index, piece) in zip(wave, pieces) where position < chunkStarts[index + 1] {
        let isAtRow = position == chunkStarts[index]
        let piece =
          isAtRow
          ? piece : self.piece(from: position, to: chunkStarts[index + 1], requests, transform)
        let (end, result) = try piece.get()
        position = end
        guard try consume(result) else { return }
      }
    }
  }

  private func piece<Result: Sendable>(
    from start: Int, to limit: Int, _ requests: [Request], _ transform: (Chunk) -> Result
  ) -> Swift.Result<(end: Int, result: Result), MixedModelError> {
    Swift.Result { () throws(MixedModelError) -> (end: Int, result: Result) in
      let chunk = try chunk(from: start, to: limit, requests)
      return (chunk.range.upperBound, transform(chunk))
    }
  }

  /// The chunk of the given number, if a row begins where it seems to.
  func chunk(_ number: Int, _ requests: [Request]) throws(MixedModelError) -> Chunk {
    try chunk(from: chunkStarts[number], to: chunkStarts[number + 1], requests)
  }

  /// The rows that begin in a range.
  private func chunk(
    from start: Int, to limit: Int, _ requests: [Request]
  ) throws(MixedModelError) -> Chunk {
    let lineEndCount = try DelimitedTextHeader.checkedLineEndCount(
      text, start..<limit, source: source)
    // Fields and line ends take bytes, which bounds the rows where quoted fields have many lines.
    let capacity = min(lineEndCount, (limit - start) / columnNames.count) + 1
    var builders = requests.map { ColumnBuilder(isText: $0.isText, capacity: capacity) }
    var places = [Int](repeating: -1, count: columnNames.count)
    for (index, request) in requests.enumerated() { places[request.place] = index }

    guard var tokenizer = Tokenizer(text, delimiter: delimiter, offset: start) else {
      throw .emptyText(source)
    }
    let rowCount = try scan(&tokenizer, to: limit, rowLimit: .max) { row, column, field in
      let place = places[column]
      if place >= 0 { builders[place].append(field) }
    }
    let end = tokenizer.offset
    if end > limit {
      _ = try DelimitedTextHeader.checkedLineEndCount(text, limit..<end, source: source)
    }
    let unreadRowCount = builders.map(\.unreadRowCount).max() ?? 0
    if unreadRowCount > 0, var again = Tokenizer(text, delimiter: delimiter, offset: start) {
      _ = try scan(&again, to: limit, rowLimit: unreadRowCount) { row, column, field in
        let place = places[column]
        if place >= 0 { builders[place].reread(field, row: row) }
      }
    }
    return Chunk(rowCount: rowCount, columns: builders, range: start..<end)
  }

  /// Hands every field of the rows from the tokenizer on to `visit` and counts the rows.
  ///
  /// A blank line is a row only where there is one column, whose value it lacks.
  @inline(__always)
  private func scan(
    _ tokenizer: inout Tokenizer, to limit: Int, rowLimit: Int,
    visit: (_ row: Int, _ column: Int, _ field: Field) -> Void
  ) throws(MixedModelError) -> Int {
    let columnCount = columnNames.count
    var row = 0
    while row < rowLimit, tokenizer.offset < limit {
      let rowOffset = tokenizer.offset
      var field = try next(&tokenizer)
      if columnCount > 1, field.isBlankLine { continue }
      var column = 0
      while true {
        if column < columnCount { visit(row, column, field) }
        column += 1
        if field.end != .field { break }
        field = try next(&tokenizer)
      }
      guard column == columnCount else {
        let place = TextPlace(source: source, offset: rowOffset, in: text)
        throw .raggedRow(place, fieldCount: column, columnCount: columnCount)
      }
      row += 1
    }
    return row
  }

  @inline(__always)
  private func next(_ tokenizer: inout Tokenizer) throws(MixedModelError) -> Field {
    do {
      return try tokenizer.next()
    } catch {
      throw MixedModelError(error, source: source, in: text)
    }
  }
}

// MARK: - Tables

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
      guard rowCount < Int32.max else { throw .tooManyRows(source) }
      for index in assemblies.indices {
        assemblies[index].append(chunk.columns[index], expectedCount: expectedCount)
      }
      return true
    }
    guard rowCount > 0 else { throw .noRows(source) }
    return assemblies
  }

  /// About how many rows there are, with some room, judged from the first chunk.
  private func expectedRowCount(_ first: Chunk) -> Int {
    guard chunkCount > 1 else { return first.rowCount }
    let share = Double(text.count) / Double(max(1, first.range.count))
    return Int(Double(first.rowCount) * share * 1.02)
  }
}
