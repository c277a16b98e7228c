// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// What is left of `Λ'AΛ + I` once the largest term, the *head*, is eliminated; it is never formed.
///
/// With D the block-diagonal part of the head, T that of all other terms, the *tail*, and K between
/// them,
///
///     log|Λ'AΛ + I| = log|D| + log|S|,   S = T - K D⁻¹ K'.
///
/// A product with S takes one sweep over the blocks of A (the distinct cells of the design) and no
/// memory but vectors, where the factor of S may take the square of its order. S is preconditioned by
/// its own blocks P on the diagonal, one per level of the tail, which one more sweep gives exactly:
/// with `P = CC'`, the matrix at work is `M = C⁻¹ S C⁻ᵀ`, whose diagonal is one.
package struct SchurComplement: Sendable {
  package let matrix: BlockedMatrix
  /// The terms' k × k factors λ, column-major, one after the other.
  private(set) var factors: [Double]
  /// The lower Cholesky factors of the blocks of D, k × k, level after level.
  private(set) var headFactors: [Double]
  /// `R = λ D⁻¹` for each level of the head, k × k.
  private(set) var headSolutions: [Double]
  /// For each level of the tail H, its block of the Schur complement of A itself: `P = λ'Hλ + I`.
  private(set) var blocks: [Double]
  /// The lower Cholesky factors C, in the same places.
  private(set) var blockFactors: [Double]
  package private(set) var headLogDeterminant = 0.0
  /// `log|P|`.
  package private(set) var blockLogDeterminant = 0.0

  /// - Parameter matrix: of two terms at least.
  package init(_ matrix: BlockedMatrix) {
    let layout = matrix.layout
    precondition(layout.terms.count > 1, "a Schur complement of some term")
    self.matrix = matrix
    factors = [Double](repeating: 0, count: layout.factorStart.last ?? 0)
    headFactors = [Double](repeating: 0, count: layout.terms[0].count * layout.terms[0].dimension)
    headSolutions = headFactors
    blocks = [Double](repeating: 0, count: layout.tailBlockCount)
    blockFactors = blocks
  }

  /// The order of the Schur complement.
  package var order: Int { matrix.layout.randomCount - matrix.layout.terms[0].count }

  /// The numbers that are held beside A.
  package static func valueCount(_ layout: BlockLayout) -> Int {
    layout.terms.reduce(0) { $0 + 2 * $1.count * $1.dimension }
  }

  /// Eliminates the head and factorizes the blocks on the diagonal of what is left.
  /// - Returns: whether all of them are positive definite.
  /// - Complexity: one sweep over the blocks of A.
  package mutating func factorize(_ factors: [Double]) -> Bool {
    self.factors = factors
    let layout = matrix.layout
    return matrix.values.withUnsafeBufferPointer { a in
      factors.withUnsafeBufferPointer { lambda in
        headFactors.withUnsafeMutableBufferPointer { d in
          headSolutions.withUnsafeMutableBufferPointer { r in
            blocks.withUnsafeMutableBufferPointer { h in
              blockFactors.withUnsafeMutableBufferPointer { c in
                guard let a = a.baseAddress, let lambda = lambda.baseAddress,
                  let d = d.baseAddress, let r = r.baseAddress, let h = h.baseAddress,
                  let c = c.baseAddress
                else { return false }
                guard let head = layout.eliminateHead(a, lambda, d, r) else { return false }
                layout.setTailBlocks(a, lambda, r, into: h)
                guard let tail = layout.factorizeTailBlocks(h, lambda, into: c) else {
                  return false
                }
                (headLogDeterminant, blockLogDeterminant) = (head, tail)
                return true
              }
            }
          }
        }
      }
    }
  }
}

extension BlockLayout {
  /// The entries of the tail's blocks on the diagonal.
  package var tailBlockCount: Int {
    terms.dropFirst().reduce(0) { $0 + $1.count * $1.dimension }
  }

  /// Where the blocks of a term begin among those of the tail.
  func tailBlockStart(_ term: Int) -> Int { diagonalStart[term] - diagonalStart[1] }

  /// The first effect of a term among those of the tail.
  func tailStart(_ term: Int) -> Int { terms[term].start - terms[0].count }

