// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelReports
import MixedModels
import Testing

@Suite("Tables of results")
struct ResultTableTests {
  private var table: ResultTable {
    var table = ResultTable(
      "tests", title: "Tests of terms",
      columns: [
        .init("term", "Term"), .init("df", "DF"), .init("statistic", "F", .decimals(2)),
        .init("estimate", "Estimate"), .init("isSingular", "Singular"),
        .init("pValue", "Pr(>F)", .probability),
      ])
    table.append([
      .text("days"), .integer(1), .number(45.8534), .number(10.46728), .boolean(false),
      .number(3.264e-06),
    ])
    table.append([.text("a, \"b\""), .integer(12), .missing, .number(0.25), .boolean(true)])
    table.notes = ["By REML."]
    return table
  }

  @Test("Text for people: numbers stand right with their points below each other")
  func text() {
    #expect(
      TableFormat.text.text(of: [table]) == """
        Tests of terms
        ─────────────────────────────────────────────
        Term    DF      F  Estimate  Singular  Pr(>F)
        ─────────────────────────────────────────────
        days     1  45.85   10.4673        no  <1e-05
        a, "b"  12   .       0.25         yes  .
        ─────────────────────────────────────────────
        By REML.

        """)
  }

  @Test("A column that hides where it has no values is left out for people only")
  func hiddenColumns() {
    var table = ResultTable(
      "means",
      columns: [
        .init("mean", "Mean"), .init("df", "DF", hidesIfEmpty: true), .init("upper", "Upper"),
      ])
    table.append([.number(1), .missing, .missing])
    #expect(TableFormat.text.text(of: [table]).contains("Mean  Upper\n"))
    #expect(TableFormat.markdown.text(of: [table]).contains("| Mean | Upper |"))
    #expect(TableFormat.csv.text(of: [table]) == "mean,df,upper\n1,,\n")
    #expect(TableFormat.json.text(of: [table]).contains("\"df\": null"))
    table.append([.number(2), .number(17), .missing])
    #expect(TableFormat.text.text(of: [table]).contains("Mean    DF  Upper\n"))
  }

  @Test("CSV: keys as header, every digit, what is missing empty, fields quoted")
  func csv() {
    #expect(
      TableFormat.csv.text(of: [table, table]) == """
        term,df,statistic,estimate,isSingular,pValue
        days,1,45.8534,10.46728,false,3.264e-06
        "a, ""b""\",12,,0.25,true,

        term,df,statistic,estimate,isSingular,pValue
        days,1,45.8534,10.46728,false,3.264e-06
        "a, ""b""\",12,,0.25,true,

        """)
  }

  @Test("JSON: a member per table, an object per row")
  func json() {
    let text = TableFormat.json.text(of: [table])
    #expect(text.contains(#""tests": ["#))
    #expect(text.contains(#""statistic": 45.8534,"#))
    #expect(text.contains(#""pValue": null"#))
    #expect(text.contains(#""notes": ["By REML."]"#))
  }

  @Test("Markdown: a title, numbers to the right, and characters of Markdown's own escaped")
  func markdown() {
    #expect(
      TableFormat.markdown.text(of: [table]) == """
        **Tests of terms**

        | Term | DF | F | Estimate | Singular | Pr(>F) |
        | :-- | --: | --: | --: | --: | --: |
        | days | 1 | 45.85 | 10.4673 | no | \\<1e-05 |
        | a, "b" | 12 | . | 0.25 | yes | . |

        By REML.

        """)
  }

  @Test("Sizes and times have units for people, and none for programs")
  func units() {
    var table = ResultTable(
      "sizes",
      columns: [.init("bytes", "Bytes", .bytes), .init("seconds", "Time", .seconds)])
    table.append([.integer(20_000_800_000), .number(0.212)])
    table.append([.integer(96), .missing])
    #expect(
      TableFormat.text.text(of: [table]) == """
        ───────────────
          Bytes    Time
        ───────────────
        20.0 GB  212 ms
           96 B       .
        ───────────────

        """)
    #expect(TableFormat.csv.text(of: [table]) == "bytes,seconds\n20000800000,0.212\n96,\n")
  }

  @Test("An unknown format is refused with those there are")
  func unknownFormat() {
    #expect {
      _ = try TableFormat.named("jsn")
    } throws: {
      "\($0)".contains("jsn") && "\($0)".contains("text, csv, json")
    }
  }
}
