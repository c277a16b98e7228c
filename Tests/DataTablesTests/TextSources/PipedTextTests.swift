// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import MixedModelErrors
import Testing

@testable import DataTables

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

@Suite("What comes through a pipe")
struct PipedTextTests {
  /// Calls `body` with the end of a pipe that brings `content`.
  private func withPipe<Value>(
    _ content: [UInt8], _ body: (CInt) throws -> Value
  ) throws -> Value {
    var ends: [CInt] = [0, 0]
    try #require(pipe(&ends) == 0)
    let (reading, writing) = (ends[0], ends[1])
    let group = DispatchGroup()
    DispatchQueue.global().async(group: group) {
      // A reader that ends early closes the pipe, which must not end the tests.
      signal(SIGPIPE, SIG_IGN)
      _ = content.withUnsafeBufferPointer { writeAll($0, to: writing) }
      close(writing)
    }
    defer {
      close(reading)
      group.wait()
    }
    return try body(reading)
  }

  private let content = Array((0..<30_000).map { "\($0)\n" }.joined().utf8)

  @Test("It can be read again and again, kept in memory or in a file")
  func kept() throws {
    for memoryLimit in [PipedText.memoryLimit, content.count, content.count - 1, 1000] {
      try withPipe(content) { descriptor in
        let source = try PipedText.kept(
          from: descriptor, name: "the pipe", memoryLimit: memoryLimit)
        #expect(source.name == "the pipe")
        #expect(source.count == content.count)
        #expect((source is MemoryText) == (memoryLimit > content.count))
        for range in [0..<content.count, 70_000..<70_100, 5..<5] {
          let bytes = try source.bytes(range)
          #expect(bytes.buffer.elementsEqual(content[range]))
        }
      }
    }
  }

  @Test("A pipe without anything in it is an empty text")
  func empty() throws {
    try withPipe([]) { descriptor in
      let source = try PipedText.kept(from: descriptor, name: "the pipe")
      #expect(source.count == 0)
    }
  }

  @Test("A folder that takes no file is named")
  func noFolder() throws {
    try withPipe(content) { descriptor in
      let error = #expect(throws: MixedModelError.self) {
        _ = try PipedText.kept(
          from: descriptor, name: "standard input", memoryLimit: 10, folder: "/nowhere")
      }
      #expect(
        error?.description
          == "standard input cannot be kept in a file in /nowhere: No such file or directory."
          + " Set TMPDIR to a folder with room for all of it, or give a file.")
    }
  }
}
