// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import CZlib
import Foundation
import Testing

/// Calls `body` with the path of a file of the given name and content, and removes it afterwards.
func withFile<Value>(
  named name: String, _ content: [UInt8], _ body: (String) throws -> Value
) throws -> Value {
  let folder = FileManager.default.temporaryDirectory.path
  var template = Array("\(folder)/mixed-models-tests-XXXXXX".utf8CString)
  let directory = String(cString: try #require(mkdtemp(&template)))
  let path = directory + "/" + name
  defer {
    unlink(path)
    rmdir(directory)
  }
  let file = try #require(fopen(path, "w"))
  #expect(fwrite(content, 1, content.count, file) == content.count)
  fclose(file)
  return try body(path)
}

/// The bytes as one gzip member.
func gzipped(_ bytes: [UInt8]) throws -> [UInt8] {
  var stream = z_stream()
  let started = deflateInit2_(
    &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, zlibVersion(),
    CInt(MemoryLayout<z_stream>.size))
  try #require(started == Z_OK)
  defer { deflateEnd(&stream) }
  var input = bytes
  var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, uLong(bytes.count))) + 64)
  let code = input.withUnsafeMutableBufferPointer { input in
    output.withUnsafeMutableBufferPointer { output in
      stream.next_in = input.baseAddress
      stream.avail_in = uInt(input.count)
      stream.next_out = output.baseAddress
      stream.avail_out = uInt(output.count)
      return deflate(&stream, Z_FINISH)
    }
  }
  try #require(code == Z_STREAM_END)
  return Array(output.prefix(Int(stream.total_out)))
}
