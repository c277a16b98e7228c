// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// A JSON document (RFC 8259) to be written.
package indirect enum JSONValue: Sendable {
  case null
  case boolean(Bool)
  case integer(Int)
  /// A number that is not finite is written as null: JSON has no other word for it.
  case number(Double)
  case string(String)
  case array([JSONValue])
  /// Members in the order in which they are written.
  case object([(key: String, value: JSONValue)])

  package init(_ number: Double?) { self = number.map(JSONValue.number) ?? .null }
  package init(_ strings: [String]) { self = .array(strings.map(JSONValue.string)) }
  package init(_ numbers: [Double]) { self = .array(numbers.map(JSONValue.number)) }
}

extension JSONValue {
  /// The document with a line per member, and a line per array of plain values.
  package var text: String {
    var text = ""
    write(to: &text, indentation: 0)
    return text
  }

  private static let step = 2

  private func write(to text: inout String, indentation: Int) {
    switch self {
    case .null: text += "null"
    case .boolean(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    // The description of a double is the shortest text that reads back to it, and valid JSON.
    case .number(let value): text += value.isFinite ? value.description : "null"
    case .string(let value): Self.write(value, to: &text)
    case .array(let values):
      let isLong = values.contains { $0.isContainer }
      Self.write(values, between: ("[", "]"), isLong, to: &text, indentation) {
        $0.write(to: &$1, indentation: $2)
      }
    case .object(let members):
      Self.write(members, between: ("{", "}"), true, to: &text, indentation) {
        Self.write($0.key, to: &$1)
        $1 += ": "
        $0.value.write(to: &$1, indentation: $2)
      }
    }
  }

  private var isContainer: Bool {
    switch self {
    case .array, .object: true
    default: false
    }
  }

  private static func write<Element>(
    _ elements: [Element], between brackets: (String, String), _ isLong: Bool,
    to text: inout String, _ indentation: Int,
    writing: (Element, inout String, Int) -> Void
  ) {
    func startLine(_ width: Int) { text += "\n" + String(repeating: " ", count: width) }
    text += brackets.0
    for (index, element) in elements.enumerated() {
      if index > 0 { text += isLong ? "," : ", " }
      if isLong { startLine(indentation + step) }
      writing(element, &text, indentation + step)
    }
    if isLong, !elements.isEmpty { startLine(indentation) }
    text += brackets.1
  }

  private static func write(_ string: String, to text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
