// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import Foundation
import TestSupport
import Testing

@testable import BlockMatrices

/// Tails of several panels, met by nodes of many rows.
@Suite("Wide tails")
struct WideTailTests {
  private static let exact = TailStorage.sparse(
    SupernodeCost(overhead: 0, perMove: 0, perProduct: 1))

  private static let structures = [
    BlockStructure("crossed", .crossed, [(30, 1), (420, 1)], border: 3),
    BlockStructure("crossed vectors", .crossed, [(12, 2), (150, 3)], border: 2),
    BlockStructure("crossed, some nodes wide", .crossed, [(13, 1), (240, 1)], border: 2),
    BlockStructure("three crossed", .crossed, [(40, 1), (250, 1), (120, 1)], border: 1),
    BlockStructure("islands", .islands, [(30, 1), (600, 1)], border: 3, tail: exact),
    BlockStructure("islands of vectors", .islands, [(12, 2), (210, 3)], border: 2, tail: exact),
  ]

  @Test("Nodes that meet a quarter of a dense tail are packed, but not a few")
  func wideNodes() {
    let counts = Self.structures.map { structure in
      let blocks = RandomBlocks(
        structure, seed: 1, rowCount: structure.tail == .dense ? 1000 : 2500)
      return blocks.choleskyLayout.wideNodes.reduce(0) { $0 + $1.count }
    }
    #expect(counts == [0, 12, 11, 0, 0, 0])
    let few = RandomBlocks(BlockStructure("few", .crossed, [(7, 1), (5, 1)], border: 1), seed: 1)
    #expect(few.choleskyLayout.wideNodes == [[]])
  }

  private struct Results: Equatable {
    var logDeterminant = 0.0
    var solution: [Double] = []
    var traces: [Double] = []
  }

  private func results(_ blocks: RandomBlocks, borderRows: Int, threads: Int) -> Results {
    withLinearAlgebraThreads(threads) {
      var cholesky = BlockedCholesky(layout: blocks.choleskyLayout)
      #expect(cholesky.factorize(blocks.blocked, factors: blocks.factors) == nil)
      var results = Results(
        logDeterminant: cholesky.logDeterminant, solution: cholesky.lastRowSolution())
      results.traces = cholesky.withSelectedInverse(borderRows: borderRows) {
        $0.scaledTraceBlocks(blocks.blocked, factors: blocks.factors)
      }
      return results
    }
  }

  @Test("Determinant and traces are those of a dense matrix", arguments: structures)
  func agreement(_ structure: BlockStructure) {
    let blocks = RandomBlocks(structure, seed: 1, rowCount: structure.tail == .dense ? 1000 : 2500)
    let layout = blocks.choleskyLayout
    #expect(layout.tail.isDense == (structure.tail == .dense))
    #expect(layout.tail.supernodes.count > 1)
    // Little more than half of a square array.
    #expect(10 * layout.tail.valueCount < 7 * layout.tailOrder * layout.tailOrder)
    let n = blocks.order
    let randomCount = blocks.layout.randomCount
    let product = blocks.dense * blocks.lambda(blocks.factors)
    for borderRows in Set([0, structure.borderCount - 1]) {
      var expected = blocks.system(blocks.dense, factors: blocks.factors).values
      let order = randomCount + borderRows
      #expect(choleskyFactorize(&expected, order: order, leadingDimension: n) == nil)
      let logDeterminant = (0..<randomCount).reduce(0.0) {
        $0 + 2 * log(expected[$1 * (n + 1)])
      }
      choleskyInvert(&expected, order: order, leadingDimension: n)
      let traces = blocks.layout.terms.flatMap { shape in
        let k = shape.dimension
        return (0..<k * k).map { entry in
          (0..<shape.levelCount).reduce(0.0) { sum, level in
            let row = shape.start + level * k + entry % k
            let column = shape.start + level * k + entry / k
            return (0..<order).reduce(sum) {
              $0 + product[row, $1] * expected[max($1, column) + min($1, column) * n]
            }
          }
        }
      }
      let results = self.results(blocks, borderRows: borderRows, threads: 1)
      #expect(abs(results.logDeterminant / logDeterminant - 1) < 1e-11)
      #expect(
        Matrix(column: results.traces).relativeDifference(to: Matrix(column: traces)) < 1e-9)
    }
  }

  @Test("No number of threads changes a bit", arguments: structures)
  func threads(_ structure: BlockStructure) {
    let blocks = RandomBlocks(structure, seed: 2, rowCount: structure.tail == .dense ? 1000 : 2500)
    // Small matrices are not shared.
    #expect(withLinearAlgebraThreads(2) { blocks.choleskyLayout.tailThreads } == 2)
    let results = [1, 2, 3].map { self.results(blocks, borderRows: 0, threads: $0) }
    #expect(results.allSatisfy { $0 == results[0] })
  }
}
