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

  /// Where the column begins that a row of a supernode is in the supernode which owns it, counted
  /// from the first value of the tail.
  ///
  /// - Parameters:
  ///   - owner: the supernode that owned the last row asked for, at first none: -1.
  ///   - places: receives the places in the column of this row and of all after it.
  @inline(__always)
  func columnStart(
    ofRow row: Int, of supernode: Supernode, owner: inout Int,
    places: UnsafeMutablePointer<Int32>
  ) -> Int {
    let position = Int(rows[supernode.rows.lowerBound + row])
    let other = supernodes[Int(owners[position])]
    if Int(owners[position]) != owner {
      owner = Int(owners[position])
      placeRows(of: supernode, from: row, within: other, in: places)
    }
    return other.start + (position - other.first) * other.leadingDimension
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
