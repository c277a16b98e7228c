// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors
import Testing

@Suite("Reading delimited text")
struct DelimitedTextTests {
  @Test("Columns of numbers are numeric and all others categorical")
  func kinds() throws {
    let table = try DataTable(
      delimitedText: "y,g,flag,n\n1.5,a,true,1e3\n-2,b,false,+4\n.5,a,T,inf\n")
    #expect(table.columnNames == ["y", "g", "flag", "n"])
    #expect(table.rowCount == 3)
    #expect(try table.numbers("y") == [1.5, -2, 0.5])
    #expect(try table.texts("g") == ["a", "b", "a"])
    #expect(try table.categories("flag").levels == ["T", "false", "true"])
    #expect(try table.numbers("n") == [1000, 4, .infinity])
  }

  @Test("Quoted fields hold delimiters, line ends and quotes")
  func quotes() throws {
    let text = "name,\"the value\"\n\"a,b\",1\n\"line\nend\r\n\",2\n\"say \"\"no\"\"\",\"3\"\n"
    let table = try DataTable(delimitedText: text)
    #expect(table.columnNames == ["name", "the value"])
    #expect(try table.texts("name") == ["a,b", "line\nend\r\n", "say \"no\""])
    #expect(try table.numbers("the value") == [1, 2, 3])
  }

  @Test("A quote within an unquoted field is text")
  func innerQuotes() throws {
    let table = try DataTable(delimitedText: "pipe,x\n5\" steel,1\n")
    #expect(try table.texts("pipe") == ["5\" steel"])
  }

  @Test(
    "Lines end with LF, CR LF or CR, the last one or not",
    arguments: [
      "x,g\n1,a\n2,b\n", "x,g\n1,a\n2,b", "x,g\r\n1,a\r\n2,b\r\n", "x,g\r1,a\r2,b",
      "x,g\r1,a\r2,b\r", "\u{FEFF}x,g\n1,a\n2,b\n", "x,g\n\n1,a\n  \n2,b\n\n\r\n",
      " x ,g\t\n 1 ,a\n\t2,b\n",
    ])
  func lineEnds(_ text: String) throws {
    let table = try DataTable(delimitedText: text)
    #expect(table.columnNames == ["x", "g"])
    #expect(try table.numbers("x") == [1, 2])
    #expect(try table.texts("g") == ["a", "b"])
  }

  @Test("Blanks around text belong to it")
  func blanks() throws {
    let table = try DataTable(delimitedText: "g,h\n a,\" b \"\na ,c\n")
    #expect(try table.texts("g") == [" a", "a "])
    #expect(try table.texts("h") == [" b ", "c"])
  }

  @Test("Empty fields, NA, NaN and NULL are missing in columns of either kind")
  func missing() throws {
    let table = try DataTable(
      delimitedText: "x,g\n1,a\n,\nNA,NA\nNaN,NaN\nNULL,NULL\nnan,nan\n 2 , NA \n")
    #expect(try table.numbers("x").map(\.isNaN) == [false, true, true, true, true, true, false])
    #expect(try table.texts("g") == ["a", nil, nil, nil, nil, nil, nil])
    #expect(try table.categories("g").levels == ["a"])
  }

  @Test("Quoted marks of missing values are values of a text column and missing among numbers")
  func quotedMarks() throws {
    let table = try DataTable(
      delimitedText: "x,g,h\n1,a,\"\"\n\"NA\",\"NA\",\"NA\"\n\"\",\"\",NA\n")
    #expect(try table.numbers("x").map(\.isNaN) == [false, true, true])
    #expect(try table.texts("g") == ["a", "NA", ""])
    #expect(try table.texts("h") == ["", "NA", nil])
  }

  @Test("A column without values is numeric")
  func allMissing() throws {
    let table = try DataTable(delimitedText: "x,y\n,1\nNA,2\n")
    #expect(try table.numbers("x").filter(\.isNaN).count == 2)
  }

  @Test("A column that turns out to be text late keeps the text of its first rows")
  func lateText() throws {
    let table = try DataTable(
      delimitedText: "g,h,x\n01,NA,1\n1.0,,2\nNA,7,3\n\"\",\"NA\",4\nx,y,5\n")
    #expect(try table.texts("g") == ["01", "1.0", nil, "", "x"])
    #expect(try table.categories("g").levels == ["", "01", "1.0", "x"])
    #expect(try table.texts("h") == [nil, nil, "7", "NA", "y"])
    #expect(try table.numbers("x") == [1, 2, 3, 4, 5])
  }

  @Test("Columns named categorical keep the text of their numbers, in numeric order")
  func categorical() throws {
    let table = try DataTable(
      delimitedText: "school,x\n10,1\n01,2\n9,3\n1,4\n", categorical: ["school"])
    #expect(try table.texts("school") == ["10", "01", "9", "1"])
    #expect(try table.categories("school").levels == ["01", "1", "9", "10"])
  }

  @Test("Blank lines are missing values where there is one column")
  func oneColumn() throws {
    let table = try DataTable(delimitedText: "x\n1\n\n3\n")
    #expect(try table.numbers("x").map(\.isNaN) == [false, true, false])
  }

  @Test("Tabs are found in the first line, and semicolons on request")
  func delimiters() throws {
    #expect(try DataTable(delimitedText: "x\ty\n1\t2\n").columnNames == ["x", "y"])
    #expect(try DataTable(delimitedText: "x,y\tz\n1,2\n").columnNames == ["x", "y\tz"])
    let table = try DataTable(delimitedText: "x;y\n1;2,5\n", delimiter: .semicolon)
    #expect(try table.texts("y") == ["2,5"])
  }

  @Test("Text in any script is kept")
  func unicode() throws {
    let text = "имя,x\nМосква,1\n東京,2\n\u{1F600},3\n"
    let table = try DataTable(delimitedText: Array(text.utf8))
    #expect(try table.texts("имя") == ["Москва", "東京", "\u{1F600}"])
  }

  @Test("Quoted line ends do not misplace rows that are longer than the lines suggest")
  func manyQuotedLines() throws {
    let field = "\"" + String(repeating: "\n", count: 1000) + "\""
    let table = try DataTable(delimitedText: "g,x\n\(field),1\n\(field),2\n")
    #expect(table.rowCount == 2)
    #expect(try table.categories("g").levels.map(\.count) == [1000])
  }
}
