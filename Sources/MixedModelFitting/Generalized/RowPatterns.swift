// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// Which rows of a design have the same linear predictor whatever the parameters: the same levels,
/// random-effects covariates, fixed-effects row and offset, bit for bit; and the same values of
/// further columns, if such are given.
struct RowPatterns: Sendable {
  /// For each row, the number of its pattern; patterns are numbered as they first appear.
  let patternOfRow: [Int32]
  /// For each pattern, the first row that has it.
  let firstRows: [Int]

  var count: Int { firstRows.count }

  /// - Parameter additional: columns, one value per row, in which the rows of a pattern agree, too.
  /// - Complexity: O(n (p + Σ k)): one pass over the columns, and comparisons within patterns.
  init(_ rows: DesignRows, additional: [[Double]] = []) {
    let columns = additional + (rows.offset.map { [$0] } ?? [])
    let hashes = Self.hashes(rows, columns)
    // At most half of the slots are taken, so that probes are short.
    var slotBits = 4
    while 1 << slotBits < 2 * rows.rowCount { slotBits += 1 }
    let mask = 1 << slotBits - 1
    var slots = [Int32](repeating: -1, count: mask + 1)
    var patternOfRow = [Int32](repeating: 0, count: rows.rowCount)
    var firstRows: [Int] = []
    for row in 0..<rows.rowCount {
      // The upper bits of a product depend on all bits of its factors.
      var slot = Int(truncatingIfNeeded: (hashes[row] &* Self.multiplier) >> (64 - slotBits))
      while true {
        let pattern = slots[slot]
        if pattern < 0 {
          slots[slot] = Int32(firstRows.count)
          patternOfRow[row] = Int32(firstRows.count)
          firstRows.append(row)
          break
        }
        let first = firstRows[Int(pattern)]
        if hashes[first] == hashes[row], rows.haveSamePredictors(first, row),
          columns.allSatisfy({ $0[first].bitPattern == $0[row].bitPattern })
        {
          patternOfRow[row] = pattern
          break
        }
        slot = (slot + 1) & mask
      }
    }
    self.patternOfRow = patternOfRow
    self.firstRows = firstRows
  }

  /// 2⁶⁴ over the golden ratio: Knuth, *The Art of Computer Programming*, volume 3, section 6.4.
  private static let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// A number for each row, equal for equal rows. Each step is one-to-one, so that rows which
  /// differ in one place only never share a number.
  private static func hashes(_ rows: DesignRows, _ columns: [[Double]]) -> [UInt64] {
    let n = rows.rowCount
    var hashes = [UInt64](repeating: 0, count: n)
    hashes.withUnsafeMutableBufferPointer { hashes in
      func add(_ word: UInt64, to row: Int) {
        let product = (hashes[row] ^ word) &* multiplier
        hashes[row] = product ^ product >> 32
      }
      for term in rows.terms {
        let k = term.dimension
        term.levelCodes.withUnsafeBufferPointer { codes in
          for row in 0..<n { add(UInt64(UInt32(bitPattern: codes[row])), to: row) }
        }
        term.values.withUnsafeBufferPointer { values in
          for row in 0..<n {
            for j in 0..<k { add(values[row * k + j].bitPattern, to: row) }
          }
        }
      }
      rows.fixedEffects.values.withUnsafeBufferPointer { values in
        for j in 0..<rows.fixedEffects.columnCount {
          for row in 0..<n { add(values[row + j * n].bitPattern, to: row) }
        }
      }
      for column in columns {
        for row in 0..<n { add(column[row].bitPattern, to: row) }
      }
    }
    return hashes
  }
}

extension DesignRows {
  /// Whether two rows agree in levels and covariates, bit for bit.
  fileprivate func haveSamePredictors(_ first: Int, _ second: Int) -> Bool {
    for term in terms {
      guard term.levelCodes[first] == term.levelCodes[second] else { return false }
      let k = term.dimension
      for j in 0..<k {
        guard term.values[first * k + j].bitPattern == term.values[second * k + j].bitPattern
        else { return false }
      }
    }
    for j in 0..<fixedEffects.columnCount {
      guard fixedEffects[first, j].bitPattern == fixedEffects[second, j].bitPattern else {
        return false
      }
    }
    return true
  }
}
