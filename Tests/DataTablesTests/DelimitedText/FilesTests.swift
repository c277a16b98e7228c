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

@Suite("Reading files", .serialized)
struct FilesTests {
  private let example = Array("x,g\n1,a\n2,b\n".utf8)

  private func expectExample(_ table: DataTable) throws {
    #expect(try table.numbers("x") == [1, 2])
    #expect(try table.texts("g") == ["a", "b"])
  }

  private func table(named name: String, _ content: [UInt8]) throws -> DataTable {
    try withFile(named: name, content) { try DataTable(contentsOf: $0) }
  }

  private func expectMessage(_ message: String, named name: String, _ content: [UInt8]) throws {
    try withFile(named: name, content) { path in
      let error = #expect(throws: MixedModelError.self) { try DataTable(contentsOf: path) }
      #expect(error?.description == message.replacing("FILE", with: path))
      #expect(error?.subject == .file(path))
    }
  }

  @Test("A file is read by its extension")
  func extensions() throws {
    try expectExample(table(named: "a.csv", example))
    let tabs = Array("x\tg,h\n1\ta\n".utf8)
    #expect(try table(named: "a.TSV", tabs).columnNames == ["x", "g,h"])
    #expect(try table(named: "a.tsv.gz", gzipped(tabs)).columnNames == ["x", "g,h"])
    #expect(try table(named: "a.txt", Array("x\ty\n1\t2\n".utf8)).columnNames == ["x", "y"])
  }

  @Test("A header that is cut nowhere, because it has another delimiter, is refused with its name")
  func otherDelimiter() throws {
    let remedy = " Save the file with commas as .csv or with tabs as .tsv"
    let inSwift = "; in Swift the delimiter can be named, DataTable(contentsOf:delimiter:)."
    for (name, separator, problem, decimals) in [
      ("a.csv", "\t", "tabs and no comma", ""), ("a.tsv", ",", "commas and no tab", ""),
      ("a.csv", ";", "semicolons and no comma", ", and with decimal points"),
      ("a.txt", ";", "semicolons and no comma", ", and with decimal points"),
    ] {
      let text = Array("x\(separator)y\n1\(separator)2\n".utf8)
      try expectMessage(
        "FILE, line 1: the header has \(problem) between its names." + remedy + decimals + inSwift,
        named: name, text)
    }
    // Named, or in quotes, it is as it is.
    let semicolons = Array("x;y\n1;2\n".utf8)
    try withFile(named: "a.csv", semicolons) { path in
      let table = try DataTable(contentsOf: path, delimiter: .semicolon)
      #expect(table.columnNames == ["x", "y"])
      #expect(try DataTable(contentsOf: path, delimiter: .comma).columnNames == ["x;y"])
    }
    #expect(try table(named: "a.csv", Array("\"x;y\"\n1\n".utf8)).columnNames == ["x;y"])
  }

  @Test("A file that fills its last page is read to its end and no further")
  func wholePages() throws {
    var content = Array("x\n".utf8)
    while content.count < 65_536 { content += Array("1\n".utf8) }
    #expect(try table(named: "a.csv", content).rowCount == (65_536 - 2) / 2)
    content[65_535] = UInt8(ascii: "2")
    #expect(try table(named: "a.csv", content).numbers("x").last == 12)
  }

  @Test("Gzip data are recognized by their first bytes, in one member or more")
  func gzip() throws {
    try expectExample(table(named: "a.csv", gzipped(example)))
    try expectExample(DataTable(delimitedText: gzipped(example)))
    let members = try gzipped(Array(example[..<6])) + gzipped([]) + gzipped(Array(example[6...]))
    try expectExample(table(named: "a.csv.gz", members))
    try expectExample(DataTable(delimitedText: members + [0, 0, 0]))
  }

  @Test("Gzip data much larger than their file are read")
  func gzipRatio() throws {
    let text = "x\n" + String(repeating: "1\n", count: 500_000)
    #expect(try DataTable(delimitedText: gzipped(Array(text.utf8))).rowCount == 500_000)
  }

  @Test("Gzip data that end early or are damaged are refused")
  func badGzip() throws {
    let whole = try gzipped(example)
    for count in 2..<whole.count {
      try expectMessage(
        "FILE ends in the middle of its gzip data."
          + " Fetch or compress the file again; it is not whole.",
        named: "a.csv.gz", Array(whole[..<count]))
    }
    var damaged = whole
    damaged[whole.count - 6] ^= 1
    let message = "FILE begins as gzip data but is damaged. Fetch or compress the file again."
    try expectMessage(message, named: "a.csv.gz", damaged)
    try expectMessage(message, named: "a.csv.gz", whole + [1])
  }

  @Test("A file whose name says gzip is to be so, unless it is empty")
  func noGzip() throws {
    try expectMessage(
      "FILE is not gzip data, though its name ends in .gz."
        + " Compress the file with gzip, or leave .gz out of its name.",
      named: "a.csv.gz", example)
    try expectMessage(
      "FILE is empty. Its first line must name the columns, and every further line is a row.",
      named: "a.csv.gz", [])
  }

  @Test("A file that is not there, or is none, is named")
  func noFile() {
    let remedy =
      " Give a .csv or .tsv file that can be read (also .gz), or - for standard input."
    let missing = #expect(throws: MixedModelError.self) {
      try DataTable(contentsOf: "/nowhere/a.csv")
    }
    #expect(missing?.description == "There is no file \"/nowhere/a.csv\"." + remedy)
    #expect(missing?.kind == .file)
    let directory = #expect(throws: MixedModelError.self) { try DataTable(contentsOf: "/tmp") }
    #expect(directory?.description == "\"/tmp\" is a directory, not a file." + remedy)
    // The tests may run as a user who may read everything.
    #expect(
      MixedModelError.cannotOpen("a.csv", code: EACCES).description
        == "The file \"a.csv\" may not be read: permission denied." + remedy)
  }

  @Test("An empty file is refused")
  func emptyFile() throws {
    try expectMessage(
      "FILE is empty. Its first line must name the columns, and every further line is a row.",
      named: "a.csv", [])
  }

  @Test("A single dash is standard input, compressed or not")
  func standardInput() throws {
    for content in [example, try gzipped(example)] {
      let table = try withFile(named: "a", content) { path in
        let saved = dup(STDIN_FILENO)
        let file = open(path, O_RDONLY)
        dup2(file, STDIN_FILENO)
        defer {
          dup2(saved, STDIN_FILENO)
          close(saved)
          close(file)
        }
        return try DataTable(contentsOf: "-")
      }
      try expectExample(table)
    }
  }
}
