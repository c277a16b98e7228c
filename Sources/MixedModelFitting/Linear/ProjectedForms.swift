// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices

/// Cross-products of the random effects' columns after the projection off the fixed effects,
/// `Z'MZ = Z'Z - (Z'B)(B'B)⁻¹(B'Z)`. The second part has few columns but no zeros: what it adds up to
/// over all levels comes from its Gram matrices.
struct ProjectedForms {
  /// `Σ u_i u_j'` over the levels of one term, with u_i the coordinates of the column of effect i in
  /// an orthonormal basis of the fixed effects.
  struct Gram {
    /// The p × p sums for `i ≥ j`, the pairs in the order of ``EffectPairs``.
    let blocks: [[Double]]
    /// `Σ r_i r_j` over the levels, with r the products with the response's residual; `i ≥ j`.
    let responseProducts: Matrix
  }

  let matrix: BlockedMatrix
  let grams: [Gram]
  private let rank: Int
  /// `(B'B)⁻¹`.
  private let inverse: Matrix

  init?(_ crossProducts: CrossProducts) {
    let matrix = crossProducts.matrix
    let layout = matrix.layout
    let rank = crossProducts.rank
    guard let factor = crossProducts.fixedEffectsProducts.choleskyFactor else { return nil }
    self.matrix = matrix
    self.rank = rank
    inverse = factor.inverseFromCholesky
    grams = layout.terms.indices.map { Gram(matrix, term: $0, rank: rank, factor) }
  }

  /// `Σ (Z'MZ)_ij` over the levels of a term, k × k; `i ≥ j`.
  func traces(ofTerm term: Int) -> Matrix {
    let shape = matrix.layout.terms[term]
    let k = shape.dimension
    var result = Matrix(rowCount: k, columnCount: k)
    var pair = 0
    for j in 0..<k {
      for i in j..<k {
        var sum = 0.0
        for level in 0..<shape.levelCount {
          sum += matrix.values[matrix.layout.diagonalStart[term] + level * k * k + i + j * k]
        }
        for p in 0..<rank { sum -= grams[term].blocks[pair][p * (rank + 1)] }
        result[i, j] = sum
        pair += 1
      }
    }
    return result
  }

  /// Adds `tr(M V_a M V_b)` for the unknowns a of one term and b of an earlier or the same one.
  func addProducts(
    _ later: Int, _ rows: EffectPairs, _ earlier: Int, _ columns: EffectPairs,
    to equations: inout Matrix, at row: Int, _ column: Int
  ) {
    let excess = excessProducts(later, earlier)
    for (b, columnPair) in columns.pairs.enumerated() {
      for (a, rowPair) in rows.pairs.enumerated() {
        let (left, right) = (grams[later].blocks[a], grams[earlier].blocks[b])
        var sum = excess[a + b * rows.pairs.count]
        for q in 0..<rank {
          for p in 0..<rank {
            sum += left[p + q * rank] * right[p + q * rank]
            if columnPair.weight == 2 { sum += left[p + q * rank] * right[q + p * rank] }
          }
        }
        equations[row + a, column + b] = rowPair.weight * sum
      }
    }
  }

  /// So many columns are multiplied by the inverse at a time.
  private static let columnsAtATime = 64

  /// What products of blocks C of `Z'MZ` exceed those of the projected parts F by, summed over the
  /// levels that meet: elsewhere both are the same but for the sign.
  ///
  /// For pairs (i, j) of the later term's effects and (r, s) of the earlier one's: those of
  /// `C_ir C_js`, and of `C_is C_jr` if r and s are two.
  private func excessProducts(_ later: Int, _ earlier: Int) -> [Double] {
    let (rows, columns) = (matrix.layout.terms[later], matrix.layout.terms[earlier])
    let (k, m) = (rows.dimension, columns.dimension)
    let levelsAtATime = max(1, Self.columnsAtATime / m)
    var sums = [Double].zeros(k * (k + 1) / 2 * (m * (m + 1) / 2))
    sums.withUnsafeMutableBufferPointer { sums in
      matrix.values.withUnsafeBufferPointer { values in
        inverse.values.withUnsafeBufferPointer { inverse in
          withUnsafeTemporaryAllocation(
            of: Double.self, capacity: max(1, (rank * levelsAtATime + k) * m)
          ) { scratch in
            guard let sums = sums.baseAddress, let values = values.baseAddress,
              let scratch = scratch.baseAddress,
              // Without fixed effects it is not read.
              let inverse = rank > 0 ? inverse.baseAddress : UnsafePointer(values)
            else { return }
            let solved = scratch + k * m
            for first in stride(from: 0, to: columns.levelCount, by: levelsAtATime) {
              let levels = first..<min(first + levelsAtATime, columns.levelCount)
              solve(earlier, levels, inverse: inverse, values, into: solved)
              withConstant(k) { k in
                withConstant(m) { m in
                  addExcess(
                    later, k, earlier, m, levels, values, solved: solved, projected: scratch,
                    to: sums)
                }
              }
            }
          }
        }
      }
    }
    return sums
  }

  /// The columns of some levels of a term in terms of the fixed effects: `(B'B)⁻¹B'Z`.
  private func solve(
    _ term: Int, _ levels: Range<Int>, inverse: UnsafePointer<Double>,
    _ values: UnsafePointer<Double>, into solved: UnsafeMutablePointer<Double>
  ) {
    let layout = matrix.layout
    let shape = layout.terms[term]
    let first = shape.start + levels.lowerBound * shape.dimension
    multiply(
      DenseFactor(inverse, leadingDimension: rank),
      DenseFactor(
        values + layout.borderStart + first * layout.borderCount,
        leadingDimension: layout.borderCount),
      rowCount: rank, columnCount: levels.count * shape.dimension, inner: rank, into: solved,
      leadingDimension: rank, kept: 0)
  }

