// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

extension TailLayout {
  /// Writes, for every row of a supernode, its place in a column of it: the entry of `places` at the
  /// row's position.
  func placeRows(of supernode: Supernode, in places: UnsafeMutablePointer<Int32>) {
    let n = supernode.columnCount
    for i in 0..<n { places[supernode.first + i] = Int32(i) }
    rows.withUnsafeBufferPointer { rows in
      for (i, row) in supernode.rows.enumerated() { places[Int(rows[row])] = Int32(n + i) }
    }
  }

  /// Calls `body` with the positions of a supernode's rows.
  @inline(__always)
  func withPositions(of supernode: Supernode, _ body: (UnsafePointer<Int32>) -> Void) {
    rows.withUnsafeBufferPointer { rows in
      guard let rows = rows.baseAddress else { return }
      body(rows + supernode.rows.lowerBound)
    }
  }

  /// The column that a row of a supernode is in the supernode which owns it: where it begins,
  /// counted from the first value of the tail, and the places in it of this row and of all after it.
  ///
  /// - Parameters:
  ///   - positions: those of the supernode's rows.
  ///   - owner: the supernode that owned the last row asked for, at first none: -1.
  ///   - scratch: room for the places.
  @inline(__always)
  func column(
    ofRow row: Int, of supernode: Supernode, positions: UnsafePointer<Int32>, owner: inout Int,
    scratch: UnsafeMutablePointer<Int32>
  ) -> (start: Int, places: UnsafePointer<Int32>) {
    let position = Int(positions[row])
    let ownerNow = Int(owners[position])
    let other = supernodes[ownerNow]
    let start = other.start + (position - other.first) * other.leadingDimension
    // A trailing supernode has all rows: their places follow from their positions.
    if ownerNow >= sparseSupernodeCount { return (start - other.first, positions) }
    if ownerNow != owner {
      owner = ownerNow
      placeRows(of: supernode, from: row, within: other, in: scratch)
    }
    return (start, UnsafePointer(scratch))
  }

  /// The places that the rows of one supernode have in a column of another: from the given row on,
  /// which is a column of the other.
  private func placeRows(
    of supernode: Supernode, from first: Int, within other: Supernode,
    in places: UnsafeMutablePointer<Int32>
  ) {
    rows.withUnsafeBufferPointer { rows in
      let columnEnd = other.first + other.columnCount
      var next = other.rows.lowerBound
      for row in first..<supernode.rows.count {
        let position = rows[supernode.rows.lowerBound + row]
        if Int(position) < columnEnd {
          places[row] = position - Int32(other.first)
        } else {
          while rows[next] < position { next += 1 }
          places[row] = Int32(other.columnCount + next - other.rows.lowerBound)
        }
      }
    }
  }
}
