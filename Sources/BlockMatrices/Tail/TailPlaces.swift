// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// Where the block of two levels stands in a factor's values: entry (i, j) is at
/// `offset + i * rowStride + j * columnStride`.
package struct BlockPlace: Sendable {
  package let offset: Int
  package let rowStride: Int
  package let columnStride: Int
}

extension CholeskyLayout {
  /// Where the diagonal block of a level stands, its lower triangle at least.
  @inline(__always)
  package func diagonalPlace(ofTerm term: Int, level: Int) -> BlockPlace {
    let shape = matrix.terms[term]
    let k = shape.dimension
    if term < sparseTermCount {
      return BlockPlace(
        offset: diagonalStart[term] + level * k * k, rowStride: 1, columnStride: k)
    }
    let position = Int(tail.positions[shape.start + level * k - sparseCount])
    let supernode = tail.supernodes[Int(tail.owners[position])]
    return BlockPlace(
      offset: tailStart + tail.diagonals[position], rowStride: 1,
      columnStride: supernode.leadingDimension)
  }

  /// Where the border's rows of a random effect begin.
  @inline(__always)
  func borderPlace(of effect: Int) -> Int {
    if effect < sparseCount { return borderStart + effect * matrix.borderCount }
    return tailBorderPlace(ofPosition: Int(tail.positions[effect - sparseCount]))
  }

  /// Where the border's rows of a position of the tail begin.
  @inline(__always)
  func tailBorderPlace(ofPosition position: Int) -> Int {
    let supernode = tail.supernodes[Int(tail.owners[position])]
    return tailStart + supernode.start
      + (position - supernode.first + 1) * supernode.leadingDimension - matrix.borderCount
  }

  /// Where an entry of the border's own block stands; `row >= column`.
  @inline(__always)
  func cornerPlace(_ row: Int, _ column: Int) -> Int {
    tailStart + tail.diagonals[tailCount + column] + row - column
  }

  /// Calls `body` for each block of two terms, in the order of their pattern, with where it stands.
  /// Its rows are those of the later term.
  @inline(__always)
  package func forEachBlock(
    _ later: Int, _ earlier: Int, _ body: (_ entry: Int, BlockPlace) -> Void
  ) {
    let pair = matrix.pairIndex(later, earlier)
    let pattern = matrix.patterns[pair]
    let k = matrix.terms[earlier].dimension
    if earlier < sparseTermCount {
      let positions = pairPositions[pair]
      for level in 0..<matrix.terms[earlier].levelCount {
        let panel = panelOffset(term: earlier, node: nodeStart[earlier] + level)
        for entry in pattern.starts[level]..<pattern.starts[level + 1] {
          body(
            entry,
            BlockPlace(
              offset: panel + Int(positions[entry]) * k, rowStride: k, columnStride: 1))
        }
      }
      return
    }
    let rowStart = matrix.terms[later].start - sparseCount
    let columnStart = matrix.terms[earlier].start - sparseCount
    let m = matrix.terms[later].dimension
    let offsets = tailPairOffsets[pair]
    for level in 0..<matrix.terms[earlier].levelCount {
      let column = Int(tail.positions[columnStart + level * k])
      for entry in pattern.starts[level]..<pattern.starts[level + 1] {
        let row = Int(tail.positions[rowStart + Int(pattern.levels[entry]) * m])
        let supernode = tail.supernodes[Int(tail.owners[min(row, column)])]
        let stride = supernode.leadingDimension
        let offset = tailStart + offsets[entry]
        // Only one of the two blocks that mirror each other is stored.
        body(
          entry,
          row > column
            ? BlockPlace(offset: offset, rowStride: 1, columnStride: stride)
            : BlockPlace(offset: offset, rowStride: stride, columnStride: 1))
      }
    }
  }
}

extension TailLayout {
  /// For each pair of terms that both belong to the tail, where the blocks of their pattern begin,
  /// counted from the first value of the tail.
  func pairOffsets(_ matrix: BlockLayout, firstTerm: Int, sparseCount: Int) -> [[Int]] {
    var result: [[Int]] = []
    for later in matrix.terms.indices {
      for earlier in 0..<later {
        guard earlier >= firstTerm else {
          result.append([])
          continue
        }
        let pattern = matrix.patterns[matrix.pairIndex(later, earlier)]
        let rowShape = matrix.terms[later]
        let columnShape = matrix.terms[earlier]
        var offsets: [Int] = []
        offsets.reserveCapacity(pattern.levels.count)
        for level in 0..<columnShape.levelCount {
          let column = positions[columnShape.start + level * columnShape.dimension - sparseCount]
          for other in pattern.levels[pattern.starts[level]..<pattern.starts[level + 1]] {
            let row = positions[rowShape.start + Int(other) * rowShape.dimension - sparseCount]
            offsets.append(offset(row: Int(max(row, column)), column: Int(min(row, column))))
          }
        }
        result.append(offsets)
      }
    }
    return result
  }

  /// Where the entry of two positions stands, counted from the first value of the tail.
  private func offset(row: Int, column: Int) -> Int {
    let supernode = supernodes[Int(owners[column])]
    let start = supernode.start + (column - supernode.first) * supernode.leadingDimension
    if row < supernode.first + supernode.columnCount { return start + row - supernode.first }
    let place = rows.lowerBound(
      of: Int32(row), from: supernode.rows.lowerBound, to: supernode.rows.upperBound)
    return start + supernode.columnCount + place - supernode.rows.lowerBound
  }
}
