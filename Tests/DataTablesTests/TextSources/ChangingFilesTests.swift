// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

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

/// What others do to a file while it is read ends in an error and never in the end of the process.
@Suite("Files that change while they are read")
struct ChangingFilesTests {
  private let text = Array(
    ("x,g\n" + (0..<20_000).map { "\($0),L\($0 % 13)\n" }.joined()).utf8)

  private enum Change: CaseIterable {
    case truncated, emptied, appended, overwritten

    func make(to path: String, byteCount: Int) throws {
      switch self {
      case .truncated: #expect(truncate(path, off_t(byteCount / 2)) == 0)
      case .emptied: #expect(truncate(path, 0) == 0)
      case .appended, .overwritten:
        // The system's clock of files is coarse.
        usleep(20_000)
        let file = try #require(fopen(path, self == .appended ? "a" : "r+"))
        #expect(fputs("1", file) >= 0)
        fclose(file)
      }
    }
  }

  private func expectChanged(_ path: String, _ body: () throws -> Void) {
    let error = #expect(throws: MixedModelError.self, performing: body)
    #expect(
      error?.description == "\(path) changed while it was read."
        + " Wait until nobody writes to it any more, or copy it first.")
    #expect(error?.kind == .file)
    #expect(error?.subject == .file(path))
  }

  @Test("After it was opened", arguments: Change.allCases)
  private func afterOpening(_ change: Change) throws {
    for (name, content) in [("a.csv", text), ("a.csv.gz", try gzipped(text))] {
      try withFile(named: name, content) { path in
        let file = try DelimitedTextFile(contentsOf: path, chunkSize: 1000)
        try change.make(to: path, byteCount: content.count)
        expectChanged(path) { _ = try file.table(categorical: []) }
        expectChanged(path) {
          try file.forEachChunk(columns: ["x"], text: [], threadCount: 2, transform: { _ in }) {
            true
          }
        }
      }
    }
  }

  @Test("While rows go by", arguments: Change.allCases, [1, 2])
  private func whileReading(_ change: Change, threadCount: Int) throws {
    for (name, content) in [("a.csv", text), ("a.csv.gz", try gzipped(text))] {
      try withFile(named: name, content) { path in
        let file = try DelimitedTextFile(contentsOf: path, chunkSize: 1000)
        var chunkCount = 0
        expectChanged(path) {
          var failure: (any Error)?
          try file.forEachChunk(
            columns: ["x"], text: [], threadCount: threadCount, transform: { $0.rowCount }
          ) { _ in
            chunkCount += 1
            guard chunkCount == 20 else { return true }
            do {
              try change.make(to: path, byteCount: content.count)
            } catch {
              failure = error
            }
            return true
          }
          if let failure { throw failure }
        }
        #expect(chunkCount >= 20)
      }
    }
  }

  @Test("A file that takes the name of another does not disturb the one that is read")
  func replaced() throws {
    try withFile(named: "a.csv", text) { path in
      let file = try DelimitedTextFile(contentsOf: path, chunkSize: 1000)
      try replaceFile(at: path, with: Array("x\n1\n".utf8))
      #expect(try file.table(categorical: []).rowCount == 20_000)
      #expect(try DataTable(contentsOf: path).rowCount == 1)
    }
  }
}
