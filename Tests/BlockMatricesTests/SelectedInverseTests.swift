// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import TestSupport
import Testing

@Suite("Selected inverse")
struct SelectedInverseTests {
  /// Errors of the recursion against a dense inverse, for systems with condition numbers to 1e5.
  private static let tolerance = 1e-9

  /// For each term, the sum over levels of `(A Λ Z)_gg` by dense products.
  private func traceBlocks(
    _ blocks: RandomBlocks, _ a: Matrix, factors: [Double], inverse z: Matrix
  ) -> [Double] {
    let product = a * blocks.lambda(factors) * z
    return blocks.layout.terms.flatMap { shape in
      let k = shape.dimension
      return (0..<k * k).map { entry in
        (0..<shape.levelCount).reduce(0) { sum, level in
          let first = shape.start + level * k
          return sum + product[first + entry % k, first + entry / k]
        }
      }
    }
  }

  /// The inverse of the leading part of the system, zero elsewhere.
  private func inverse(_ system: Matrix, leading: Int) -> Matrix {
    let inverse = system.block(0..<leading, 0..<leading).inverse
    return Matrix(system.rowCount, system.rowCount) {
      $0 < leading && $1 < leading ? inverse[$0, $1] : 0
    }
  }

  // Trace blocks are linear in A, so a random A on the pattern sees every entry of the inverse.
  @Test(
    "Trace blocks against any matrix on the pattern equal those of the dense inverse",
    arguments: BlockStructure.all, [UInt64(1), 2])
  func pattern(_ structure: BlockStructure, seed: UInt64) {
    let blocks = RandomBlocks(structure, seed: seed)
    var random = SplitMix(seed: seed + 100)
    let layout = blocks.choleskyLayout
    let system = blocks.system(blocks.dense, factors: blocks.factors)
    for borderRows in Set([0, structure.borderCount / 2, structure.borderCount - 1]) {
      let z = inverse(system, leading: blocks.layout.randomCount + borderRows)
      for _ in 0..<2 {
        let a = blocks.randomOnPattern(&random)
        let blockedA = blocks.blocked(a)
        var cholesky = BlockedCholesky(layout: layout)
        #expect(cholesky.factorize(blocks.blocked, factors: blocks.factors) == nil)
        let sums = cholesky.withSelectedInverse(borderRows: borderRows) {
          $0.scaledTraceBlocks(blockedA, factors: blocks.factors)
        }
        let expected = traceBlocks(blocks, a, factors: blocks.factors, inverse: z)
        #expect(
          Matrix(column: sums).relativeDifference(to: Matrix(column: expected)) < Self.tolerance)
      }
    }
  }

  @Test(
    "Twice the trace blocks are the derivatives of the log-determinant",
    arguments: BlockStructure.all)
  func derivative(_ structure: BlockStructure) {
    let blocks = RandomBlocks(structure, seed: 12)
    let random = 0..<blocks.layout.randomCount
    var cholesky = BlockedCholesky(layout: blocks.choleskyLayout)
    #expect(cholesky.factorize(blocks.blocked, factors: blocks.factors) == nil)
    let sums = cholesky.withSelectedInverse(borderRows: 0) {
      $0.scaledTraceBlocks(blocks.blocked, factors: blocks.factors)
    }
    let scale = sums.reduce(0) { max($0, abs($1)) }
    // Entries above the diagonal of a factor are structural zeros for the factorization.
    let probed = sums.indices.filter { blocks.factors[$0] != 0 }.prefix(12)
    for i in probed {
      let step = 1e-5
      let ends = [step, -step].map { change in
        var moved = blocks.factors
        moved[i] += change
        return blocks.system(blocks.dense, factors: moved).block(random, random).logDeterminant
      }
      // Second-order differences with this step are good to about 1e-9 of the values.
      #expect(abs(2 * sums[i] - (ends[0] - ends[1]) / (2 * step)) < 1e-6 * scale)
    }
  }

  @Test(
    "At singular factors the trace blocks are still those of the dense inverse",
    arguments: BlockStructure.all)
  func singularFactors(_ structure: BlockStructure) {
    let blocks = RandomBlocks(structure, seed: 13)
    var factors = blocks.factors
    for term in structure.terms.indices {
      let last = blocks.layout.factorStart[term + 1] - 1
      factors[last] = 0
    }
    let borderRows = structure.borderCount - 1
    let z = inverse(
      blocks.system(blocks.dense, factors: factors),
      leading: blocks.layout.randomCount + borderRows)
    var cholesky = BlockedCholesky(layout: blocks.choleskyLayout)
    #expect(cholesky.factorize(blocks.blocked, factors: factors) == nil)
    let sums = cholesky.withSelectedInverse(borderRows: borderRows) {
      $0.scaledTraceBlocks(blocks.blocked, factors: factors)
    }
    let expected = traceBlocks(blocks, blocks.dense, factors: factors, inverse: z)
    #expect(
      Matrix(column: sums).relativeDifference(to: Matrix(column: expected)) < Self.tolerance)
  }
}

@Suite("Products with a blocked matrix")
struct BlockedMatrixTests {
  @Test("The symmetric product equals the dense one", arguments: BlockStructure.all)
  func product(_ structure: BlockStructure) {
    let blocks = RandomBlocks(structure, seed: 14)
    var random = SplitMix(seed: 15)
    for count in [1, 2, 5] {
      let x = Matrix(blocks.order, count) { _, _ in random.normal() }
      var y = [Double](repeating: 0, count: x.values.count)
      blocks.blocked.addProduct(x.transposed.values, count: count, to: &y)
      let expected = (blocks.dense * x).transposed
      #expect(
        Matrix(rowCount: count, columnCount: blocks.order, values: y)
          .relativeDifference(to: expected) < 1e-13)
    }
  }
}
