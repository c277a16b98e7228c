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

/// The bytes of a file or of a stream, freed when the value goes.
///
/// A regular file is mapped rather than read, so that the system can drop its pages again; it must
/// not be shortened by others meanwhile.
package struct Bytes: ~Copyable {
  private enum Storage { case mapped, allocated }

  package let buffer: UnsafeBufferPointer<UInt8>
  private let storage: Storage

  deinit {
    guard let base = buffer.baseAddress else { return }
    switch storage {
    case .mapped: munmap(UnsafeMutableRawPointer(mutating: base), buffer.count)
    case .allocated: free(UnsafeMutableRawPointer(mutating: base))
    }
  }

  /// The content of the file at `path`, or of standard input for `-`; decompressed where it begins
  /// as gzip data do.
  package static func contents(of path: String) throws(MixedModelError) -> Bytes {
    if path == "-" {
      let raw = try Bytes(reading: STDIN_FILENO, source: "standard input")
      return try raw.decompressed(source: "standard input")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .cannotOpen(path, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .cannotOpen(path, code: errno) }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw .cannotOpen(path, code: EISDIR) }
    let isRegular = status.st_mode & S_IFMT == S_IFREG
    // Files of the proc file system are regular, have content, and claim to be empty.
    let raw =
      isRegular && status.st_size > 0
      ? try Bytes(mapping: descriptor, count: Int(status.st_size), source: path)
      : try Bytes(reading: descriptor, source: path)
    // An empty file is reported as such.
    if path.lowercased().hasSuffix(".gz"), !raw.buffer.isEmpty, !isCompressed(raw.buffer) {
      throw .notGzip(path)
    }
    return try raw.decompressed(source: path)
  }

  /// How far around a byte that is read the system may bring in more of a mapped file.
  private static let readAround = 1 << 17

  /// Tells the system that a range of a mapped file will not be read soon.
  ///
  /// What was brought in around its beginning goes with it, though another thread may read there: the
  /// pages come back from the file.
  package func release(_ range: Range<Int>) {
    guard case .mapped = storage, let base = buffer.baseAddress else { return }
    let pageSize = Int(sysconf(CInt(_SC_PAGESIZE)))
    let first = max(0, range.lowerBound - Self.readAround) / pageSize * pageSize
    let end = range.upperBound / pageSize * pageSize
    guard first < end else { return }
    madvise(UnsafeMutableRawPointer(mutating: base + first), end - first, MADV_DONTNEED)
  }

  private init(mapping descriptor: CInt, count: Int, source: String) throws(MixedModelError) {
    let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address, address != MAP_FAILED else { throw .cannotRead(source, code: errno) }
    buffer = UnsafeBufferPointer(
      start: UnsafePointer(address.assumingMemoryBound(to: UInt8.self)), count: count)
    storage = .mapped
  }

  private init(reading descriptor: CInt, source: String) throws(MixedModelError) {
    var growing = GrowingBytes()
    while true {
      guard growing.reserve() else { throw .cannotRead(source, code: ENOMEM) }
      let got = read(descriptor, growing.room.baseAddress, growing.room.count)
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw .cannotRead(source, code: errno) }
      if got == 0 { break }
      growing.count += got
    }
    self.init(growing)
  }

  private init(_ growing: consuming GrowingBytes) {
    buffer = growing.take()
    storage = .allocated
  }
}

// MARK: - Gzip

extension Bytes {
  /// Whether the bytes begin with the two that RFC 1952 gives to gzip members.
  static func isCompressed(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    bytes.count >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B
  }

  private consuming func decompressed(source: String) throws(MixedModelError) -> Bytes {
    Bytes.isCompressed(buffer) ? try Bytes(decompressing: buffer, source: source) : self
  }

  /// The content of gzip data: of all members one after the other.
  init(decompressing compressed: UnsafeBufferPointer<UInt8>, source: String) throws(MixedModelError)
  {
    var stream = z_stream()
    // 15 is the largest window; 16 more asks for the gzip format with its checksum.
    let version = inflateInit2_(
      &stream, 15 + 16, zlibVersion(), CInt(MemoryLayout<z_stream>.size))
    guard version == Z_OK else { throw .cannotRead(source, code: ENOMEM) }
    defer { inflateEnd(&stream) }

    var growing = GrowingBytes()
    var rest = compressed
    while Bytes.isCompressed(rest) {
      var code = Z_OK
      while code != Z_STREAM_END {
        guard growing.reserve() else { throw .cannotRead(source, code: ENOMEM) }
        // The counts of zlib have 32 bits.
        let input = uInt(min(rest.count, Int(Int32.max)))
        let output = uInt(min(growing.room.count, Int(Int32.max)))
        stream.next_in = UnsafeMutablePointer(mutating: rest.baseAddress)
        stream.avail_in = input
        stream.next_out = growing.room.baseAddress
        stream.avail_out = output
        code = inflate(&stream, Z_NO_FLUSH)
        growing.count += Int(output - stream.avail_out)
        rest = UnsafeBufferPointer(rebasing: rest.dropFirst(Int(input - stream.avail_in)))
        if code == Z_BUF_ERROR || code == Z_OK && rest.isEmpty && stream.avail_out > 0 {
          throw .truncatedGzip(source)
        }
        guard code == Z_OK || code == Z_STREAM_END else { throw .corruptGzip(source) }
      }
      inflateReset(&stream)
    }
    // Archives on tapes are padded with zeros.
    guard rest.allSatisfy({ $0 == 0 }) else { throw .corruptGzip(source) }
    self.init(growing)
  }
}

// MARK: - Bytes on their way in

/// Allocated bytes that grow at their end.
private struct GrowingBytes: ~Copyable {
  private var base: UnsafeMutablePointer<UInt8>?
  private var capacity = 0
  var count = 0

  init() { base = nil }

  deinit { free(base) }

  /// The room after the bytes that are there.
  var room: UnsafeMutableBufferPointer<UInt8> {
    UnsafeMutableBufferPointer(start: base.map { $0 + count }, count: capacity - count)
  }

  /// Makes sure that there is room; `false` if there is no memory for it.
  mutating func reserve() -> Bool {
    if count < capacity { return true }
    let larger = max(1 << 16, capacity * 2)
    guard let moved = realloc(base, larger) else { return false }
    base = moved.assumingMemoryBound(to: UInt8.self)
    capacity = larger
    return true
  }

  /// Hands the bytes over, and with them the duty to free them.
  consuming func take() -> UnsafeBufferPointer<UInt8> {
    let bytes = UnsafeBufferPointer(start: UnsafePointer(base), count: count)
    base = nil
    return bytes
  }
}
