// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The distinct texts of a column, numbered in the order in which they were first met.
///
/// An open-addressing hash table over UTF-8 bytes: looking up a text that is already there
/// allocates nothing.
package struct LevelPool: Sendable {
  /// The texts one after the other; text `i` ends where `ends[i]` says.
  private var bytes: [UInt8] = []
  private var ends: [Int] = []
  private var hashes: [UInt32] = []
  /// A power of two of slots, each the number of a text or -1; at most half of them are taken.
  private var slots = [Int32](repeating: -1, count: 64)

  package init() {}

  package var count: Int { ends.count }

  /// The number of the text at `start`, added if it is new.
  /// - Complexity: O(count of bytes).
  mutating func number(of start: UnsafePointer<UInt8>, count: Int) -> Int32 {
    let hash = Self.hash(start, count: count)
    var slot = Int(hash) & (slots.count - 1)
    while true {
      let candidate = slots[slot]
      if candidate < 0 { break }
      if hashes[Int(candidate)] == hash, holds(start, count: count, at: Int(candidate)) {
        return candidate
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    let number = Int32(ends.count)
    slots[slot] = number
    bytes.append(contentsOf: UnsafeBufferPointer(start: start, count: count))
    ends.append(bytes.count)
    hashes.append(hash)
    if ends.count * 2 > slots.count { grow() }
    return number
  }

  /// The number of the given text, added if it is new.
  mutating func number(of text: String) -> Int32 {
    var text = text
    return text.withUTF8 { utf8 in
      // An empty buffer may have no address; any valid one serves for no bytes.
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1) { spare in
        guard let start = utf8.baseAddress ?? spare.baseAddress.map({ UnsafePointer($0) }) else {
          return -1
        }
        return number(of: start, count: utf8.count)
      }
    }
  }

  /// The number here of each text of another pool, added if it is new, in the order of that pool.
  package mutating func numbers(of other: LevelPool) -> [Int32] {
    other.bytes.withUnsafeBufferPointer { bytes in
      // Texts without any byte have no address of their own; any valid one serves for them.
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1) { spare in
        guard let base = bytes.baseAddress ?? spare.baseAddress.map({ UnsafePointer($0) }) else {
          return []
        }
        return (0..<other.count).map { index in
          let range = other.range(index)
          return number(of: base + range.lowerBound, count: range.count)
        }
      }
    }
  }

  /// The number here of one text of another pool, added if it is new.
  package mutating func number(of other: LevelPool, at index: Int) -> Int32 {
    let range = other.range(index)
    return other.bytes.withUnsafeBufferPointer { bytes in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1) { spare in
        guard let base = bytes.baseAddress ?? spare.baseAddress.map({ UnsafePointer($0) }) else {
          return -1
        }
        return number(of: base + range.lowerBound, count: range.count)
      }
    }
  }

  /// The texts in the order of their numbers.
  package var texts: [String] {
    (0..<count).map { String(decoding: bytes[range($0)], as: UTF8.self) }
  }

  private func holds(_ start: UnsafePointer<UInt8>, count: Int, at index: Int) -> Bool {
    let range = self.range(index)
    guard range.count == count else { return false }
    return bytes.withUnsafeBufferPointer { bytes in
      for i in 0..<count where bytes[range.lowerBound + i] != start[i] { return false }
      return true
    }
  }

  private func range(_ index: Int) -> Range<Int> {
    (index == 0 ? 0 : ends[index - 1])..<ends[index]
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: slots.count * 4)
    for (number, hash) in hashes.enumerated() {
      var slot = Int(hash) & (slots.count - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(number)
    }
  }

  /// Multiplication by an odd constant moves what the words differ in to the high bits, and the
  /// shift brings it back to the low ones, which choose the slot.
  @inline(__always)
  private static func hash(_ start: UnsafePointer<UInt8>, count: Int) -> UInt32 {
    let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15
    var hash = UInt64(truncatingIfNeeded: count) &* multiplier
    var i = 0
    while i + 8 <= count {
      let word = UnsafeRawPointer(start + i).loadUnaligned(as: UInt64.self)
      hash = (hash ^ word) &* multiplier
      hash ^= hash >> 32
      i += 8
    }
    var rest: UInt64 = 0
    while i < count {
      rest = rest << 8 | UInt64(start[i])
      i += 1
    }
    hash = (hash ^ rest) &* multiplier
    return UInt32(truncatingIfNeeded: hash ^ hash >> 32)
  }
}

// MARK: - Ordered levels

extension LevelPool {
  /// The texts in the default order of levels, and for each text by its number its place there.
  ///
  /// The order is numeric if every text is a number, otherwise by Unicode code point. Texts that
  /// differ only in how Unicode composes their characters are one level, as they are one string.
  package func ordered() -> (levels: [String], places: [Int32]) {
    var levels: [String] = []
    levels.reserveCapacity(count)
    var places = [Int32](repeating: 0, count: count)
    var placeOfText: [String: Int32] = [:]
    let isASCII = bytes.allSatisfy { $0 < 0x80 }
    for index in sortedIndices() {
      let level = String(decoding: bytes[range(index)], as: UTF8.self)
      if !isASCII {
        if let place = placeOfText[level] {
          places[index] = place
          continue
        }
        placeOfText[level] = Int32(levels.count)
      }
      places[index] = Int32(levels.count)
      levels.append(level)
    }
    return (levels, places)
  }

  private func sortedIndices() -> [Int] {
    bytes.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return Array(ends.indices) }
      func precedes(_ left: Int, _ right: Int) -> Bool {
        let left = UnsafeBufferPointer(rebasing: bytes[range(left)])
        let right = UnsafeBufferPointer(rebasing: bytes[range(right)])
        return left.lexicographicallyPrecedes(right)
      }
      var numbers: [Double] = []
      for index in ends.indices {
        let range = range(index)
        let number = DecimalText.number(base + range.lowerBound, count: range.count)
        guard let number else { return ends.indices.sorted(by: precedes) }
        numbers.append(number)
      }
      return ends.indices.sorted { left, right in
        numbers[left] == numbers[right]
          ? precedes(left, right) : numbers[left] < numbers[right]
      }
    }
  }
}
