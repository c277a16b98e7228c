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

/// Opening what the argument DATA may name.
package enum TextSources {
  /// The content of the file at `path`, or of standard input for `-`; decompressed where it begins
  /// as gzip data do.
  /// - Parameter blockSize: see ``TextSource/decompressed(blockSize:)``.
  /// - Throws: ``MixedModelError`` if it cannot be read, or its gzip data are damaged.
  package static func open(
    _ path: String, blockSize: Int = DelimitedTextReader.standardChunkSize
  ) throws(MixedModelError) -> any TextSource {
    let raw = try path == "-" ? standardInput() : file(path)
    // An empty file is reported as such.
    if path.lowercased().hasSuffix(".gz"), raw.count > 0, try !raw.isCompressed {
      throw .notGzip(path)
    }
    return try raw.decompressed(blockSize: blockSize)
  }

  private static func standardInput() throws(MixedModelError) -> any TextSource {
    let name = "standard input"
    let descriptor = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
    guard descriptor >= 0 else { throw .cannotRead(name, code: errno) }
    // A shell may have read the beginning of a file that it redirects here.
    let position = lseek(descriptor, 0, SEEK_CUR)
    return try source(descriptor, name: name, origin: max(0, Int(position)))
  }

  private static func file(_ path: String) throws(MixedModelError) -> any TextSource {
    let descriptor = Self.descriptor(path)
    guard descriptor >= 0 else { throw .cannotOpen(path, code: errno) }
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      close(descriptor)
      throw .cannotOpen(path, code: EISDIR)
    }
    return try source(descriptor, name: path, origin: 0)
  }

  private static func descriptor(_ path: String) -> CInt {
    #if canImport(Darwin)
      Darwin.open(path, O_RDONLY | O_CLOEXEC)
    #elseif canImport(Musl)
      Musl.open(path, O_RDONLY | O_CLOEXEC)
    #else
      Glibc.open(path, O_RDONLY | O_CLOEXEC)
    #endif
  }

  /// - Parameter descriptor: taken over.
  private static func source(
    _ descriptor: CInt, name: String, origin: Int
  ) throws(MixedModelError) -> any TextSource {
    var status = stat()
    let isFile = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    // Files of the proc file system are regular, have content, and claim to be empty.
    if isFile, status.st_size > 0 { return try FileText(descriptor, origin: origin, name: name) }
    defer { close(descriptor) }
    return try PipedText.kept(from: descriptor, name: name)
  }
}
