// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

/// Reads delimited text chunk by chunk.
///
/// The text is cut at multiples of a fixed size, so that nothing depends on how many threads read it.
/// A chunk has the rows that begin after the first byte of its part and no later than at that of the
/// next one. Each is taken to begin after some end of a line; whether that is the end of a row, and not
/// text within quotes, shows once the chunk before it is read. If it is not, the chunk is read again from
/// where its row begins.
package struct DelimitedTextReader: Sendable {
  let source: any TextSource
  /// The names in the header.
  let columnNames: [String]
  private let delimiter: UInt8
  /// The offset of the first row.
  private let firstRow: Int
  private let chunkSize: Int
  /// Rows with more bytes are not read.
  private let longestRow: Int

  /// Large enough to make what is done per chunk negligible, and small enough for its columns to stay
  /// in a cache.
  package static let standardChunkSize = 1 << 18
  /// Far more than any row has whose quotes are closed.
  private static let standardLongestRow = 1 << 30
  /// How far a chunk is read beyond its part at first, which most often is as far as its last row goes.
  private static let margin = 1 << 12

  /// A reader of the text of `source`.
  /// - Parameters:
  ///   - delimiter: `nil` for that of the extension; without it a tab if the first line has one and
  ///     no comma, else a comma.
  ///   - path: the name of the file, if there is one.
  ///   - longestRow: rows with many more bytes are not read.
  /// - Throws: ``MixedModelError`` if the text has no proper header.
  init(
    _ source: some TextSource, delimiter: FieldDelimiter?, extensionOf path: String = "",
    chunkSize: Int = standardChunkSize, longestRow: Int = standardLongestRow
  ) throws(MixedModelError) {
    let header = try DelimitedTextHeader(
      source, delimiter: delimiter, extensionOf: path, longest: longestRow)
    self.longestRow = longestRow
    self.source = source
    columnNames = header.names
    firstRow = header.firstRow
    self.delimiter = header.delimiter.rawValue
    self.chunkSize = max(1, chunkSize, source.blockSize)
  }

  /// The numbers of the chunks; none if there are no rows.
  private var chunkNumbers: Range<Int> {
    firstRow < source.count
      ? (firstRow - 1) / chunkSize..<(source.count - 1) / chunkSize + 1 : 0..<0
  }

  /// The number of chunks, of which some may have no row; none if there are no rows.
  var chunkCount: Int { chunkNumbers.count }
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
  /// - Throws: ``MixedModelError`` if the text is not delimited text, or has changed.
  func forEachChunk<Result: Sendable>(
    _ requests: [Request], threadCount: Int, transform: @Sendable (Chunk) -> Result,
    consume: (Result) throws(MixedModelError) -> Bool
  ) throws(MixedModelError) {
    // Several chunks per thread keep all busy until the last of them.
    let waveSize = threadCount == 1 ? 1 : 4 * threadCount
    let numbers = chunkNumbers
    var position = firstRow
    for first in stride(from: numbers.lowerBound, to: numbers.upperBound, by: waveSize) {
      let wave = first..<min(first + waveSize, numbers.upperBound)
      let pieces = concurrentMap(wave.count, threadCount: threadCount) { index in
        self.chunk(wave.lowerBound + index - numbers.lowerBound, requests).flatMap {
          $0.range.isEmpty ? nil : (range: $0.range, result: transform($0))
        }
      }
      for (number, piece) in zip(wave, pieces)
      where position < source.count && position <= (number + 1) * chunkSize {
        if let piece, piece.range.lowerBound == position {
          position = piece.range.upperBound
          guard try consume(piece.result) else { return }
        } else {
          let chunk = try certainChunk(number, from: position, requests)
          position = chunk.range.upperBound
          guard try consume(transform(chunk)) else { return }
        }
      }
    }
    try source.checkUnchanged()
  }

  /// The chunk at the given index, if rows begin in its part where they seem to and nothing is wrong
  /// with them.
  func chunk(_ index: Int, _ requests: [Request]) -> Chunk? {
    let number = chunkNumbers.lowerBound + index
    do {
      return index == 0
        ? try chunk(number, from: firstRow, isCertain: true, requests)
        : try chunk(number, from: number * chunkSize, isCertain: false, requests)
    } catch {
      // It is read again should it be certain that there are such rows, and then that is told.
      return nil
    }
  }

  /// The rows from one on that begin in a chunk's part.
  private func certainChunk(
    _ number: Int, from start: Int, _ requests: [Request]
  ) throws(MixedModelError) -> Chunk {
    do {
      return try chunk(number, from: start, isCertain: true, requests)
    } catch {
      // Where somebody writes meanwhile, all faults may come from that.
      try source.checkUnchanged()
      switch error {
      case .text(let fault): throw try .fault(fault, in: source)
      case .source(let error): throw error
      }
    }
  }

  private enum ChunkFailure: Error {
    case text(TextFault)
    case source(MixedModelError)
  }

  /// - Parameter isCertain: whether a row begins at `start`, and not after some end of a line later on.
  private func chunk(
    _ number: Int, from start: Int, isCertain: Bool, _ requests: [Request]
  ) throws(ChunkFailure) -> Chunk {
    let limit = min((number + 1) * chunkSize + 1, source.count)
    var end = min(limit + Self.margin, source.count)
    while true {
      let bytes = try self.bytes(start..<end)
      let part = Part(text: bytes.buffer, isLast: end == source.count, limit: limit - start)
      do throws(TextFault) {
        if let chunk = try chunk(of: part, from: start, isCertain: isCertain, requests) {
          return chunk
        }
      } catch {
        throw .text(error.moved(by: start))
      }
      // Within quotes that are none, all that follows is one row.
      let longest = isCertain ? longestRow : 4 * chunkSize + Self.margin
      guard end - start < longest else {
        throw .text(TextFault(.rowTooLong(limit: longest), at: start))
      }
      end = min(start + 2 * (end - start), source.count)
    }
  }

  private func bytes(_ range: Range<Int>) throws(ChunkFailure) -> Bytes {
    do {
      return try source.bytes(range)
    } catch {
      throw .source(error)
    }
  }

  /// A part of the text.
  private struct Part {
    let text: UnsafeBufferPointer<UInt8>
    /// Whether its end is that of the whole text.
    let isLast: Bool
    /// Rows that begin here or later belong to the next part.
    let limit: Int

    /// The first place after an end of a line that is `offset` or later; `nil` if the part ends before
    /// that is clear.
    func lineStart(from offset: Int) -> Int? {
      var next = max(1, offset)
      while next < text.count {
        let byte = text[next - 1]
        if byte == UInt8(ascii: "\n") { return next }
        if byte == UInt8(ascii: "\r"), text[next] != UInt8(ascii: "\n") { return next }
        next += 1
      }
      return isLast ? text.count : nil
    }
  }

  /// The rows that begin in a part.
  /// - Parameter origin: the offset of the part in the text.
  /// - Returns: `nil` if the last row does not end in the part.
  private func chunk(
    of part: Part, from origin: Int, isCertain: Bool, _ requests: [Request]
  ) throws(TextFault) -> Chunk? {
    guard let start = isCertain ? 0 : part.lineStart(from: 1),
      let lineEnd = part.lineStart(from: part.limit)
    else { return nil }
    guard start < part.limit else {
      return Chunk(rowCount: 0, columns: [], range: origin + start..<origin + start)
    }
    let lineEndCount = try TextCheck(
      UnsafeBufferPointer(rebasing: part.text[start..<lineEnd]), at: start
    ).lineEndCount
    // Fields and line ends take bytes, which bounds the rows where quoted fields have many lines.
    let capacity = min(lineEndCount, (lineEnd - start) / columnNames.count) + 1
    var builders = requests.map { ColumnBuilder(isText: $0.isText, capacity: capacity) }
    var places = [Int](repeating: -1, count: columnNames.count)
    for (index, request) in requests.enumerated() { places[request.place] = index }

    guard var tokenizer = Tokenizer(part.text, delimiter: delimiter, offset: start) else {
      return nil
    }
    let rowCount: Int
    do {
      rowCount = try scan(&tokenizer, to: part.limit, rowLimit: .max) { row, column, field in
        let place = places[column]
        if place >= 0 { builders[place].append(field) }
      }
    } catch {
      guard part.isLast || !tokenizer.isAtEnd else { return nil }
      throw error
    }
    let end = tokenizer.offset
    guard part.isLast || !tokenizer.isAtEnd else { return nil }
    if end > lineEnd {
      _ = try TextCheck(UnsafeBufferPointer(rebasing: part.text[lineEnd..<end]), at: lineEnd)
    }
    let unreadRowCount = builders.map(\.unreadRowCount).max() ?? 0
    if unreadRowCount > 0,
      var again = Tokenizer(part.text, delimiter: delimiter, offset: start)
    {
      _ = try scan(&again, to: part.limit, rowLimit: unreadRowCount) { row, column, field in
        let place = places[column]
        if place >= 0 { builders[place].reread(field, row: row) }
      }
    }
    return Chunk(
      rowCount: rowCount, columns: builders, range: origin + start..<origin + end)
  }

  /// Hands every field of the rows from the tokenizer on to `visit` and counts the rows.
  ///
  /// A blank line is a row only where there is one column, whose value it lacks.
  @inline(__always)
  private func scan(
    _ tokenizer: inout Tokenizer, to limit: Int, rowLimit: Int,
    visit: (_ row: Int, _ column: Int, _ field: Field) -> Void
  ) throws(TextFault) -> Int {
    let columnCount = columnNames.count
    var row = 0
    while row < rowLimit, tokenizer.offset < limit {
      let rowOffset = tokenizer.offset
      var field = try tokenizer.next()
      if columnCount > 1, field.isBlankLine { continue }
      var column = 0
      while true {
        if column < columnCount { visit(row, column, field) }
        column += 1
        if field.end != .field { break }
        field = try tokenizer.next()
      }
      guard column == columnCount else {
        throw TextFault(
          .raggedRow(fieldCount: column, columnCount: columnCount), at: rowOffset)
      }
      row += 1
    }
    return row
  }
}
