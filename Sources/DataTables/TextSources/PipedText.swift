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

/// What comes through a pipe, kept so that it can be read again.
///
/// A fit may need the rows more than once: to learn kinds and levels from all over the text, and to
/// make a table where the rows hold a surprise. Little is kept in memory; more goes to a file without
/// a name in the folder for temporary files, which the system removes with the process.
enum PipedText {
  /// The bytes that are kept in memory.
  static let memoryLimit = 1 << 24
  private static let bytesAtATime = 1 << 20

  /// - Parameters:
  ///   - memoryLimit: texts that are longer go to a file.
  ///   - folder: where that file is.
  static func kept(
    from descriptor: CInt, name: String, memoryLimit: Int = memoryLimit,
    folder: String = temporaryFolder
  ) throws(MixedModelError) -> any TextSource {
    var isWhole = false
    let beginning = try Bytes(capacity: memoryLimit) { room throws(MixedModelError) in
      var filled = 0
      while filled < room.count {
        let got = try read(
          descriptor, UnsafeMutableBufferPointer(rebasing: room[filled...]), name: name)
        if got == 0 {
          isWhole = true
          break
        }
        filled += got
      }
      return filled
    }
    guard let beginning else { throw .cannotRead(name, code: ENOMEM) }
    if isWhole { return MemoryText(beginning, name: name) }
    let file = try temporaryFile(in: folder, for: name)
    do {
      try write(beginning.buffer, to: file, in: folder, name: name)
      _ = try Bytes(capacity: bytesAtATime) { room throws(MixedModelError) in
        while true {
          let got = try read(descriptor, room, name: name)
          if got == 0 { return 0 }
          try write(UnsafeBufferPointer(rebasing: room[..<got]), to: file, in: folder, name: name)
        }
      }
    } catch {
      close(file)
      throw error
    }
    return try FileText(file, name: name)
  }

  private static func read(
    _ descriptor: CInt, _ room: UnsafeMutableBufferPointer<UInt8>, name: String
  ) throws(MixedModelError) -> Int {
    while true {
      #if canImport(Darwin)
        let got = Darwin.read(descriptor, room.baseAddress, room.count)
      #elseif canImport(Musl)
        let got = Musl.read(descriptor, room.baseAddress, room.count)
      #else
        let got = Glibc.read(descriptor, room.baseAddress, room.count)
      #endif
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw .cannotRead(name, code: errno) }
      return got
    }
  }

  private static func write(
    _ bytes: UnsafeBufferPointer<UInt8>, to file: CInt, in folder: String, name: String
  ) throws(MixedModelError) {
    if let code = writeAll(bytes, to: file) {
      throw .cannotKeep(name, in: folder, code: code)
    }
  }

  /// An empty file that has no name any more.
  private static func temporaryFile(
    in folder: String, for name: String
  ) throws(MixedModelError) -> CInt {
    var template = Array((folder + "/mixedmodels-XXXXXX").utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw .cannotKeep(name, in: folder, code: errno) }
    unlink(template)
    return descriptor
  }

  /// Where the system wants temporary files.
  private static var temporaryFolder: String {
    guard let folder = getenv("TMPDIR"), folder.pointee != 0 else { return "/tmp" }
    return String(cString: folder)
  }
}
