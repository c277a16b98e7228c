// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Text that is held compressed by gzip: all members one after the other.
///
/// Opening it decompresses all of it once, which checks the checksums and counts the bytes, and keeps
/// the state of the decompressor at places at regular distances. Any part is then had from the place
/// before it, so that nothing has to be decompressed from its beginning again, and several threads
/// can decompress at a time.
struct GzipText: TextSource {
  let count: Int
  let blockSize: Int
  private let compressed: any TextSource
  /// Decompressors before each multiple of ``blockSize``. Nobody advances them.
  private let places: [GzipInflater]

  /// Each takes some 40 kB.
  private static let mostPlaces = 256

  /// - Throws: ``MixedModelError`` if the data are damaged or cut short.
  init(_ compressed: some TextSource, blockSize: Int) throws(MixedModelError) {
    var places: [GzipInflater] = []
    var blockSize = max(1, blockSize)
    var count = 0
    let inflater = try GzipInflater(compressed)
    while true {
      if count % blockSize == 0 {
        if places.count == Self.mostPlaces {
          blockSize *= 2
          places = places.indices.filter { $0.isMultiple(of: 2) }.map { places[$0] }
        }
        if count % blockSize == 0 { places.append(try inflater.copy()) }
      }
      let got = try inflater.skip(blockSize - count % blockSize)
      if got == 0 { break }
      count += got
    }
    try compressed.checkUnchanged()
    self.compressed = compressed
    self.places = places
    self.blockSize = blockSize
    self.count = count
  }

  var name: String { compressed.name }

  func bytes(_ range: Range<Int>) throws(MixedModelError) -> Bytes {
    guard !range.isEmpty else {
      return Bytes(keptElsewhere: UnsafeBufferPointer(start: nil, count: 0))
    }
    let block = range.lowerBound / blockSize
    let inflater = try places[block].copy()
    do throws(MixedModelError) {
      _ = try inflater.skip(range.lowerBound - block * blockSize)
      let bytes = try Bytes(capacity: range.count) { room throws(MixedModelError) in
        try inflater.read(into: room)
      }
      guard let bytes else { throw MixedModelError.cannotRead(name, code: ENOMEM) }
      guard bytes.buffer.count == range.count else {
        throw MixedModelError.changedWhileRead(name)
      }
      return bytes
    } catch {
      // Data that were whole before are damaged because somebody has written to them.
      try compressed.checkUnchanged()
      throw error
    }
  }

  func checkUnchanged() throws(MixedModelError) { try compressed.checkUnchanged() }
}