  /// Sets d to the Cholesky factors of `λ'Aλ + I` and r to `λ (λ'Aλ + I)⁻¹`, level by level.
  /// - Returns: the log-determinant, or `nil` if a block is not positive definite.
  fileprivate func eliminateHead(
    _ a: UnsafePointer<Double>, _ lambda: UnsafePointer<Double>, _ d: UnsafeMutablePointer<Double>,
    _ r: UnsafeMutablePointer<Double>
  ) -> Double? {
    withScaledBlocks(a + diagonalStart[0], term: 0, lambda, into: d) { block, k in
      let x = r + (block - d)
      for i in 0..<k {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: k) { row in
          guard let row = row.baseAddress else { return }
          for j in 0..<k { row[j] = j <= i ? lambda[i + j * k] : 0 }
          solveLower(block, row, k)
          solveLowerTransposed(block, row, k)
          for j in 0..<k { x[i + j * k] = row[j] }
        }
      }
    }
  }

  /// Sets h to the tail's blocks of A less what the elimination of the head takes off them.
  fileprivate func setTailBlocks(
    _ a: UnsafePointer<Double>, _ lambda: UnsafePointer<Double>, _ r: UnsafePointer<Double>,
    into h: UnsafeMutablePointer<Double>
  ) {
    h.update(from: a + diagonalStart[1], count: tailBlockCount)
    let k = terms[0].dimension
    withUnsafeTemporaryAllocation(of: Double.self, capacity: k * k + k * largestDimension) {
      guard let g = $0.baseAddress else { return }
      let half = g + k * k
      for term in terms.indices.dropFirst() {
        let m = terms[term].dimension
        let target = h + tailBlockStart(term)
        forEachHeadLevel(term, a) { level, levels, blocks, count in
          setCondensed(r + level * k * k, lambda, into: g, k)
          for entry in 0..<count {
            let block = blocks + entry * m * k
            let own = target + Int(levels[entry]) * m * m
            if m == 1 && k == 1 {
              own[0] -= block[0] * block[0] * g[0]
              continue
            }
            for i in 0..<m {
              for j in 0..<k {
                half[i * k + j] = (0..<k).reduce(0) { $0 + block[i * k + $1] * g[$1 + j * k] }
              }
            }
            for j in 0..<m {
              for i in 0..<m { own[i + j * m] -= dot(half + i * k, block + j * k, k) }
            }
          }
        }
      }
    }
  }

  fileprivate func factorizeTailBlocks(
    _ h: UnsafePointer<Double>, _ lambda: UnsafePointer<Double>,
    into c: UnsafeMutablePointer<Double>
  ) -> Double? {
    var sum = 0.0
    for term in terms.indices.dropFirst() {
      let start = tailBlockStart(term)
      guard
        let part = withScaledBlocks(
          h + start, term: term, lambda + factorStart[term], into: c + start, { _, _ in })
      else { return nil }
      sum += part
    }
    return sum
  }

  /// Sets d to the Cholesky factors of `λ'Aλ + I` for each level of a term, and calls `body` with
  /// each of them.
  /// - Returns: the log-determinant, or `nil` if a block is not positive definite.
  private func withScaledBlocks(
    _ a: UnsafePointer<Double>, term: Int, _ lambda: UnsafePointer<Double>,
    into d: UnsafeMutablePointer<Double>,
    _ body: (_ factor: UnsafeMutablePointer<Double>, _ k: Int) -> Void
  ) -> Double? {
    let k = terms[term].dimension
    var sum = LogarithmSum()
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: k * k) { half in
      for level in 0..<terms[term].levelCount {
        let source = a + level * k * k
        let block = d + level * k * k
        for j in 0..<k {
          for i in 0..<k {
            var entry = 0.0
            for l in j..<k { entry += source[i + l * k] * lambda[l + j * k] }
            half[i + j * k] = entry
          }
        }
        for j in 0..<k {
          for i in 0..<k {
            var entry = i == j ? 1.0 : 0
            for l in i..<k { entry += lambda[l + i * k] * half[l + j * k] }
            block[i + j * k] = entry
          }
        }
        guard smallCholesky(block, order: k, leadingDimension: k) == nil else { return nil }
        for i in 0..<k { sum.add(logarithmOf: block[i + i * k]) }
        body(block, k)
      }
      return 2 * sum.value
    }
  }

  /// `g = R λ' = λ D⁻¹ λ'`.
  @inline(__always)
  private func setCondensed(
    _ r: UnsafePointer<Double>, _ lambda: UnsafePointer<Double>,
    into g: UnsafeMutablePointer<Double>, _ k: Int
  ) {
    for j in 0..<k {
      for i in 0..<k {
        var sum = 0.0
        for l in 0...j { sum += r[i + l * k] * lambda[j + l * k] }
        g[i + j * k] = sum
      }
    }
  }

  /// Calls `body` for each level of the head with the levels of a term that it meets and their blocks.
  @inline(__always)
  func forEachHeadLevel(
    _ term: Int, _ a: UnsafePointer<Double>,
    _ body: (
      _ level: Int, _ levels: UnsafePointer<Int32>, _ blocks: UnsafePointer<Double>, _ count: Int
    ) -> Void
  ) {
    let pair = pairIndex(term, 0)
    let size = terms[term].dimension * terms[0].dimension
    patterns[pair].starts.withUnsafeBufferPointer { starts in
      patterns[pair].levels.withUnsafeBufferPointer { levels in
        guard let levels = levels.baseAddress else { return }
        let blocks = a + pairStart[pair]
        for level in 0..<starts.count - 1 {
          let first = starts[level]
          body(level, levels + first, blocks + first * size, starts[level + 1] - first)
        }
      }
    }
  }
}
