// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import Testing

@testable import DataTables

@Suite("Random text")
struct RandomTextTests {
  /// A random text that quotes must protect, or not.
  private func randomText(_ generator: inout SplitMix) -> String {
    let pieces = [
      "a", "b", "é", "東", ",", "\n", "\r", "\r\n", "\"", "\"\"", " ", "\t", "1", "NA", ";", "",
    ]
    let count = Int.random(in: 0...4, using: &generator)
    return (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
  }

  @Test("Tables written after RFC 4180 are read back as they were")
  func roundTrip() throws {
    var generator = SplitMix(seed: 5)
    for _ in 0..<300 {
      let rowCount = Int.random(in: 1...30, using: &generator)
      let lineEnd = ["\n", "\r\n", "\r"].randomElement(using: &generator) ?? "\n"
      let numbers = (0..<rowCount).map { _ in
        Int.random(in: 0...4, using: &generator) == 0
          ? nil : Double.random(in: -1e6...1e6, using: &generator)
      }
      // The first text makes sure that the column is not one of numbers.
      var texts: [String?] = (1..<max(rowCount, 2)).map { _ in
        Int.random(in: 0...4, using: &generator) == 0 ? nil : randomText(&generator)
      }
      texts = Array((texts + ["text"]).suffix(rowCount)).shuffled(using: &generator)

      var text = "g,x,\"h, too\"" + lineEnd
      for row in 0..<rowCount {
        let cell = texts[row].map { "\"" + $0.replacing("\"", with: "\"\"") + "\"" } ?? "NA"
        text += "\(cell),\(numbers[row].map(\.description) ?? ""),\(cell)"
        if row < rowCount - 1 || Bool.random(using: &generator) { text += lineEnd }
      }
      let table = try DataTable(delimitedText: text)
      #expect(table.rowCount == rowCount)
      #expect(try table.texts("g") == texts)
      #expect(try table.texts("h, too") == texts)
      #expect(try table.numbers("x").map { $0.isNaN ? nil : $0 } == numbers)
    }
  }

  /// Reads damaged copies of `bytes`: either a table or the one error comes of it.
  private func mutate(_ bytes: [UInt8], times: Int, seed: UInt64) {
    var generator = SplitMix(seed: seed)
    let hostile = Array("\",\n\r\0 1e.-\u{FEFF}".utf8) + [0xFF, 0x80, 0xC3, 0x1F, 0x8B]
    for _ in 0..<times {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let at = Int.random(in: 0..<max(damaged.count, 1), using: &generator)
        switch Int.random(in: 0...4, using: &generator) {
        case 0 where !damaged.isEmpty: damaged[at] = UInt8.random(in: 0...255, using: &generator)
        case 1 where !damaged.isEmpty: damaged.remove(at: at)
        case 2: damaged.removeLast(damaged.count - at)
        case 3 where !damaged.isEmpty:
          damaged[at] ^= 1 << UInt8.random(in: 0...7, using: &generator)
        default:
          damaged.insert(hostile.randomElement(using: &generator) ?? 0, at: min(at, damaged.count))
        }
      }
      do {
        let table = try DataTable(delimitedText: damaged, source: "damaged")
        for name in table.columnNames { #expect(table[name]?.count == table.rowCount) }
        #expect(!table.describe().description.isEmpty)
      } catch {
        #expect(!error.problem.isEmpty)
      }
    }
  }

  private let example = Array(
    "id,g,x,\"long \"\"name\"\"\"\n1,a,1.5,é\n2,\"b,\nc\",NA,\"\"\r\n3,NA,1e-3,東京\n,\"\",inf,x\n"
      .utf8)

  @Test("Damaged text is read or refused")
  func damagedText() { mutate(example, times: 5_000, seed: 6) }

  @Test("Damaged gzip data are read or refused")
  func damagedGzip() throws { mutate(try gzipped(example), times: 5_000, seed: 7) }
}
