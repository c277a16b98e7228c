// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import CZlib
import MixedModelErrors

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A decompressor at some place in gzip data.
///
/// One thread at a time may advance it; a copy goes its own way from the same place.
final class GzipInflater: @unchecked Sendable {
  // What zlib keeps points back to it, so that it must not move.
  private let stream: UnsafeMutablePointer<z_stream>
  private let compressed: any TextSource
  /// The compressed bytes that the decompressor works on.
  private var input = Bytes(keptElsewhere: UnsafeBufferPointer(start: nil, count: 0))
  /// The place of the end of these.
  private var inputEnd: Int
  private var isAtEnd: Bool

  private static let inputSize = 1 << 16
  /// What is skipped is decompressed into room for as many bytes.
  private static let skippedAtATime = 1 << 16

  /// A decompressor at the beginning of the data.
  init(_ compressed: some TextSource) throws(MixedModelError) {
    self.compressed = compressed
    inputEnd = 0
    isAtEnd = false
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // 15 is the largest window; 16 more asks for the gzip format with its checksum.
    let code = inflateInit2_(stream, 15 + 16, zlibVersion(), CInt(MemoryLayout<z_stream>.size))
    guard code == Z_OK else { throw .cannotRead(compressed.name, code: ENOMEM) }
  }

  private init(copying other: GzipInflater) throws(MixedModelError) {
    compressed = other.compressed
    inputEnd = other.inputOffset
    isAtEnd = other.isAtEnd
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    guard inflateCopy(stream, other.stream) == Z_OK else {
      throw .cannotRead(compressed.name, code: ENOMEM)
    }
    stream.pointee.avail_in = 0
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  func copy() throws(MixedModelError) -> GzipInflater { try GzipInflater(copying: self) }

  /// The place of the first compressed byte that has not been used.
  private var inputOffset: Int { inputEnd - Int(stream.pointee.avail_in) }

  /// Decompresses the next bytes.
  /// - Returns: how many they are: as many as there is room for, but at the end of the data.
  func read(into room: UnsafeMutableBufferPointer<UInt8>) throws(MixedModelError) -> Int {
    var filled = 0
    while filled < room.count, !isAtEnd {
      // The counts of zlib have 32 bits.
      let wanted = uInt(min(room.count - filled, Int(Int32.max)))
      stream.pointee.next_out = room.baseAddress.map { $0 + filled }
      stream.pointee.avail_out = wanted
      let code = inflate(stream, Z_NO_FLUSH)
      filled += Int(wanted - stream.pointee.avail_out)
      switch code {
      case Z_STREAM_END: try nextMember()
      case Z_OK, Z_BUF_ERROR:
        // It stops for want of room or of input.
        if stream.pointee.avail_out > 0 { try refill() }
      case Z_MEM_ERROR: throw .cannotRead(compressed.name, code: ENOMEM)
      default: throw .corruptGzip(compressed.name)
      }
    }
    return filled
  }

  /// Goes on by so many bytes.
  /// - Returns: how many they were: fewer at the end of the data.
  func skip(_ count: Int) throws(MixedModelError) -> Int {
    guard count > 0 else { return 0 }
    var skipped = 0
    let room = try Bytes(capacity: min(count, Self.skippedAtATime)) {
      room throws(MixedModelError) in
      while skipped < count {
        let part = UnsafeMutableBufferPointer(
          rebasing: room[..<min(room.count, count - skipped)])
        let got = try read(into: part)
        if got == 0 { break }
        skipped += got
      }
      return 0
    }
    guard room != nil else { throw .cannotRead(compressed.name, code: ENOMEM) }
    return skipped
  }

  /// Brings in more of the compressed bytes.
  private func refill() throws(MixedModelError) {
    guard stream.pointee.avail_in == 0 else { throw .corruptGzip(compressed.name) }
    guard inputEnd < compressed.count else { throw .truncatedGzip(compressed.name) }
    let end = min(inputEnd + Self.inputSize, compressed.count)
    input = try compressed.bytes(inputEnd..<end)
    inputEnd = end
    stream.pointee.next_in = UnsafeMutablePointer(mutating: input.buffer.baseAddress)
    stream.pointee.avail_in = uInt(input.buffer.count)
  }

  /// Goes on to the next member, if there is one.
  private func nextMember() throws(MixedModelError) {
    let start = inputOffset
    let first = try compressed.bytes(start..<min(start + 2, compressed.count))
    if first.buffer.elementsEqual([0x1F, 0x8B]) {
      guard inflateReset(stream) == Z_OK else { throw .corruptGzip(compressed.name) }
      return
    }
    // Archives on tapes are padded with zeros.
    for next in stride(from: start, to: compressed.count, by: Self.inputSize) {
      let end = min(next + Self.inputSize, compressed.count)
      let padding = try compressed.bytes(next..<end)
      guard padding.buffer.allSatisfy({ $0 == 0 }) else { throw .corruptGzip(compressed.name) }
    }
    isAtEnd = true
  }
}
