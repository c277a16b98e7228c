// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// One line of comma-separated text as its fields (RFC 4180).
struct CSVRecord {
  let fields: [String]

  /// The fields of the text, or `nil` if a quote is not closed or is followed by text.
  init?(_ text: String) {
    var fields: [String] = []
    var field = ""
    var rest = text.unicodeScalars[...]
    while true {
      if rest.first == "\"" {
        guard let (quoted, after) = Self.quoted(rest.dropFirst()) else { return nil }
        guard after.isEmpty || after.first == "," else { return nil }
        field = quoted
        rest = after
      } else {
        let end = rest.firstIndex(of: ",") ?? rest.endIndex
        field = String(rest[..<end])
        rest = rest[end...]
      }
      fields.append(field)
      guard rest.first == "," else { break }
      rest = rest.dropFirst()
    }
    self.fields = fields
  }

  /// The text up to the closing quote, where two quotes are one, and what follows it.
  private static func quoted(
    _ text: Substring.UnicodeScalarView
  ) -> (field: String, rest: Substring.UnicodeScalarView)? {
    var field = ""
    var rest = text
    while let quote = rest.firstIndex(of: "\"") {
      field += String(rest[..<quote])
      rest = rest[rest.index(after: quote)...]
      guard rest.first == "\"" else { return (field, rest) }
      field += "\""
      rest = rest.dropFirst()
    }
    return nil
  }
}
