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

/// The text of a regular file, read part by part.
///
/// It is not mapped into memory: reading a page of a mapped file that somebody has cut off ends the
/// process, and nothing that is checked before keeps that from happening.
final class FileText: TextSource {
  let name: String
  let count: Int
  private let descriptor: CInt
  /// The place in the file where the text begins.
  private let origin: Int
  private let stamp: Stamp

  /// What the system changes when somebody writes to a file.
  private struct Stamp: Equatable {
    let byteCount: Int
    let seconds: Int
    let nanoseconds: Int

    init(_ status: stat) {
      byteCount = Int(status.st_size)
      #if canImport(Darwin)
        let time = status.st_mtimespec
      #else
        let time = status.st_mtim
      #endif
      seconds = Int(time.tv_sec)
      nanoseconds = Int(time.tv_nsec)
    }
  }

  /// - Parameters:
  ///   - descriptor: of a regular file; closed with the value.
  ///   - origin: where in the file the text begins.
  init(_ descriptor: CInt, origin: Int = 0, name: String) throws(MixedModelError) {
    self.descriptor = descriptor
    self.name = name
    self.origin = origin
    var status = stat()
    let code = fstat(descriptor, &status) == 0 ? 0 : errno
    stamp = Stamp(status)
    count = max(0, stamp.byteCount - origin)
    guard code == 0 else { throw .cannotRead(name, code: code) }
  }

  deinit { close(descriptor) }

  var blockSize: Int { 1 }

  func bytes(_ range: Range<Int>) throws(MixedModelError) -> Bytes {
    let bytes = try Bytes(capacity: range.count) { room throws(MixedModelError) in
      var filled = 0
      while filled < room.count {
        let got = pread(
          descriptor, room.baseAddress.map { $0 + filled }, room.count - filled,
          off_t(origin + range.lowerBound + filled))
        if got < 0, errno == EINTR { continue }
        guard got >= 0 else { throw .cannotRead(name, code: errno) }
        guard got > 0 else { throw .changedWhileRead(name) }
        filled += got
      }
      return filled
    }
    guard let bytes else { throw .cannotRead(name, code: ENOMEM) }
    return bytes
  }

  func checkUnchanged() throws(MixedModelError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .cannotRead(name, code: errno) }
    guard Stamp(status) == stamp else { throw .changedWhileRead(name) }
  }
}
