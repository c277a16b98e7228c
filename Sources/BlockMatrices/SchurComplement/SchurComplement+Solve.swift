// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// When Krylov spaces end.
package struct KrylovLimits: Sendable {
  /// The relative residual of the linear systems: near what rounding allows, because the derivatives
  /// are exact only so far.
  package let tolerance: Double
  /// The largest dimension.
  package let dimension: Int

  package init(tolerance: Double = 1e-12, dimension: Int = 200) {
    self.tolerance = tolerance
    self.dimension = dimension
  }
}

extension SchurComplement {
  /// Overwrites `b` with the solution of `(Λ'AΛ + I) x = b` over all random effects, several right-hand
  /// sides at once.
  /// - Parameters:
  ///   - b: for each random effect `count` values side by side.
  ///   - threads: how many share the work; the result does not depend on it.
  /// - Returns: the largest number of steps that a right-hand side took; `nil` if more than the limit
  ///   would be needed.
  package func solve(
    _ b: inout [Double], count: Int, limits: KrylovLimits = KrylovLimits(), threads: Int = 1
  ) -> Int? {
    let batches = (count + Lanes.count - 1) / Lanes.count
    var steps = [Int?](repeating: nil, count: batches)
    b.withUnsafeMutableBufferPointer { b in
      steps.withUnsafeMutableBufferPointer { steps in
        guard let b = b.baseAddress, let steps = steps.baseAddress else { return }
        // Batches have columns and places of their own.
        shareWork(batches, threads: threads) { batch in
          let first = batch * Lanes.count
          steps[batch] = solve(
            b + first, stride: count, used: min(Lanes.count, count - first), limits)
        }
      }
    }
    return steps.reduce(0) { most, own in most.flatMap { most in own.map { max(most, $0) } } }
  }

  /// One batch of up to eight right-hand sides.
  private func solve(
    _ b: UnsafeMutablePointer<Double>, stride: Int, used: Int, _ limits: KrylovLimits
  ) -> Int? {
    let headCount = matrix.layout.terms[0].count
    let order = order
    var head = [Lanes](repeating: Lanes(), count: headCount)
    var tail = [Lanes](repeating: Lanes(), count: order)
    for row in 0..<headCount { head[row].load(b + row * stride, used) }
    for row in 0..<order { tail[row].load(b + (headCount + row) * stride, used) }
    var w = [Lanes](repeating: Lanes(), count: order)

    // b₂ - K D⁻¹ b₁, then C⁻¹ of it.
    withPointers { schur in
      head.withUnsafeBufferPointer { head in
        w.withUnsafeMutableBufferPointer { w in
          tail.withUnsafeMutableBufferPointer { tail in
            guard let head = head.baseAddress, let w = w.baseAddress, let tail = tail.baseAddress
            else { return }
            let k = schur.headDimension
            // There is nothing in the tail yet: w is zero, and becomes what the sweep subtracts.
            schur.sweep(w, w) { level, _, v in
              for i in 0..<k { v[i] = head[level * k + i] }
              schur.solveHead(level, v, k)
              multiplyLower(schur.lambda, v, into: v, k)
            }
            schur.precondition(tail, adding: w)
          }
        }
      }
    }
    guard
      let basis = KrylovBasis(
        tail, tolerance: limits.tolerance, limit: limits.dimension,
        multiply: { multiply($0, into: &$1) })
    else { return nil }
    let solution = basis.solution()
    // x₂ = C⁻ᵀ y, then x₁ = D⁻¹ (b₁ - K' x₂).
    withPointers { schur in
      head.withUnsafeMutableBufferPointer { head in
        w.withUnsafeMutableBufferPointer { w in
          tail.withUnsafeMutableBufferPointer { tail in
            solution.withUnsafeBufferPointer { solution in
              guard let head = head.baseAddress, let w = w.baseAddress,
                let tail = tail.baseAddress, let solution = solution.baseAddress
              else { return }
              schur.unprecondition(solution, into: tail)
              schur.scale(tail, into: w)
              let k = schur.headDimension
              schur.sweep(w, tail) { level, q, v in
                let own = head + level * k
                for i in 0..<k { v[i] = -q[i] }
                addLowerTransposed(schur.lambda, v, to: own, k)
                schur.solveHead(level, own, k)
                // Nothing is to be taken off the tail.
                for i in 0..<k { v[i] = Lanes() }
              }
            }
          }
        }
      }
    }
    for row in 0..<headCount { head[row].store(b + row * stride, used) }
    for row in 0..<order { tail[row].store(b + (headCount + row) * stride, used) }
    return basis.stepCount
  }
}

extension SchurPointers {
  /// `D x = x` in place at one level of the head.
  @inline(__always)
  func solveHead(_ level: Int, _ x: UnsafeMutablePointer<Lanes>, _ k: Int) {
    solveLower(d + level * k * k, x, k)
    solveLowerTransposed(d + level * k * k, x, k)
  }
}

extension Lanes {
  fileprivate mutating func load(_ source: UnsafePointer<Double>, _ count: Int) {
    for lane in 0..<count { self[lane] = source[lane] }
  }

  fileprivate func store(_ target: UnsafeMutablePointer<Double>, _ count: Int) {
    for lane in 0..<count { target[lane] = self[lane] }
  }
}
