// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import DataTables

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

@Suite("Numbers in text")
struct DecimalTextTests {
  private func number(_ text: String) -> Double? {
    var text = text + "x"
    // The byte after the text must not be read as part of it.
    return text.withUTF8 { utf8 in
      utf8.baseAddress.flatMap { DecimalText.number($0, count: utf8.count - 1) }
    }
  }

  private func expectNearest(_ text: String) {
    #expect(number(text)?.bitPattern == strtod(text, nil).bitPattern, "\(text)")
  }

  @Test(
    "Numbers that are hard to round are read as strtod reads them",
    arguments: [
      "0", "-0", "0.0", "1", "1.", ".5", "+5", "-1.5e3", "1E5", "1e+05", "007", "0.000",
      "9007199254740993", "9007199254740992", "9007199254740991", "9007199254740995",
      "9007199254740993.0", "9007199254740992.5", "90071992547409930e-1", "1e22", "1e23", "3e-22",
      "8.5e22", "1.7976931348623157e308", "1.7976931348623159e308", "4.9406564584124654e-324",
      "2.4703282292062327e-324", "2.4703282292062328e-324", "2.2250738585072011e-308",
      "2.2250738585072014e-308", "0.1", "0.30000000000000004", "123456789012345678",
      "1234567890123456789", "12345678901234567890", "9999999999999999999", "0.00000000000000001",
      "1.2345678901234567e-05", "18446744073709551615", "18446744073709551616", "1e-999", "1e999",
      "1e99999999999999999999", "-1e-99999999999999999999", "6.02214076e23", "5e-324",
      "0.500000000000000166533453693773481063544750213623046875",
      "3.518437208883201171875e13", "62.5364939768271845828", "8.10109172351e-10",
      "1.50000000000000011102230246251565", "9007199254740993e27", "9007199254740993e-27",
      "18014398509481990e27", "1000000000000000000000000000000000000000000000000e-48",
    ])
  func hard(_ text: String) { expectNearest(text) }

  @Test("Random numbers of every length and size are read as strtod reads them")
  func random() {
    var generator = SplitMix(seed: 1)
    for _ in 0..<20_000 {
      var digits = ""
      for _ in 0..<Int.random(in: 1...21, using: &generator) {
        digits.append(String(Int.random(in: 0...9, using: &generator)))
      }
      let point = Int.random(in: 0...digits.count, using: &generator)
      digits.insert(".", at: digits.index(digits.startIndex, offsetBy: point))
      expectNearest("\(digits)e\(Int.random(in: -45...45, using: &generator))")
    }
  }

  @Test("Numbers halfway between two doubles, and their neighbours, go to the even one")
  func halfway() {
    var generator = SplitMix(seed: 2)
    for _ in 0..<5_000 {
      // A double below 2^54 with its half step is a whole number below 2^55, and shifting the
      // decimal point by a power of ten in the text keeps it at most 19 digits.
      let odd = UInt64.random(in: 1 << 53..<1 << 54, using: &generator) | 1
      for whole in [odd - 1, odd, odd + 1] {
        expectNearest("\(whole)")
        expectNearest("\(whole * 5)e-1")
        expectNearest("\(whole * 25).0e-2")
        expectNearest("\(whole)e\(Int.random(in: -27...27, using: &generator))")
      }
    }
  }

  @Test("The shortest text of a double reads back to it")
  func roundTrip() {
    var generator = SplitMix(seed: 3)
    for _ in 0..<20_000 {
      let value = Double(bitPattern: generator.next())
      guard value.isFinite else { continue }
      #expect(number(value.description)?.bitPattern == value.bitPattern)
      let moderate = Double.random(in: -1000...1000, using: &generator)
      #expect(number(moderate.description)?.bitPattern == moderate.bitPattern)
    }
  }

  @Test("Infinity is a number in any letter case")
  func infinity() {
    for text in ["inf", "Inf", "INF", "+inf", "infinity", "Infinity", "INFINITY"] {
      #expect(number(text) == .infinity)
      #expect(number("-" + text.filter { $0 != "+" }) == -.infinity)
    }
  }

  @Test(
    "Other text is no number",
    arguments: [
      "", "-", "+", ".", "e5", "1e", "1e+", "1e5.0", "1.2.3", "0x10", "0x1p3", "1_000", "1,5", "nan",
      "NaN", "in", "infi", "infinityy", "--1", "+-1", "1 2", "1f", "\u{FF11}", ".e1", ".inf",
    ])
  func notNumbers(_ text: String) { #expect(number(text) == nil) }
}
