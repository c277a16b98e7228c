// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables

/// A number that tells one column of data from another: the same for the same values in the same
/// order, however they were read.
///
/// It is the 64-bit FNV-1a hash of eight bytes per row, the lowest first: of a number its bits, with
/// one zero only, and of a category the FNV-1a hash of its text in UTF-8. It guards against mistakes,
/// not against malice.
///
/// Source: G. Fowler, L. C. Noll & K.-P. Vo, the hash FNV-1a with 64 bits.
struct ColumnDigest: Sendable, Hashable {
  /// The values as what they were taken.
  enum Kind: String, Sendable, Codable {
    case numbers
    case categories
  }

  let kind: Kind
  let value: UInt64

  init(kind: Kind, value: UInt64) {
    self.kind = kind
    self.value = value
  }

  /// The digest of a column taken as numbers or as categories; `nil` if it has no numbers.
  /// - Complexity: O(rows + levels).
  init?(_ column: Column, as kind: Kind) {
    var hash = FNVHash()
    switch kind {
    case .numbers:
      guard case .numeric(let numbers) = column else { return nil }
      // Adding zero makes a negative zero positive.
      for value in numbers.values { hash.append((value + 0).bitPattern) }
    case .categories:
      let categories = column.asCategorical()
      let levels = categories.levels.map { level in
        var hash = FNVHash()
        for byte in level.utf8 { hash.append(byte) }
        return hash.value
      }
      for code in categories.codes { hash.append(code < 0 ? 0 : levels[Int(code)]) }
    }
    self.init(kind: kind, value: hash.value)
  }
}

/// The FNV-1a hash of the bytes appended.
private struct FNVHash {
  private static let offsetBasis: UInt64 = 0xCBF2_9CE4_8422_2325
  private static let prime: UInt64 = 0x0000_0100_0000_01B3

  private(set) var value = Self.offsetBasis

  mutating func append(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* Self.prime }

  mutating func append(_ word: UInt64) {
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      append(UInt8(truncatingIfNeeded: word >> shift))
    }
  }
}

// MARK: - The columns of a model

extension ModelDesign {
  /// What a column's values are to the model.
  func kind(ofColumn name: String) -> ColumnDigest.Kind {
    if name == weights || name == frequencyWeights || name == offset { return .numbers }
    return schema.variables[name] == .numeric ? .numbers : .categories
  }

  /// The columns whose values are names to the model, not numbers: those that are read as text, so
  /// that `01` stays what it is.
  package var categoricalColumns: Set<String> {
    Set(columnNames.filter { kind(ofColumn: $0) == .categories })
  }
}
