// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

/// What keeps bytes from being delimited text after RFC 4180 in UTF-8, and where it shows.
///
/// Where only part of a text is at hand, the line is found when it is certain that it is asked for.
struct TextFault: Error {
  enum Problem {
    case nulByte
    case invalidUTF8
    case unterminatedQuote
    case textAfterQuote
    case raggedRow(fieldCount: Int, columnCount: Int)
    case rowTooLong(limit: Int)
  }

  let problem: Problem
  let offset: Int

  init(_ problem: Problem, at offset: Int) {
    self.problem = problem
    self.offset = offset
  }

  /// The same fault, its place counted from `origin` bytes earlier.
  func moved(by origin: Int) -> TextFault { TextFault(problem, at: origin + offset) }
}

extension MixedModelError {
  /// The error for a fault in a text.
  /// - Throws: ``MixedModelError`` if the text before it cannot be read again.
  static func fault(
    _ fault: TextFault, in source: some TextSource
  ) throws(MixedModelError) -> MixedModelError {
    let place = try source.place(of: fault.offset)
    return switch fault.problem {
    case .nulByte: .nulByte(place)
    case .invalidUTF8: .invalidUTF8(place)
    case .unterminatedQuote: .unterminatedQuote(place)
    case .textAfterQuote: .textAfterQuote(place)
    case .raggedRow(let fieldCount, let columnCount):
      .raggedRow(place, fieldCount: fieldCount, columnCount: columnCount)
    case .rowTooLong(let limit): .rowTooLong(place, limit: limit)
    }
  }
}

extension TextSource {
  /// The place of the byte at `offset`, found by reading all before it.
  func place(of offset: Int) throws(MixedModelError) -> TextPlace {
    let part = max(blockSize, DelimitedTextReader.standardChunkSize)
    var line = 1
    for start in stride(from: 0, to: offset, by: part) {
      let end = min(start + part, offset)
      // One byte more tells whether a CR stands before LF.
      let bytes = try bytes(start..<min(end + 1, count))
      line += TextCheck.lineCount(ofFirst: end - start, in: bytes.buffer)
    }
    return TextPlace(source: name, line: line)
  }
}
