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

/// Writes a file in place of what it held: entirely, or not at all.
///
/// The bytes go to a temporary file beside it, which then takes its name. A link is followed,
/// also to where there is no file yet, and what is no file, such as a pipe or a terminal, is written
/// to as it is.
/// - Throws: ``MixedModelError`` if the file cannot be written; what it held is still there.
package func replaceFile(
  at path: String, with bytes: some Sequence<UInt8>
) throws(MixedModelError) {
  let bytes = Array(bytes)
  let target: String
  var mode: mode_t?
  var status = stat()
  if stat(path, &status) == 0 {
    guard status.st_mode & S_IFMT != S_IFDIR else { throw .cannotReplace(path, code: EISDIR) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let descriptor = open(path, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw .cannotReplace(path, code: errno) }
      if let code = write(bytes, closing: descriptor) { throw .cannotReplace(path, code: code) }
      return
    }
    guard let resolved = realpath(path, nil) else { throw .cannotReplace(path, code: errno) }
    target = String(cString: resolved)
    free(resolved)
    mode = status.st_mode & 0o7777
  } else {
    target = try linkTarget(of: path)
  }
  let (temporary, descriptor) = try openTemporary(beside: target, for: path)
  if let mode { _ = fchmod(descriptor, mode) }
  var failure = write(bytes, closing: descriptor)
  if failure == nil, rename(temporary, target) != 0 { failure = errno }
  if let failure {
    unlink(temporary)
    throw .cannotReplace(path, code: failure)
  }
}

/// Where a link leads that leads to no file yet; any other path is its own target.
private func linkTarget(of path: String) throws(MixedModelError) -> String {
  // As many as systems follow.
  let mostLinks = 40
  var target = path
  for _ in 0..<mostLinks {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = buffer.withUnsafeMutableBytes { bytes in
      bytes.baseAddress.map {
        readlink(target, $0.assumingMemoryBound(to: CChar.self), bytes.count)
      } ?? 0
    }
    guard count > 0 else { return target }
    let link = String(decoding: buffer[..<count], as: UTF8.self)
    let folderEnd = target.lastIndex(of: "/").map { target.index(after: $0) } ?? target.startIndex
    target = link.hasPrefix("/") ? link : target[..<folderEnd] + link
  }
  throw .cannotReplace(path, code: ELOOP)
}

/// A new file with the rights that the process gives new files.
private func openTemporary(
  beside target: String, for path: String
) throws(MixedModelError) -> (name: String, descriptor: CInt) {
  var number = 0
  while true {
    let name = "\(target).\(getpid())-\(number).tmp"
    let descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    if descriptor >= 0 { return (name, descriptor) }
    guard errno == EEXIST else { throw .cannotReplace(path, code: errno) }
    number += 1
  }
}

/// Writes all bytes and closes; the result is the system's error code where that fails.
private func write(_ bytes: [UInt8], closing descriptor: CInt) -> CInt? {
  var failure = bytes.withUnsafeBufferPointer { writeAll($0, to: descriptor) }
  // Where the file is to take another's name, its bytes are to be there first. Pipes cannot do it.
  if failure == nil, fsync(descriptor) != 0, errno != EINVAL, errno != EROFS, errno != ENOTSUP {
    failure = errno
  }
  return close(descriptor) == 0 ? failure : failure ?? errno
}

/// Writes all bytes; the result is the system's error code where that fails.
package func writeAll(_ bytes: UnsafeBufferPointer<UInt8>, to descriptor: CInt) -> CInt? {
  var rest = bytes[...]
  while !rest.isEmpty {
    let part = UnsafeBufferPointer(rebasing: rest)
    #if canImport(Darwin)
      let count = Darwin.write(descriptor, part.baseAddress, part.count)
    #elseif canImport(Musl)
      let count = Musl.write(descriptor, part.baseAddress, part.count)
    #else
      let count = Glibc.write(descriptor, part.baseAddress, part.count)
    #endif
    if count >= 0 { rest = rest.dropFirst(count) } else if errno != EINTR { return errno }
  }
  return nil
}
