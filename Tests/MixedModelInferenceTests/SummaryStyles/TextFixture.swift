// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A file of what R prints, whose first line names the versions and whose name is also that of the
/// script that wrote it.
enum TextFixture {
  static func text(_ name: String) throws -> String {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "txt"))
    return try String(contentsOf: url, encoding: .utf8)
  }

  /// The lines that begin with a word, cut at tabs, without it.
  static func rows(_ name: String, _ word: String) throws -> [[String]] {
    let rows = try text(name).split(separator: "\n").map {
      $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
    return rows.filter { $0[0] == word }.map { Array($0.dropFirst()) }
  }

  /// What stands below a heading `=== NAME`, without the end of the last line.
  static func section(_ name: String, of file: String) throws -> String {
    let text = try text(file)
    let start = try #require(text.range(of: "=== \(name)\n"))
    let rest = text[start.upperBound...]
    return String(rest[..<(rest.range(of: "\n===")?.lowerBound ?? rest.endIndex)])
      .trimmingCharacters(in: .newlines)
  }
}
