// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

extension BlockedMatrix {
  /// The product of the symmetric matrix with several vectors at once.
  ///
  /// - Parameters:
  ///   - x: for each random effect and each row of the border, `count` values side by side.
  ///   - count: the number of vectors.
  /// - Returns: the product in the same arrangement.
  package func multiplied(by x: [Double], count: Int) -> [Double] {
    var y = [Double](repeating: 0, count: x.count)
    let layout = layout
    let border = layout.borderCount
    y.withUnsafeMutableBufferPointer { y in
      x.withUnsafeBufferPointer { x in
        values.withUnsafeBufferPointer { a in
          guard let y = y.baseAddress, let x = x.baseAddress, let a = a.baseAddress else { return }
          for (term, shape) in layout.terms.enumerated() {
            let k = shape.dimension
            for level in 0..<shape.levelCount {
              let block = a + layout.diagonalStart[term] + level * k * k
              let first = (shape.start + level * k) * count
              for j in 0..<k {
                for i in 0..<k {
                  add(block[i + j * k], x + first + j * count, to: y + first + i * count, count)
                }
              }
            }
            for earlier in 0..<term {
              layout.multiplyPair(term, earlier, a, x, y, count)
            }
          }
          let borderX = x + layout.randomCount * count
          let borderY = y + layout.randomCount * count
          for effect in 0..<layout.randomCount {
            let column = a + layout.borderStart + effect * border
            for i in 0..<border {
              add(column[i], x + effect * count, to: borderY + i * count, count)
              add(column[i], borderX + i * count, to: y + effect * count, count)
            }
          }
          for j in 0..<border {
            let column = a + layout.cornerStart + j * border
            for i in 0..<border {
              add(column[i], borderX + j * count, to: borderY + i * count, count)
            }
          }
        }
      }
    }
    return y
  }
}

extension BlockLayout {
  /// `y += a * x` for the block of two terms and for its transpose.
  fileprivate func multiplyPair(
    _ later: Int, _ earlier: Int, _ a: UnsafePointer<Double>, _ x: UnsafePointer<Double>,
    _ y: UnsafeMutablePointer<Double>, _ count: Int
  ) {
    let pair = pairIndex(later, earlier)
    let pattern = patterns[pair]
    let m = terms[later].dimension
    let k = terms[earlier].dimension
    for level in 0..<terms[earlier].levelCount {
      let columns = (terms[earlier].start + level * k) * count
      for entry in pattern.starts[level]..<pattern.starts[level + 1] {
        let block = a + pairStart[pair] + entry * m * k
        let rows = (terms[later].start + Int(pattern.levels[entry]) * m) * count
        for i in 0..<m {
          for j in 0..<k {
            add(block[i * k + j], x + columns + j * count, to: y + rows + i * count, count)
            add(block[i * k + j], x + rows + i * count, to: y + columns + j * count, count)
          }
        }
      }
    }
  }
}
