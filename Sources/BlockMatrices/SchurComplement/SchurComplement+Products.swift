// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

extension SchurComplement {
  /// `y = M v` for eight vectors over the tail, with `M = C⁻¹ S C⁻ᵀ`.
  /// - Complexity: one sweep over the blocks of A.
  package func multiply(_ v: [Lanes], into y: inout [Lanes]) {
    withPointers { schur in
      v.withUnsafeBufferPointer { v in
        y.withUnsafeMutableBufferPointer { y in
          withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 2 * order) { scratch in
            guard let v = v.baseAddress, let y = y.baseAddress, let w = scratch.baseAddress else {
              return
            }
            let t = w + order
            schur.unprecondition(v, into: y)
            schur.scale(y, into: w)
            schur.multiplyTail(w, into: t)
            schur.sweep(w, t) { level, q, v in
              withConstant(schur.headDimension) { k in
                schur.condense(level, q, into: v, k)
              }
            }
            schur.precondition(y, adding: t)
          }
        }
      }
    }
  }

  func withPointers<Result>(_ body: (SchurPointers) -> Result) -> Result {
    matrix.values.withUnsafeBufferPointer { a in
      factors.withUnsafeBufferPointer { lambda in
        headSolutions.withUnsafeBufferPointer { r in
          headFactors.withUnsafeBufferPointer { d in
            blockFactors.withUnsafeBufferPointer { c in
              guard let a = a.baseAddress, let lambda = lambda.baseAddress,
                let r = r.baseAddress, let d = d.baseAddress, let c = c.baseAddress
              else { preconditionFailure("terms without levels") }
              return body(
                SchurPointers(layout: matrix.layout, a: a, lambda: lambda, r: r, d: d, c: c))
            }
          }
        }
      }
    }
  }
}

/// The parts of a Schur complement, as kernels use them.
struct SchurPointers {
  let layout: BlockLayout
  let a: UnsafePointer<Double>
  let lambda: UnsafePointer<Double>
  /// `λ D⁻¹` and the factors of D for the head, C for the tail.
  let r: UnsafePointer<Double>
  let d: UnsafePointer<Double>
  let c: UnsafePointer<Double>

  var headDimension: Int { layout.terms[0].dimension }

  /// Calls `body` for each level of the tail: its first effect, the place of its block, its term's
  /// factor, and k.
  @inline(__always)
  func forEachTailLevel(
    _ body: (_ effect: Int, _ block: Int, _ lambda: UnsafePointer<Double>, _ k: Int) -> Void
  ) {
    for term in layout.terms.indices.dropFirst() {
      let shape = layout.terms[term]
      let effect = layout.tailStart(term)
      let block = layout.tailBlockStart(term)
      let factor = lambda + layout.factorStart[term]
      withConstant(shape.dimension) { k in
        for level in 0..<shape.levelCount {
          body(effect + level * k, block + level * k * k, factor, k)
        }
      }
    }
  }

  /// `y = C⁻ᵀ v`.
  func unprecondition(_ v: UnsafePointer<Lanes>, into y: UnsafeMutablePointer<Lanes>) {
    forEachTailLevel { effect, block, _, k in
      for i in 0..<k { y[effect + i] = v[effect + i] }
      solveLowerTransposed(c + block, y + effect, k)
    }
  }

  /// `w = Λx` over the tail.
  func scale(_ x: UnsafePointer<Lanes>, into w: UnsafeMutablePointer<Lanes>) {
    forEachTailLevel { effect, _, factor, k in
      multiplyLower(factor, x + effect, into: w + effect, k)
    }
  }

  /// `y = C⁻¹ (y + Λ't)`.
  func precondition(_ y: UnsafeMutablePointer<Lanes>, adding t: UnsafePointer<Lanes>) {
    forEachTailLevel { effect, block, factor, k in
      addLowerTransposed(factor, t + effect, to: y + effect, k)
      solveLower(c + block, y + effect, k)
    }
  }

