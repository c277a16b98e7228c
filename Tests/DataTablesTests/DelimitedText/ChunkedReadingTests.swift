// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import Testing

@testable import DataTables

@Suite("Reading chunk by chunk")
struct ChunkedReadingTests {
  /// The table read in chunks of so many bytes.
  private func table(
    _ text: String, chunkSize: Int, threadCount: Int = 1, columns: Set<String>? = nil,
    categorical: Set<String> = []
  ) throws -> DataTable {
    try Array(text.utf8).withUnsafeBufferPointer { bytes in
      let source = MemoryText(keptElsewhere: bytes, name: "the text")
      return try DelimitedTextReader(source, delimiter: .comma, chunkSize: chunkSize).table(
        categorical: categorical, columns: columns, threadCount: threadCount)
    }
  }

  /// A text whose quoted fields have delimiters, quotes and ends of lines in them, with columns that
  /// turn out to be text late or never.
  private func randomText(_ generator: inout SplitMix) -> String {
    let lineEnd = ["\n", "\r\n", "\r"].randomElement(using: &generator) ?? "\n"
    let quoted = ["a", "\"\"", ",", "\n", "\r\n", "é", "NA", "1"]
    var text = "number,late,quoted,marks" + lineEnd
    let rowCount = Int.random(in: 1...60, using: &generator)
    let change = Int.random(in: 0...80, using: &generator)
    for row in 0..<rowCount {
      let number =
        ["1", "-2.5e3", " 7 ", "NA", "\"4\"", ""].randomElement(using: &generator) ?? "1"
      let late =
        row == change ? "x" : ["01", "1", "NA", "\"NA\""].randomElement(using: &generator) ?? ""
      let pieces = (0..<Int.random(in: 0...5, using: &generator)).map { _ in
        quoted.randomElement(using: &generator) ?? "a"
      }
      let mark = ["NA", "\"NA\"", ""].randomElement(using: &generator) ?? ""
      text += "\(number),\(late),\"\(pieces.joined())\",\(mark)"
      if row < rowCount - 1 || Bool.random(using: &generator) { text += lineEnd }
    }
    return text
  }

  @Test("A table depends neither on the size of chunks nor on the number of threads")
  func sizesAndThreads() throws {
    var generator = SplitMix(seed: 11)
    for _ in 0..<60 {
      let text = randomText(&generator)
      let whole = try table(text, chunkSize: .max / 2)
      for (size, threadCount) in [(1, 1), (17, 1), (40, 2), (40, 8), (200, 3)] {
        let parts = try table(text, chunkSize: size, threadCount: threadCount)
        #expect(parts.columnNames == whole.columnNames)
        for name in whole.columnNames {
          // Missing numbers are not equal to themselves, their bits are.
          switch (parts[name], whole[name]) {
          case (.numeric(let left)?, .numeric(let right)?):
            #expect(left.values.map(\.bitPattern) == right.values.map(\.bitPattern))
          default:
            #expect(parts[name] == whole[name], "\(name) of \(text) by \(size)")
          }
        }
      }
    }
  }

  @Test("A table of a file, compressed or not, is that of its text")
  func files() throws {
    var generator = SplitMix(seed: 12)
    for _ in 0..<20 {
      let text = randomText(&generator)
      let whole = try table(text, chunkSize: .max / 2)
      for (name, content) in [
        ("a.csv", Array(text.utf8)), ("a.csv.gz", try gzipped(Array(text.utf8))),
      ] {
        try withFile(named: name, content) { path in
          // Chunks of one byte are more than a compressed text has places for.
          for (size, threadCount) in [(1, 1), (30, 2), (1 << 18, 1)] {
            let file = try DelimitedTextFile(contentsOf: path, chunkSize: size)
            let read = try file.table(categorical: [], threadCount: threadCount)
            for name in whole.columnNames {
              switch (read[name], whole[name]) {
              case (.numeric(let left)?, .numeric(let right)?):
                #expect(left.values.map(\.bitPattern) == right.values.map(\.bitPattern))
              default:
                #expect(read[name] == whole[name], "\(name) of \(text) by \(size)")
              }
            }
          }
        }
      }
    }
  }

