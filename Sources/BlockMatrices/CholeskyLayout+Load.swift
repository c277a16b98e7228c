// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

extension CholeskyLayout {
  /// Writes `Λ'AΛ + I` and its border into the places of the factor, fill as zeros.
  func load(
    _ a: UnsafePointer<Double>, lambda: UnsafePointer<Double>,
    into l: UnsafeMutablePointer<Double>
  ) {
    let scratchCount = 2 * matrix.largestDimension * matrix.largestDimension
    withUnsafeTemporaryAllocation(of: Double.self, capacity: scratchCount) { scratch in
      guard let scratch = scratch.baseAddress else { return }
      clear(l)
      loadDiagonals(a, lambda: lambda, into: l, scratch: scratch)
      for later in matrix.terms.indices {
        for earlier in 0..<later {
          if earlier < sparseTermCount {
            loadPanels(later, earlier, a, lambda: lambda, into: l, scratch: scratch)
          } else {
            loadTailBlocks(later, earlier, a, lambda: lambda, into: l, scratch: scratch)
          }
        }
      }
      loadBorder(a, lambda: lambda, into: l)
    }
  }

  /// Zeros wherever an entry may be fill. The first term's panels have none.
  private func clear(_ l: UnsafeMutablePointer<Double>) {
    if sparseTermCount > 1 {
      (l + panelStart[1]).update(repeating: 0, count: borderStart - panelStart[1])
    }
    (l + tailStart).update(repeating: 0, count: tail.valueCount)
  }

  private func loadDiagonals(
    _ a: UnsafePointer<Double>, lambda: UnsafePointer<Double>,
    into l: UnsafeMutablePointer<Double>, scratch: UnsafeMutablePointer<Double>
  ) {
    for term in matrix.terms.indices {
      withConstant(matrix.terms[term].dimension) {
        loadDiagonal(term, dimension: $0, a, lambda: lambda, into: l, scratch: scratch)
      }
    }
  }

  @inline(__always)
  private func loadDiagonal(
    _ term: Int, dimension k: Int, _ a: UnsafePointer<Double>, lambda: UnsafePointer<Double>,
    into l: UnsafeMutablePointer<Double>, scratch: UnsafeMutablePointer<Double>
  ) {
    let shape = matrix.terms[term]
    let factor = lambda + matrix.factorStart[term]
    let source = a + matrix.diagonalStart[term]
    if term < sparseTermCount {
      let target = l + diagonalStart[term]
      for level in 0..<shape.levelCount {
        let block = target + level * k * k
        scaleBlock(
          source + level * k * k, left: factor, k, right: factor, k, into: block, scratch: scratch)
        for i in 0..<k { block[i + i * k] += 1 }
      }
    } else {
      let block = scratch + k * k
      for level in 0..<shape.levelCount {
        scaleBlock(
          source + level * k * k, left: factor, k, right: factor, k, into: block, scratch: scratch)
        let place = diagonalPlace(ofTerm: term, level: level)
        for j in 0..<k {
          let column = l + place.offset + j * place.columnStride
          for i in j..<k { column[i] = block[i + j * k] + (i == j ? 1 : 0) }
        }
      }
    }
  }

  /// Blocks below the diagonal of a sparse term, into its nodes' panels.
  private func loadPanels(
    _ later: Int, _ earlier: Int, _ a: UnsafePointer<Double>, lambda: UnsafePointer<Double>,
    into l: UnsafeMutablePointer<Double>, scratch: UnsafeMutablePointer<Double>
  ) {
    let pair = matrix.pairIndex(later, earlier)
    let pattern = matrix.patterns[pair]
    let m = matrix.terms[later].dimension
    let k = matrix.terms[earlier].dimension
    let left = lambda + matrix.factorStart[later]
    let right = lambda + matrix.factorStart[earlier]
    var block = a + matrix.pairStart[pair]
    pairPositions[pair].withUnsafeBufferPointer { positions in
      guard var position = positions.baseAddress else { return }
      for level in 0..<matrix.terms[earlier].levelCount {
        let panel = l + panelOffset(term: earlier, node: nodeStart[earlier] + level)
        for _ in pattern.starts[level]..<pattern.starts[level + 1] {
          scaleBlock(
            block, left: left, m, right: right, k, into: panel + Int(position.pointee) * k,
            scratch: scratch)
          block += m * k
          position += 1
        }
      }
    }
  }

  /// Blocks of two terms that both belong to the tail.
  private func loadTailBlocks(
    _ later: Int, _ earlier: Int, _ a: UnsafePointer<Double>, lambda: UnsafePointer<Double>,
    into l: UnsafeMutablePointer<Double>, scratch: UnsafeMutablePointer<Double>
  ) {
    let m = matrix.terms[later].dimension
    let k = matrix.terms[earlier].dimension
    let left = lambda + matrix.factorStart[later]
    let right = lambda + matrix.factorStart[earlier]
    let block = scratch + matrix.largestDimension * matrix.largestDimension
    let source = a + matrix.pairStart[matrix.pairIndex(later, earlier)]
    forEachBlock(later, earlier) { entry, place in
      scaleBlock(
        source + entry * m * k, left: left, m, right: right, k, into: block, scratch: scratch)
      for j in 0..<k {
        for i in 0..<m {
          l[place.offset + i * place.rowStride + j * place.columnStride] = block[i * k + j]
        }
      }
    }
  }

  private func loadBorder(
    _ a: UnsafePointer<Double>, lambda: UnsafePointer<Double>,
    into l: UnsafeMutablePointer<Double>
  ) {
    for term in matrix.terms.indices {
      withConstant(matrix.terms[term].dimension) {
        loadBorder(term, dimension: $0, a, lambda: lambda, into: l)
      }
    }
    loadCorner(a, into: l)
  }

  /// The border's own block.
  func loadCorner(_ a: UnsafePointer<Double>, into l: UnsafeMutablePointer<Double>) {
    let border = matrix.borderCount
    for j in 0..<border {
      let column = l + cornerPlace(0, j)
      for i in j..<border { column[i] = a[matrix.cornerStart + i + j * border] }
    }
  }

  @inline(__always)
  private func loadBorder(
    _ term: Int, dimension k: Int, _ a: UnsafePointer<Double>, lambda: UnsafePointer<Double>,
    into l: UnsafeMutablePointer<Double>
  ) {
    let shape = matrix.terms[term]
    let border = matrix.borderCount
    let factor = lambda + matrix.factorStart[term]
    var source = a + matrix.borderStart + shape.start * border
    for level in 0..<shape.levelCount {
      for j in 0..<k {
        let target = l + borderPlace(of: shape.start + level * k + j)
        for i in 0..<border {
          var sum = 0.0
          for row in j..<k { sum += factor[row + j * k] * source[i + row * border] }
          target[i] = sum
        }
      }
      source += k * border
    }
  }
}
