// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// One field of delimited text: where its content stands, without the quotes around it.
struct Field {
  /// How a field ends: its successor is in the same row, in the next one, or there is none.
  enum End { case field, row, text }

  let start: UnsafePointer<UInt8>
  let count: Int
  let isQuoted: Bool
  /// Whether the content has doubled quotes, each standing for one.
  let hasDoubledQuotes: Bool
  let end: End
}

/// Cuts delimited text into fields, the only place that knows about quotes and line ends.
///
/// A line ends with LF, CR LF or CR. A quote opens a quoted field only as its first byte; further
/// on it is a character as any other.
struct Tokenizer {
  private let base: UnsafePointer<UInt8>
  private let count: Int
  private let delimiter: UInt8
  /// The offset of the next byte to read.
  private(set) var offset: Int

  /// A tokenizer of `text` from `offset` on; `text` must outlive it and its fields.
  init?(_ text: UnsafeBufferPointer<UInt8>, delimiter: UInt8, offset: Int) {
    guard let base = text.baseAddress else { return nil }
    self.base = base
    count = text.count
    self.delimiter = delimiter
    self.offset = offset
  }

  var isAtEnd: Bool { offset == count }

  /// The next field; at the end of the text an empty one.
  @inline(__always)
  mutating func next() throws(TextFault) -> Field {
    if offset < count, base[offset] == UInt8(ascii: "\"") { return try quoted() }
    let first = offset
    while offset < count {
      let byte = base[offset]
      if byte == delimiter || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { break }
      offset += 1
    }
    let length = offset - first
    return Field(
      start: base + first, count: length, isQuoted: false, hasDoubledQuotes: false,
      end: consumeEnd())
  }

  private mutating func quoted() throws(TextFault) -> Field {
    let opening = offset
    var hasDoubledQuotes = false
    offset += 1
    while true {
      guard offset < count else { throw TextFault(.unterminatedQuote, at: opening) }
      if base[offset] == UInt8(ascii: "\"") {
        guard offset + 1 < count, base[offset + 1] == UInt8(ascii: "\"") else { break }
        hasDoubledQuotes = true
        offset += 1
      }
      offset += 1
    }
    let length = offset - opening - 1
    offset += 1
    if offset < count {
      let byte = base[offset]
      guard byte == delimiter || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") else {
        throw TextFault(.textAfterQuote, at: offset)
      }
    }
    return Field(
      start: base + opening + 1, count: length, isQuoted: true,
      hasDoubledQuotes: hasDoubledQuotes, end: consumeEnd())
  }

  @inline(__always)
  private mutating func consumeEnd() -> Field.End {
    guard offset < count else { return .text }
    let byte = base[offset]
    offset += 1
    if byte == delimiter { return .field }
    if byte == UInt8(ascii: "\r"), offset < count, base[offset] == UInt8(ascii: "\n") {
      offset += 1
    }
    return .row
  }
}

extension Field {
  /// The content without blanks around it.
  @inline(__always)
  var trimmed: (start: UnsafePointer<UInt8>, count: Int) {
    var start = start
    var count = count
    while count > 0, start.pointee == UInt8(ascii: " ") || start.pointee == UInt8(ascii: "\t") {
      start += 1
      count -= 1
    }
    while count > 0, start[count - 1] == UInt8(ascii: " ") || start[count - 1] == UInt8(ascii: "\t")
    {
      count -= 1
    }
    return (start, count)
  }

  /// The number that the content spells, or `nil` if it spells none.
  @inline(__always)
  var number: Double? {
    let (start, count) = trimmed
    return DecimalText.number(start, count: count)
  }

  /// Whether the field, as the first of its row, is all of it and blank.
  @inline(__always)
  var isBlankLine: Bool { end != .field && !isQuoted && trimmed.count == 0 }

  /// Whether the content is one of the marks of a missing value: nothing, `NA`, `NaN` (also
  /// `nan`), `NULL`. Whether quotes undo that is the column's business.
  @inline(__always)
  var isMissingMark: Bool {
    let (start, count) = trimmed
    switch count {
    case 0: return true
    case 2: return start[0] == UInt8(ascii: "N") && start[1] == UInt8(ascii: "A")
    case 3:
      return start[0] == start[2] && start[0] | 0x20 == UInt8(ascii: "n")
        && (start[1] == UInt8(ascii: "a"))
    case 4:
      return start[0] == UInt8(ascii: "N") && start[1] == UInt8(ascii: "U")
        && start[2] == UInt8(ascii: "L") && start[3] == UInt8(ascii: "L")
    default: return false
    }
  }

  /// The content as bytes, doubled quotes made single.
  var content: [UInt8] {
    let bytes = UnsafeBufferPointer(start: start, count: count)
    guard hasDoubledQuotes else { return Array(bytes) }
    var content: [UInt8] = []
    var i = 0
    while i < count {
      content.append(bytes[i])
      // The quote after a quote is its double.
      i += bytes[i] == UInt8(ascii: "\"") ? 2 : 1
    }
    return content
  }
}