  @inline(__always)
  private func addExcess(
    _ later: Int, _ k: Int, _ earlier: Int, _ m: Int, _ levels: Range<Int>,
    _ values: UnsafePointer<Double>, solved: UnsafePointer<Double>,
    projected: UnsafeMutablePointer<Double>, to sums: UnsafeMutablePointer<Double>
  ) {
    let layout = matrix.layout
    let (rank, border) = (rank, layout.borderCount)
    let side = values + layout.borderStart + layout.terms[later].start * border
    guard later != earlier else {
      let blocks = values + layout.diagonalStart[later]
      for level in levels {
        project(
          side + level * k * border, border, k, solved + (level - levels.lowerBound) * rank * m, m,
          rank, to: projected)
        addBlock(blocks + level * k * k, projected, k, m, to: sums)
      }
      return
    }
    let pair = layout.pairIndex(later, earlier)
    let blocks = values + layout.pairStart[pair]
    layout.patterns[pair].starts.withUnsafeBufferPointer { starts in
      layout.patterns[pair].levels.withUnsafeBufferPointer { met in
        for level in levels {
          let solved = solved + (level - levels.lowerBound) * rank * m
          for entry in starts[level]..<starts[level + 1] {
            project(
              side + Int(met[entry]) * k * border, border, k, solved, m, rank, to: projected)
            addBlock(blocks + entry * k * m, projected, k, m, to: sums)
          }
        }
      }
    }
  }
}

/// F of one level of a term and one of another, row by row.
@inline(__always)
private func project(
  _ side: UnsafePointer<Double>, _ border: Int, _ k: Int, _ solved: UnsafePointer<Double>,
  _ m: Int, _ rank: Int, to projected: UnsafeMutablePointer<Double>
) {
  for i in 0..<k {
    for j in 0..<m {
      var sum = 0.0
      for p in 0..<rank { sum += side[i * border + p] * solved[j * rank + p] }
      projected[i * m + j] = sum
    }
  }
}

@inline(__always)
private func addBlock(
  _ block: UnsafePointer<Double>, _ projected: UnsafePointer<Double>, _ k: Int, _ m: Int,
  to sums: UnsafeMutablePointer<Double>
) {
  var place = 0
  for s in 0..<m {
    for r in s..<m {
      for j in 0..<k {
        for i in j..<k {
          sums[place] += excess(block, projected, i * m + r, j * m + s)
          if r != s { sums[place] += excess(block, projected, i * m + s, j * m + r) }
          place += 1
        }
      }
    }
  }
}

/// The product of two entries of a block less a projected part, less that of the projected part.
@inline(__always)
private func excess(
  _ block: UnsafePointer<Double>, _ projected: UnsafePointer<Double>, _ a: Int, _ b: Int
) -> Double {
  (block[a] - projected[a]) * (block[b] - projected[b]) - projected[a] * projected[b]
}

extension ProjectedForms.Gram {
  /// - Parameter factor: the lower Cholesky factor of the fixed effects' cross-products.
  fileprivate init(_ matrix: BlockedMatrix, term: Int, rank: Int, _ factor: Matrix) {
    let layout = matrix.layout
    let shape = layout.terms[term]
    let k = shape.dimension
    let border = layout.borderCount
    let order = k * border
    // The columns of a level's border, one below the other, are a column here.
    var sums = [Double].zeros(order * order)
    sums.withUnsafeMutableBufferPointer { sums in
      matrix.values.withUnsafeBufferPointer { values in
        guard let sums = sums.baseAddress, let values = values.baseAddress else { return }
        symmetricRankUpdate(
          sums, order: order, leadingDimension: order, scale: 1,
          values + layout.borderStart + shape.start * border, inner: shape.levelCount,
          leadingDimension: order)
      }
    }
    var blocks: [[Double]] = []
    var responseProducts = Matrix(rowCount: k, columnCount: k)
    for j in 0..<k {
      for i in j..<k {
        responseProducts[i, j] = sums[i * border + rank + (j * border + rank) * order]
        var block = [Double].zeros(rank * rank)
        for q in 0..<rank {
          for p in 0..<rank {
            // Only the lower triangle was summed.
            let (row, column) = i == j && p < q ? (q, p) : (p, q)
            block[p + q * rank] = sums[i * border + row + (j * border + column) * order]
          }
        }
        Self.solve(factor, &block, rank: rank)
        blocks.append(block)
      }
    }
    self.blocks = blocks
    self.responseProducts = responseProducts
  }

  /// Overwrites a p × p block S with `L⁻¹ S L⁻ᵀ`.
  private static func solve(_ factor: Matrix, _ block: inout [Double], rank: Int) {
    block.withUnsafeMutableBufferPointer { block in
      factor.values.withUnsafeBufferPointer { l in
        guard let block = block.baseAddress, let l = l.baseAddress else { return }
        for column in 0..<rank {
          let b = block + column * rank
          for i in 0..<rank {
            for p in 0..<i { b[i] -= l[i + p * rank] * b[p] }
            b[i] /= l[i + i * rank]
          }
        }
        solveFromRight(
          DenseFactor(l, leadingDimension: rank, isTransposed: true), order: rank, block,
          rowCount: rank, leadingDimension: rank)
      }
    }
  }
}
