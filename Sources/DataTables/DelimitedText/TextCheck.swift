// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// What one pass over the bytes of a text finds out before anything reads them.
struct TextCheck {
  /// The number of LF and CR bytes: with one more, no fewer than the rows of the text.
  let lineEndCount: Int

  /// Checks that `text` is UTF-8 without NUL, so that later passes need not.
  /// - Parameter origin: the offset of the first byte, as a fault counts it.
  init(_ text: UnsafeBufferPointer<UInt8>, at origin: Int = 0) throws(TextFault) {
    var lineEndCount = 0
    var offset = 0
    while offset < text.count {
      if offset + 8 <= text.count {
        let word = UnsafeRawBufferPointer(text).loadUnaligned(
          fromByteOffset: offset, as: UInt64.self)
        if word & Self.highBits == 0, Self.zeroByteCount(word) == 0 {
          lineEndCount += Self.zeroByteCount(word ^ Self.repeated(UInt8(ascii: "\n")))
          lineEndCount += Self.zeroByteCount(word ^ Self.repeated(UInt8(ascii: "\r")))
          offset += 8
          continue
        }
      }
      let byte = text[offset]
      if byte == 0 { throw TextFault(.nulByte, at: origin + offset) }
      if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { lineEndCount += 1 }
      let length = Self.characterLength(text, at: offset)
      if length == 0 { throw TextFault(.invalidUTF8, at: origin + offset) }
      offset += length
    }
    self.lineEndCount = lineEndCount
  }

  /// The number of lines that end in the first `count` bytes; CR LF is one end.
  static func lineCount(
    ofFirst count: Int, in text: UnsafeBufferPointer<UInt8>
  ) -> Int {
    var lines = 0
    for i in 0..<min(count, text.count) {
      let endsLine =
        text[i] == UInt8(ascii: "\n")
        || text[i] == UInt8(ascii: "\r")
          && !(i + 1 < text.count && text[i + 1] == UInt8(ascii: "\n"))
      if endsLine { lines += 1 }
    }
    return lines
  }

  private static let highBits: UInt64 = 0x8080_8080_8080_8080

  private static func repeated(_ byte: UInt8) -> UInt64 { 0x0101_0101_0101_0101 * UInt64(byte) }

  /// The number of zero bytes in a word whose bytes are all below 128.
  @inline(__always)
  private static func zeroByteCount(_ word: UInt64) -> Int {
    // Adding 127 sets the high bit of every byte but a zero one, and carries nowhere.
    8 - ((word + ~highBits) & highBits).nonzeroBitCount
  }

  /// The number of bytes of the UTF-8 character at `offset`, or 0 if there is none.
  ///
  /// Source: The Unicode Standard 15.0, table 3-7, well-formed UTF-8 byte sequences.
  private static func characterLength(_ text: UnsafeBufferPointer<UInt8>, at offset: Int) -> Int {
    let length: Int
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch text[offset] {
    case 0x00...0x7F: return 1
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xE1...0xEC, 0xEE...0xEF: length = 3
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: length = 4
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: return 0
    }
    guard offset + length <= text.count, second.contains(text[offset + 1]) else { return 0 }
    for i in 2..<max(length, 2) where !(0x80...0xBF).contains(text[offset + i]) { return 0 }
    return length
  }
}