  @Test("Rows and headers much longer than a chunk are read, up to a limit")
  func longRows() throws {
    let long = String(repeating: "long text\n", count: 3000)
    let header = String(repeating: "name", count: 30_000)
    let text = "a,\(header)\n1,\"\(long)\"\n2,\(header)\n3,x\n"
    let read = try table(text, chunkSize: 2048)
    #expect(read.columnNames == ["a", header])
    #expect(try read.texts(header) == [long, header, "x"])
    for (text, line) in [
      ("a,b\n1,2\n3,\"" + long, 2), (String(repeating: "a", count: 100_000), 1),
    ] {
      let error = #expect(throws: MixedModelError.self) {
        try Array(text.utf8).withUnsafeBufferPointer { bytes in
          let source = MemoryText(keptElsewhere: bytes, name: "the text")
          return try DelimitedTextReader(
            source, delimiter: .comma, chunkSize: 2048, longestRow: 10_000
          ).table(categorical: [])
        }
      }
      #expect(
        error?.description
          == "the text, line \(line): a row that begins here or soon after does not end within"
          + " 10000 bytes."
          + " Look for a quote that is not closed.")
    }
  }

  @Test("Only the columns asked for are read, in the order of the file")
  func chosenColumns() throws {
    let text = "a,b,c\n1,x,2\n3,y,4\n"
    let chosen = try table(text, chunkSize: 6, columns: ["c", "a"])
    #expect(chosen.columnNames == ["a", "c"])
    #expect(try chosen.numbers("c") == [2, 4])
    // A column that nobody asked for still belongs to its row.
    #expect(throws: MixedModelError.self) {
      try table("a,b,c\n1,x\n", chunkSize: 6, columns: ["a"])
    }
  }

  @Test("An error names the line it is in, whichever chunk that is")
  func errorLines() throws {
    let rows = String(repeating: "1,2\n", count: 30)
    for threadCount in [1, 4] {
      let ragged = #expect(throws: MixedModelError.self) {
        try table("a,b\n" + rows + "3\n" + rows, chunkSize: 10, threadCount: threadCount)
      }
      #expect(ragged?.description.contains("line 32") == true)
      let open = #expect(throws: MixedModelError.self) {
        try table("a,b\n" + rows + "\"3,4\n" + rows, chunkSize: 10, threadCount: threadCount)
      }
      #expect(open?.description.contains("line 32") == true)
      let nul = #expect(throws: MixedModelError.self) {
        try table("a,b\n" + rows + "3,\0\n" + rows, chunkSize: 10, threadCount: threadCount)
      }
      #expect(nul?.description.contains("line 32") == true)
    }
  }

  @Test("Rows that go by are those of the table, in their order")
  func rowsGoingBy() throws {
    var text = "x,g\n"
    for row in 0..<500 { text += "\(row),L\(row * 7 % 13)\n" }
    try expectRowsGoingBy("rows.csv", Array(text.utf8))
    try expectRowsGoingBy("rows.csv.gz", gzipped(Array(text.utf8)))
  }

  private func expectRowsGoingBy(_ name: String, _ content: [UInt8]) throws {
    try withFile(named: name, content) { path in
      let file = try DelimitedTextFile(contentsOf: path, chunkSize: 100)
      #expect(file.chunkCount > 20)
      let table = try file.table(categorical: [])
      for threadCount in [1, 2, 8] {
        var numbers: [Double] = []
        var texts: [String] = []
        try file.forEachChunk(
          columns: ["g", "x"], text: ["g"], threadCount: threadCount, transform: { $0 }
        ) { chunk in
          guard case .texts(let codes, let pool) = chunk.columns[0],
            case .numbers(let values) = chunk.columns[1]
          else { return false }
          texts += codes.map { pool.texts[Int($0)] }
          numbers += values
          return true
        }
        #expect(try numbers == table.numbers("x"))
        #expect(try texts == table.texts("g"))
      }
      // It ends where it is told to.
      var chunkCount = 0
      try file.forEachChunk(columns: ["x"], text: [], threadCount: 2, transform: { $0.rowCount }) {
        _ in
        chunkCount += 1
        return chunkCount < 3
      }
      #expect(chunkCount == 3)
    }
  }
}
