// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import TestSupport
import Testing

@Suite("Sums over the levels of a single term")
struct LevelSumsTests {
  /// Rounding errors of one pass against dense algebra, for systems with condition numbers to 1e5.
  private static let tolerance = 1e-9

  private static let structures = BlockStructure.all.filter {
    $0.terms.count == 1 && $0.terms[0].dimension <= 3
  }

  private struct Fixture {
    let blocks: RandomBlocks
    let cholesky: BlockedCholesky
    let lastRow: [Double]
    let k: Int
    let levelCount: Int
    /// `Z'V⁻¹Z`, `Z'V⁻¹[X y]` and `Z'(y - Xβ̂ - ZΛû)` by dense algebra.
    let d: Matrix
    let e: Matrix
    let z: Matrix

    init(_ structure: BlockStructure, seed: UInt64) {
      blocks = RandomBlocks(structure, seed: seed)
      var cholesky = BlockedCholesky(layout: blocks.choleskyLayout)
      #expect(cholesky.factorize(blocks.blocked, factors: blocks.factors) == nil)
      self.cholesky = cholesky
      lastRow = cholesky.lastRowSolution()
      (levelCount, k) = structure.terms[0]
      let random = 0..<blocks.layout.randomCount
      let border = blocks.layout.randomCount..<blocks.order
      let a = blocks.dense.block(random, random)
      let b = blocks.dense.block(random, border)
      let scaled = a * blocks.lambda(blocks.factors).block(random, random)
      let system = blocks.system(blocks.dense, factors: blocks.factors).block(random, random)
      d = a - scaled * system.solve(scaled.transposed)
      let lambda = blocks.lambda(blocks.factors).block(random, random)
      e = b - scaled * system.solve(lambda.transposed * b)
      z = e * Matrix(column: Array(lastRow[border]))
    }

    /// The sum over levels of a value at each entry of a k × k matrix.
    func sum(_ value: (_ first: Int, _ i: Int, _ j: Int) -> Double) -> [Double] {
      (0..<k * k).map { entry in
        (0..<levelCount).reduce(0) { $0 + value($1 * k, entry % k, entry / k) }
      }
    }
  }

  private func expectEqual(
    _ values: [Double], _ expected: [Double], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(values.count == expected.count, sourceLocation: sourceLocation)
    guard !values.isEmpty, values.count == expected.count else { return }
    #expect(
      Matrix(column: values).relativeDifference(to: Matrix(column: expected)) < Self.tolerance,
      sourceLocation: sourceLocation)
  }

  @Test("There are structures with one, two and three effects a level")
  func kinds() {
    #expect(Set(Self.structures.map { $0.terms[0].dimension }) == [1, 2, 3])
  }

  @Test(
    "Traces are those of the selected inverse, with the border and without it",
    arguments: structures, [UInt64(1), 2])
  func traces(_ structure: BlockStructure, seed: UInt64) {
    let fixture = Fixture(structure, seed: seed)
    for includesBorder in [false, true] {
      var sums = LevelSums()
      sums.update(
        fixture.blocks.blocked, fixture.cholesky, factors: fixture.blocks.factors,
        lastRow: fixture.lastRow, includesBorder: includesBorder, includesInformation: false)
      var cholesky = fixture.cholesky
      let expected = cholesky.withSelectedInverse(
        borderRows: includesBorder ? structure.borderCount - 1 : 0
      ) { $0.scaledTraceBlocks(fixture.blocks.blocked, factors: fixture.blocks.factors) }
      expectEqual(sums.traces, expected)
      #expect(sums.informations.isEmpty && sums.crossInformations.isEmpty)
    }
  }

  @Test("All other sums are those of dense algebra", arguments: structures, [UInt64(3), 4])
  func informations(_ structure: BlockStructure, seed: UInt64) {
    let fixture = Fixture(structure, seed: seed)
    let (k, z) = (fixture.k, fixture.z)
    var sums = LevelSums()
    // The second update finds the results of the first.
    for includesInformation in [false, true] {
      sums.update(
        fixture.blocks.blocked, fixture.cholesky, factors: fixture.blocks.factors,
        lastRow: fixture.lastRow, includesBorder: false, includesInformation: includesInformation)
    }
    #expect(sums.dimension == k)
    expectEqual(
      sums.residualProducts, fixture.sum { z[$0 + $1, 0] * fixture.lastRow[$0 + $2] })
    expectEqual(sums.squares, fixture.sum { z[$0 + $1, 0] * z[$0 + $2, 0] })
    var expected: [Double] = []
    for column in 0..<k {
      for row in column..<k {
        #expect(LevelSums.place(row, column, k) == expected.count / (k * k))
        #expect(LevelSums.place(column, row, k) == expected.count / (k * k))
        expected += fixture.sum {
          z[$0 + row, 0] * z[$0 + column, 0] * fixture.d[$0 + $1, $0 + $2]
        }
      }
    }
    expectEqual(sums.informations, expected)
    expected = (0..<structure.borderCount - 1).flatMap { x in
      fixture.sum { z[$0 + $2, 0] * fixture.e[$0 + $1, x] }
    }
    expectEqual(sums.crossInformations, expected)
  }
}
