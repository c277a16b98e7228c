// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import Testing

@testable import DataTables

@Suite("Refusing what is no table")
struct DelimitedTextErrorsTests {
  private func message(
    _ bytes: [UInt8], categorical: Set<String> = []
  ) -> (text: String?, kind: MixedModelError.Kind?) {
    let error = #expect(throws: MixedModelError.self) {
      try DataTable(delimitedText: bytes, source: "a.csv", categorical: categorical)
    }
    return (error?.description, error?.kind)
  }

  private func message(_ text: String, categorical: Set<String> = []) -> String? {
    let (text, kind) = message(Array(text.utf8), categorical: categorical)
    #expect(kind == (categorical.isEmpty ? .data : .unknownName))
    return text
  }

  @Test("Nothing at all", arguments: ["", "\u{FEFF}", "\n", "\r\n"])
  func empty(_ text: String) {
    #expect(
      message(text) == "a.csv is empty. Its first line must name the columns, and every further"
        + " line is a row.")
  }

  @Test("A header without rows", arguments: ["x,y", "x,y\n", "x,y\r\n\r\n"])
  func headerOnly(_ text: String) {
    #expect(
      message(text) == "a.csv has a header but no rows. After the line that names the columns every"
        + " line is a row.")
  }

  @Test("Rows that are too short or too long")
  func ragged() {
    let remedy = " Give every row one field per column; quote a field that contains the delimiter."
    #expect(
      message("x,y,z\n1,2,3\n4,5\n") == "a.csv, line 3: the row has 2 fields, but the header has 3."
        + remedy)
    #expect(
      message("x,g\n1,\"a\nb\"\n2,b,3,") == "a.csv, line 4: the row has 4 fields, but the header"
        + " has 2." + remedy)
    #expect(
      message("x,y\r1\r2,3\r") == "a.csv, line 2: the row has 1 field, but the header has 2."
        + remedy)
  }

  @Test("Quotes that do not close, or close too early")
  func quotes() {
    #expect(
      message("x,g\n1,a\n2,\"b\n3,c\n") == "a.csv, line 3: a quoted field begins here and never"
        + " ends. Close it with a quote; write a quote inside a quoted field twice.")
    #expect(
      message("x,g\n1,\"a\" b\n") == "a.csv, line 2: there is text after the closing quote of a"
        + " field. Write a quote inside a quoted field twice.")
    #expect(message("\"x") != nil)
    #expect(message("x\n\"") != nil)
  }

  @Test("Bytes that are no text")
  func noText() {
    let remedy = " Save the file as text in UTF-8."
    #expect(
      message(Array("x,g\n1,a\n2,b\0\n".utf8)).text == "a.csv, line 3: there is a NUL byte."
        + remedy)
    for bytes: [UInt8] in [
      [0xE9], [0x80], [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80],
      [0xF4, 0x90, 0x80, 0x80],
      [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0xC3], [0xF0, 0x8F, 0xBF, 0xBF], [0xE2, 0x82, 0x41],
    ] {
      let text = Array("a long enough header,g\n1,".utf8) + bytes
      let expected = "a.csv, line 2: the text is not valid UTF-8." + remedy
      #expect(message(text).text == expected, "\(bytes)")
      #expect(message(text + Array("\n2,and some more text\n".utf8)).text == expected, "\(bytes)")
    }
    #expect(
      message([0xFF, 0xFE, 0x78, 0x00]).text == "a.csv, line 1: the text is not valid UTF-8."
        + remedy)
  }

  @Test("Columns of one name, or of none")
  func names() {
    #expect(
      message("x,y, x\n1,2,3\n") == "a.csv, line 1: columns 1 and 3 are both named \"x\"."
        + " Give every column a name of its own.")
    let remedy =
      " Name every column in the header; write.csv of R needs row.names = FALSE."
    #expect(message("\"\",x\n1,2\n") == "a.csv, line 1: column 1 has no name." + remedy)
    #expect(message("x,\n1,2\n") == "a.csv, line 1: column 2 has no name." + remedy)
    #expect(message("\nx,y\n1,2\n") == "a.csv, line 1: column 1 has no name." + remedy)
  }

  @Test("A categorical column that is not there")
  func categorical() {
    #expect(
      message("school,x\n1,2\n", categorical: ["schol"]) == "There is no column \"schol\"."
        + " Did you mean \"school\"? Columns: school, x.")
  }
}
