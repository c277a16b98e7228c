// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The derivative of a function of a Schur complement, as it comes together.
struct SchurAdjoint: Sendable {
  /// With respect to all k² entries of the terms' factors, one factor after the other.
  var factors: [Double]
  /// For each level of the tail the block `Q = Σ (Mv) v'` of the vectors in the derivative.
  var blocks: [Double]

  init(_ layout: BlockLayout) {
    factors = [Double](repeating: 0, count: layout.factorStart.last ?? 0)
    blocks = [Double](repeating: 0, count: layout.tailBlockCount)
  }

  mutating func add(_ other: SchurAdjoint) {
    for i in factors.indices { factors[i] += other.factors[i] }
    for i in blocks.indices { blocks[i] += other.blocks[i] }
  }
}

extension SchurComplement {
  /// Adds the derivative of `Σ v'C⁻¹ S C⁻ᵀv` over eight vectors, C held fixed, and to
  /// ``SchurAdjoint/blocks`` what C itself contributes.
  ///
  /// With `x = (-D⁻¹K'y, y)`, `y = C⁻ᵀv`, that is `x'(Λ'AΛ + I)x`, whose derivative with respect to a
  /// term's factor is `2 Σ_g (AΛx)_g x_g'` over the levels.
  /// - Complexity: one sweep over the blocks of A.
  func addQuadraticForms(_ v: [Lanes], to adjoint: inout SchurAdjoint) {
    let layout = matrix.layout
    let k = layout.terms[0].dimension
    var sums = [Lanes](repeating: Lanes(), count: adjoint.factors.count)
    withPointers { schur in
      v.withUnsafeBufferPointer { v in
        sums.withUnsafeMutableBufferPointer { sums in
          adjoint.blocks.withUnsafeMutableBufferPointer { blocks in
            withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 3 * order + k) { scratch in
              guard let v = v.baseAddress, let sums = sums.baseAddress,
                let blocks = blocks.baseAddress, let y = scratch.baseAddress
              else { return }
              let (w, t, u) = (y + order, y + 2 * order, y + 3 * order)
              schur.unprecondition(v, into: y)
              schur.scale(y, into: w)
              schur.multiplyTail(w, into: t)
              let head = schur.a + layout.diagonalStart[0]
              schur.sweep(w, t) { level, q, v in
                schur.solve(level, q, into: u, k)
                multiplyLower(schur.lambda, u, into: v, k)
                let block = head + level * k * k
                for i in 0..<k {
                  var residual = q[i]
                  for j in 0..<k { residual -= block[i + j * k] * v[j] }
                  for j in 0..<k { sums[i + j * k] -= residual * u[j] }
                }
              }
              schur.addTailProducts(t, y, to: sums)
              schur.precondition(y, adding: t)
              schur.addBlockProducts(y, v, to: blocks)
            }
          }
        }
      }
    }
    for i in sums.indices { adjoint.factors[i] += 2 * sums[i].sum() }
  }

  /// Completes the derivative of `log|D| + log|P| + scale * Σ v'dMv`: what the blocks on the diagonal
  /// contribute.
  ///
  /// As C moves, so does M: `dM = C⁻¹ dS C⁻ᵀ - E M - M E'` with E the lower triangle of `C⁻¹ dP C⁻ᵀ`,
  /// half its diagonal. Hence the derivative with respect to P is `C⁻ᵀ (I - 2 scale Y) C⁻¹`, where
  /// `Y_ij = Q_ij / 2` above the diagonal and on it.
  /// - Parameter scale: by which both parts of the adjoint so far are to be multiplied.
  /// - Complexity: one sweep over the blocks of A.
  func complete(_ adjoint: SchurAdjoint, scale: Double) -> [Double] {
    let layout = matrix.layout
    var result = adjoint.factors.map { scale * $0 }
    var condensed = [Double](
      repeating: 0, count: layout.terms[0].count * layout.terms[0].dimension)
    result.withUnsafeMutableBufferPointer { result in
      condensed.withUnsafeMutableBufferPointer { condensed in
        blocks.withUnsafeBufferPointer { h in
          adjoint.blocks.withUnsafeBufferPointer { q in
            guard let result = result.baseAddress, let condensed = condensed.baseAddress,
              let h = h.baseAddress, let q = q.baseAddress
            else { return }
            withPointers { schur in
              for term in layout.terms.indices.dropFirst() {
                schur.addBlockDerivatives(
                  term, h: h, q: q, scale: scale, to: result + layout.factorStart[term],
                  condensed: condensed)
              }
              schur.addHeadDerivatives(condensed, to: result)
            }
          }
        }
      }
    }
    return result
  }
}

extension SchurPointers {
  /// `sums += Σ_g t_g y_g'` for each term of the tail.
  fileprivate func addTailProducts(
    _ t: UnsafePointer<Lanes>, _ y: UnsafePointer<Lanes>, to sums: UnsafeMutablePointer<Lanes>
  ) {
    for term in layout.terms.indices.dropFirst() {
      let shape = layout.terms[term]
      let start = layout.tailStart(term)
      let sum = sums + layout.factorStart[term]
      withConstant(shape.dimension) { k in
        for effect in stride(from: start, to: start + shape.count, by: k) {
          for j in 0..<k {
            for i in 0..<k { sum[i + j * k] += t[effect + i] * y[effect + j] }
          }
        }
      }
    }
  }

