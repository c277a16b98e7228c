// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

extension BlockLayout {
  /// `Λx` for the random effects; the border's entries stay as they are.
  /// - Parameter factors: the terms' k × k lower-triangular factors, one after the other.
  package func scaled(_ x: [Double], by factors: [Double]) -> [Double] {
    var result = x
    scale(&result, by: factors)
    return result
  }

  /// `x = Λx` in place for the random effects.
  package func scale(_ x: inout [Double], by factors: [Double]) {
    x.withUnsafeMutableBufferPointer { x in
      factors.withUnsafeBufferPointer { factors in
        guard let x = x.baseAddress, let factors = factors.baseAddress else { return }
        for (index, term) in terms.enumerated() {
          withConstant(term.dimension) {
            scale(x, term, dimension: $0, factors + factorStart[index])
          }
        }
      }
    }
  }

  /// `x = Λx` in place for several vectors side by side; the border's entries stay as they are.
  package func scale(_ x: inout [Double], count: Int, by factors: [Double]) {
    for (index, term) in terms.enumerated() {
      let k = term.dimension
      for first in stride(from: term.start, to: term.start + term.count, by: k) {
        // From the last row to the first, so that each reads what is not yet overwritten.
        for i in (0..<k).reversed() {
          for c in 0..<count {
            var sum = 0.0
            for j in 0...i {
              sum += factors[factorStart[index] + i + j * k] * x[(first + j) * count + c]
            }
            x[(first + i) * count + c] = sum
          }
        }
      }
    }
  }

  /// `x = Λ'x` in place for several vectors side by side; the border's entries stay as they are.
  package func scaleTransposed(_ x: inout [Double], count: Int, by factors: [Double]) {
    x.withUnsafeMutableBufferPointer { x in
      factors.withUnsafeBufferPointer { factors in
        guard let x = x.baseAddress, let factors = factors.baseAddress else { return }
        for (index, term) in terms.enumerated() {
          withConstant(term.dimension) { k in
            withConstant(count) {
              scaleTransposed(x, term, dimension: k, count: $0, factors + factorStart[index])
            }
          }
        }
      }
    }
  }

  @inline(__always)
  private func scale(
    _ x: UnsafeMutablePointer<Double>, _ term: BlockShape, dimension k: Int,
    _ factor: UnsafePointer<Double>
  ) {
    var x = x + term.start
    for _ in 0..<term.levelCount {
      // From the last row to the first, so that each reads what is not yet overwritten.
      for i in (0..<k).reversed() {
        var sum = 0.0
        for j in 0...i { sum += factor[i + j * k] * x[j] }
        x[i] = sum
      }
      x += k
    }
  }

  @inline(__always)
  private func scaleTransposed(
    _ x: UnsafeMutablePointer<Double>, _ term: BlockShape, dimension k: Int, count: Int,
    _ factor: UnsafePointer<Double>
  ) {
    var x = x + term.start * count
    for _ in 0..<term.levelCount {
      for i in 0..<k {
        let row = x + i * count
        for c in 0..<count { row[c] *= factor[i + i * k] }
        for j in i + 1..<max(i + 1, k) { add(factor[j + i * k], x + j * count, to: row, count) }
      }
      x += k * count
    }
  }
}
