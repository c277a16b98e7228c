// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

extension BlockedMatrix {
  /// Adds the product of the symmetric matrix with several vectors to `y`.
  ///
  /// - Parameters:
  ///   - x: for each random effect and each row of the border, `count` values side by side.
  ///   - count: the number of vectors.
  ///   - y: in the same arrangement.
  package func addProduct(_ x: [Double], count: Int, to y: inout [Double]) {
    for (term, shape) in layout.terms.enumerated() {
      addProduct(
        ofTerm: term, x[shape.start * count..<(shape.start + shape.count) * count], count: count,
        to: &y, column: 0, columnCount: count)
    }
    y.withUnsafeMutableBufferPointer { y in
      x.withUnsafeBufferPointer { x in
        values.withUnsafeBufferPointer { a in
          guard let y = y.baseAddress, let x = x.baseAddress, let a = a.baseAddress else { return }
          withConstant(count) { layout.multiplyBorderColumns(a, x, $0, y) }
        }
      }
    }
  }

  /// The product of the symmetric matrix with several vectors, arranged as for ``addProduct``.
  package func multiplied(by x: [Double], count: Int) -> [Double] {
    var y = [Double](repeating: 0, count: x.count)
    addProduct(x, count: count, to: &y)
    return y
  }

  /// Adds the product with several vectors that are zero outside one term.
  ///
  /// - Parameters:
  ///   - x: for each random effect of the term, `count` values side by side.
  ///   - y: for each random effect and each row of the border, `columnCount` values side by side, of
  ///     which those from `column` on receive the products.
  package func addProduct(
    ofTerm term: Int, _ x: ArraySlice<Double>, count: Int, to y: inout [Double], column: Int,
    columnCount: Int
  ) {
    let shape = layout.terms[term]
    precondition(x.count == shape.count * count && column + count <= columnCount)
    y.withUnsafeMutableBufferPointer { y in
      x.withUnsafeBufferPointer { x in
        values.withUnsafeBufferPointer { a in
          guard let y = y.baseAddress, let x = x.baseAddress, let a = a.baseAddress else { return }
          let target = ProductTarget(start: y + column, stride: columnCount)
          withConstant(shape.dimension) { k in
            withConstant(count) {
              layout.multiplyDiagonal(term, dimension: k, a, x, $0, target)
            }
          }
          for other in layout.terms.indices where other != term {
            layout.multiplyPair(term, other, a, x, count, target)
          }
        }
      }
    }
  }
}

/// Several vectors side by side, among others: those of row i begin at `start + i * stride`.
private struct ProductTarget {
  let start: UnsafeMutablePointer<Double>
  let stride: Int

  subscript(row: Int) -> UnsafeMutablePointer<Double> { start + row * stride }
}

extension BlockLayout {
  /// `y += a * x` for the columns of the border.
  @inline(__always)
  fileprivate func multiplyBorderColumns(
    _ a: UnsafePointer<Double>, _ x: UnsafePointer<Double>, _ count: Int,
    _ y: UnsafeMutablePointer<Double>
  ) {
    let borderCount = borderCount
    let borderX = x + randomCount * count
    let borderY = y + randomCount * count
    var column = a + borderStart
    for effect in 0..<randomCount {
      for i in 0..<borderCount {
        add(column[i], borderX + i * count, to: y + effect * count, count)
      }
      column += borderCount
    }
    column = a + cornerStart
    for j in 0..<borderCount {
      for i in 0..<borderCount {
        add(column[i], borderX + j * count, to: borderY + i * count, count)
      }
      column += borderCount
    }
  }

  /// The rows of the term itself and of the border.
  @inline(__always)
  fileprivate func multiplyDiagonal(
    _ term: Int, dimension k: Int, _ a: UnsafePointer<Double>, _ x: UnsafePointer<Double>,
    _ count: Int, _ y: ProductTarget
  ) {
    let shape = terms[term]
    let borderCount = borderCount
    let randomCount = randomCount
    var block = a + diagonalStart[term]
    var border = a + borderStart + shape.start * borderCount
    var x = x
    for level in 0..<shape.levelCount {
      let first = shape.start + level * k
      for i in 0..<k { addCombination(1, block + i, stride: k, x, to: y[first + i], k, count) }
      for i in 0..<borderCount {
        addCombination(1, border + i, stride: borderCount, x, to: y[randomCount + i], k, count)
      }
      block += k * k
      border += k * borderCount
      x += k * count
    }
  }

  /// The rows of another term.
  fileprivate func multiplyPair(
    _ term: Int, _ other: Int, _ a: UnsafePointer<Double>, _ x: UnsafePointer<Double>,
    _ count: Int, _ y: ProductTarget
  ) {
    let m = terms[max(term, other)].dimension
    let k = terms[min(term, other)].dimension
    if m == 1 && k == 1 {
      withConstant(count) { multiplyScalarPair(term, other, a, x, $0, y) }
      return
    }
    let isLater = term > other
    let pair = isLater ? pairIndex(term, other) : pairIndex(other, term)
    let target = ProductTarget(start: y[terms[other].start], stride: y.stride)
    var block = a + pairStart[pair]
    let starts = patterns[pair].starts
    patterns[pair].levels.withUnsafeBufferPointer { levels in
      guard var next = levels.baseAddress else { return }
      for level in 0..<starts.count - 1 {
        for _ in starts[level]..<starts[level + 1] {
          let row = Int(next.pointee) * m
          next += 1
          for i in 0..<m {
            for j in 0..<k {
              let own = isLater ? row + i : level * k + j
              let others = isLater ? level * k + j : row + i
              add(block[i * k + j], x + own * count, to: target[others], count)
            }
          }
          block += m * k
        }
      }
    }
  }

  /// The same for two terms with one effect each: what stays while one level meets others is looked up
  /// once.
  @inline(__always)
  private func multiplyScalarPair(
    _ term: Int, _ other: Int, _ a: UnsafePointer<Double>, _ x: UnsafePointer<Double>,
    _ count: Int, _ y: ProductTarget
  ) {
    let isLater = term > other
    let pair = isLater ? pairIndex(term, other) : pairIndex(other, term)
    var target = y[terms[other].start]
    var x = x
    var block = a + pairStart[pair]
    patterns[pair].starts.withUnsafeBufferPointer { starts in
      patterns[pair].levels.withUnsafeBufferPointer { levels in
        for level in 0..<starts.count - 1 {
          if isLater {
            for entry in starts[level]..<starts[level + 1] {
              add(block[0], x + Int(levels[entry]) * count, to: target, count)
              block += 1
            }
            target += y.stride
          } else {
            for entry in starts[level]..<starts[level + 1] {
              add(block[0], x, to: target + Int(levels[entry]) * y.stride, count)
              block += 1
            }
            x += count
          }
        }
      }
    }
  }
}
