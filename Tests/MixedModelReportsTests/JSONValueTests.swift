// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MixedModelReports

@Suite("JSON text")
struct JSONValueTests {
  @Test("Strings are escaped as RFC 8259 asks")
  func escapes() {
    let text = JSONValue.string("a\"b\\c\n\r\t\u{01}\u{1F}é€\u{1F600}\r\n").text
    #expect(text == #""a\"b\\c\n\r\t\u0001\u001fé€😀\r\n""#)
  }

  @Test("Numbers read back to themselves, and those that are not finite are null")
  func numbers() {
    for value in [0.1, 1e-300, 1.7976931348623157e308, 5, -0.0, 319.65427684225943] {
      #expect(Double(JSONValue.number(value).text) == value)
    }
    #expect(JSONValue([.nan, .infinity, 1]).text == "[null, null, 1.0]")
    #expect(JSONValue(nil as Double?).text == "null")
  }

  @Test("Members keep their order, plain arrays their line")
  func layout() {
    let value = JSONValue.object([
      ("b", .array([])), ("a", JSONValue(["x", "y"])), ("n", .array([JSONValue([1.5])])),
      ("e", .object([])), ("t", .boolean(true)), ("i", .integer(3)),
    ])
    #expect(
      value.text == """
        {
          "b": [],
          "a": ["x", "y"],
          "n": [
            [1.5]
          ],
          "e": {},
          "t": true,
          "i": 3
        }
        """)
  }
}