  /// `q_g += Σ z_g v_g'` over the eight vectors, level by level.
  fileprivate func addBlockProducts(
    _ z: UnsafePointer<Lanes>, _ v: UnsafePointer<Lanes>, to q: UnsafeMutablePointer<Double>
  ) {
    forEachTailLevel { effect, block, _, k in
      for j in 0..<k {
        for i in 0..<k { q[block + i + j * k] += (z[effect + i] * v[effect + j]).sum() }
      }
    }
  }

  /// The derivative by way of `P = λ'Hλ + I` for one term of the tail: to λ, and to the blocks
  /// `G = λ D⁻¹ λ'` of the head on which H depends.
  fileprivate func addBlockDerivatives(
    _ term: Int, h: UnsafePointer<Double>, q: UnsafePointer<Double>, scale: Double,
    to result: UnsafeMutablePointer<Double>, condensed: UnsafeMutablePointer<Double>
  ) {
    let shape = layout.terms[term]
    let k = shape.dimension
    let start = layout.tailBlockStart(term)
    let factor = lambda + layout.factorStart[term]
    // λ P̄ λ', the derivative with respect to H.
    var adjoints = [Double](repeating: 0, count: shape.count * k)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * k * k) { scratch in
      guard let p = scratch.baseAddress else { return }
      let half = p + k * k
      adjoints.withUnsafeMutableBufferPointer { adjoints in
        guard let adjoints = adjoints.baseAddress else { return }
        for level in 0..<shape.levelCount {
          let place = start + level * k * k
          for j in 0..<k {
            for i in 0..<k {
              p[i + j * k] = (i == j ? 1 : 0) - scale * q[place + min(i, j) + max(i, j) * k]
            }
            solveLowerTransposed(c + place, p + j * k, k)
          }
          transpose(p, k)
          for j in 0..<k { solveLowerTransposed(c + place, p + j * k, k) }
          // half = λ P̄; the result takes H half, and its transpose times λ' is the other.
          for j in 0..<k {
            for i in 0..<k {
              half[i + j * k] = (0...i).reduce(0) { $0 + factor[i + $1 * k] * p[$1 + j * k] }
            }
          }
          let own = adjoints + level * k * k
          for j in 0..<k {
            for i in 0..<k {
              result[i + j * k] +=
                2 * (0..<k).reduce(0) { $0 + h[place + i + $1 * k] * half[$1 + j * k] }
              own[i + j * k] = (0...j).reduce(0) { $0 + half[i + $1 * k] * factor[j + $1 * k] }
            }
          }
        }
      }
    }
    subtractCongruences(term, adjoints, from: condensed)
  }

  /// `condensed_j -= Σ B'H̄B` over the blocks B of each level of the head with a term of the tail.
  private func subtractCongruences(
    _ term: Int, _ adjoints: [Double], from condensed: UnsafeMutablePointer<Double>
  ) {
    let m = layout.terms[term].dimension
    let k = headDimension
    withUnsafeTemporaryAllocation(of: Double.self, capacity: m * k) { scratch in
      adjoints.withUnsafeBufferPointer { adjoints in
        guard let half = scratch.baseAddress, let adjoints = adjoints.baseAddress else { return }
        layout.forEachHeadLevel(term, a) { level, levels, blocks, count in
          let target = condensed + level * k * k
          for entry in 0..<count {
            let block = blocks + entry * m * k
            let adjoint = adjoints + Int(levels[entry]) * m * m
            if m == 1 && k == 1 {
              target[0] -= adjoint[0] * block[0] * block[0]
              continue
            }
            for i in 0..<m {
              for j in 0..<k {
                half[i * k + j] = (0..<m).reduce(0) {
                  $0 + adjoint[i + $1 * m] * block[$1 * k + j]
                }
              }
            }
            for j in 0..<k {
              for i in 0..<k {
                target[i + j * k] -= (0..<m).reduce(0) { $0 + block[$1 * k + i] * half[$1 * k + j] }
              }
            }
          }
        }
      }
    }
  }

  /// The derivative with respect to the head's factor of `log|D|`, `2 Σ A R`, and by way of G:
  /// `2 Σ (I - A R λ') Ḡ R`.
  fileprivate func addHeadDerivatives(
    _ condensed: UnsafePointer<Double>, to result: UnsafeMutablePointer<Double>
  ) {
    let k = headDimension
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 3 * k * k) { scratch in
      guard let product = scratch.baseAddress else { return }
      let (half, inner) = (product + k * k, product + 2 * k * k)
      for level in 0..<layout.terms[0].levelCount {
        let own = a + layout.diagonalStart[0] + level * k * k
        let r = r + level * k * k
        let g = condensed + level * k * k
        for j in 0..<k {
          for i in 0..<k {
            product[i + j * k] = (0..<k).reduce(0) { $0 + own[i + $1 * k] * r[$1 + j * k] }
            half[i + j * k] = (0..<k).reduce(0) { $0 + g[i + $1 * k] * r[$1 + j * k] }
          }
        }
        // inner = λ' Ḡ R
        for j in 0..<k {
          for i in 0..<k {
            inner[i + j * k] = (i..<k).reduce(0) { $0 + lambda[$1 + i * k] * half[$1 + j * k] }
          }
        }
        for j in 0..<k {
          for i in 0..<k {
            result[i + j * k] +=
              2
              * (product[i + j * k] + half[i + j * k]
                - (0..<k).reduce(0) { $0 + product[i + $1 * k] * inner[$1 + j * k] })
          }
        }
      }
    }
  }

  private func transpose(_ p: UnsafeMutablePointer<Double>, _ k: Int) {
    for j in 0..<k {
      for i in 0..<j { (p[i + j * k], p[j + i * k]) = (p[j + i * k], p[i + j * k]) }
    }
  }
}
