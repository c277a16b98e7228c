// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

/// A text of which any part can be had, again and again.
///
/// Only what is asked for is in memory. What is handed out is the text as it was when the source was
/// opened: a source that has changed since throws.
package protocol TextSource: Sendable {
  /// What messages call it.
  var name: String { get }
  /// The number of its bytes.
  var count: Int { get }
  /// A part that is had best begins at a multiple of this many bytes and is no shorter; 1 if that does
  /// not matter.
  var blockSize: Int { get }

  /// The bytes of a range within `0..<count`.
  /// - Throws: ``MixedModelError`` if they cannot be read, or the source has changed.
  func bytes(_ range: Range<Int>) throws(MixedModelError) -> Bytes

  /// Throws a ``MixedModelError`` if the source has changed since it was opened.
  func checkUnchanged() throws(MixedModelError)
}

extension TextSource {
  /// All of it.
  package func wholeText() throws(MixedModelError) -> Bytes { try bytes(0..<count) }

  /// Whether it begins with the two bytes that RFC 1952 gives to gzip members.
  var isCompressed: Bool {
    get throws(MixedModelError) {
      guard count >= 2 else { return false }
      let first = try bytes(0..<2)
      return first.buffer[0] == 0x1F && first.buffer[1] == 0x8B
    }
  }

  /// The text itself, decompressed where it begins as gzip data do.
  /// - Parameter blockSize: the parts of compressed text that will be asked for have about this many
  ///   bytes or more.
  func decompressed(blockSize: Int) throws(MixedModelError) -> any TextSource {
    try isCompressed ? GzipText(self, blockSize: blockSize) : self
  }
}

/// Text in memory.
struct MemoryText: TextSource, @unchecked Sendable {
  // Sendable since nobody writes to the bytes.
  private let buffer: UnsafeBufferPointer<UInt8>
  private let owner: Owner?
  let name: String

  private final class Owner {
    let bytes: Bytes

    init(_ bytes: consuming Bytes) { self.bytes = bytes }
  }

  /// Text that someone else keeps for as long as the source is in use.
  init(keptElsewhere buffer: UnsafeBufferPointer<UInt8>, name: String) {
    self.buffer = buffer
    self.name = name
    owner = nil
  }

  init(_ bytes: consuming Bytes, name: String) {
    buffer = bytes.buffer
    self.name = name
    owner = Owner(bytes)
  }

  var count: Int { buffer.count }
  var blockSize: Int { 1 }

  func bytes(_ range: Range<Int>) -> Bytes {
    Bytes(keptElsewhere: UnsafeBufferPointer(rebasing: buffer[range]))
  }

  func checkUnchanged() {}
}