  /// `t = A w` among the terms of the tail.
  func multiplyTail(_ w: UnsafePointer<Lanes>, into t: UnsafeMutablePointer<Lanes>) {
    forEachTailLevel { effect, block, _, k in
      let own = a + layout.diagonalStart[1] + block
      for i in 0..<k {
        var sum = own[i] * w[effect]
        for j in 1..<max(1, k) { sum += own[i + j * k] * w[effect + j] }
        t[effect + i] = sum
      }
    }
    for later in layout.terms.indices.dropFirst(2) {
      for earlier in 1..<later { addTailPair(later, earlier, w, to: t) }
    }
  }

  private func addTailPair(
    _ later: Int, _ earlier: Int, _ w: UnsafePointer<Lanes>, to t: UnsafeMutablePointer<Lanes>
  ) {
    let pair = layout.pairIndex(later, earlier)
    let pattern = layout.patterns[pair]
    let (m, k) = (layout.terms[later].dimension, layout.terms[earlier].dimension)
    let (rows, columns) = (layout.tailStart(later), layout.tailStart(earlier))
    pattern.starts.withUnsafeBufferPointer { starts in
      pattern.levels.withUnsafeBufferPointer { levels in
        for level in 0..<starts.count - 1 {
          let column = columns + level * k
          for entry in starts[level]..<starts[level + 1] {
            let row = rows + Int(levels[entry]) * m
            let block = a + layout.pairStart[pair] + entry * m * k
            addBlock(1, block, w + column, to: t + row, m, k)
            addBlockTransposed(block, w + row, to: t + column, m, k)
          }
        }
      }
    }
  }

  /// `v = λ D⁻¹ λ' q` at one level of the head.
  @inline(__always)
  func condense(
    _ level: Int, _ q: UnsafePointer<Lanes>, into v: UnsafeMutablePointer<Lanes>, _ k: Int
  ) {
    solve(level, q, into: v, k)
    multiplyLower(lambda, v, into: v, k)
  }

  /// `u = D⁻¹ λ' q` at one level of the head.
  @inline(__always)
  func solve(
    _ level: Int, _ q: UnsafePointer<Lanes>, into u: UnsafeMutablePointer<Lanes>, _ k: Int
  ) {
    let r = r + level * k * k
    for j in 0..<k {
      var sum = r[j * k] * q[0]
      for i in 1..<max(1, k) { sum += r[i + j * k] * q[i] }
      u[j] = sum
    }
  }

  /// For each level of the head, `q = A w` over its blocks with the tail, of which `body` makes v; then
  /// `t -= A'v`.
  ///
  /// The blocks of a level are near each other, so that one sweep passes over A.
  @inline(__always)
  func sweep(
    _ w: UnsafePointer<Lanes>, _ t: UnsafeMutablePointer<Lanes>,
    _ body: (_ level: Int, _ q: UnsafePointer<Lanes>, _ v: UnsafeMutablePointer<Lanes>) -> Void
  ) {
    let terms = layout.terms
    withConstant(headDimension) { k in
      withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 2 * k) { scratch in
        guard let q = scratch.baseAddress else { return }
        let v = q + k
        for level in 0..<terms[0].levelCount {
          for i in 0..<k { q[i] = Lanes() }
          for term in terms.indices.dropFirst() {
            withConstant(terms[term].dimension) { m in
              forEachBlock(term, level, m * k) { block, effect in
                addBlockTransposed(block, w + effect, to: q, m, k)
              }
            }
          }
          body(level, q, v)
          for term in terms.indices.dropFirst() {
            withConstant(terms[term].dimension) { m in
              forEachBlock(term, level, m * k) { block, effect in
                addBlock(-1, block, v, to: t + effect, m, k)
              }
            }
          }
        }
      }
    }
  }

  /// Calls `body` with the blocks of a level of the head with a term of the tail, and their first rows.
  @inline(__always)
  private func forEachBlock(
    _ term: Int, _ level: Int, _ size: Int,
    _ body: (_ block: UnsafePointer<Double>, _ effect: Int) -> Void
  ) {
    let pair = layout.pairIndex(term, 0)
    let start = layout.tailStart(term)
    let m = layout.terms[term].dimension
    layout.patterns[pair].starts.withUnsafeBufferPointer { starts in
      layout.patterns[pair].levels.withUnsafeBufferPointer { levels in
        var block = a + layout.pairStart[pair] + starts[level] * size
        for entry in starts[level]..<starts[level + 1] {
          body(block, start + Int(levels[entry]) * m)
          block += size
        }
      }
    }
  }
}
