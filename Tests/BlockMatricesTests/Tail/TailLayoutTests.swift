// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import TestSupport
import Testing

@Suite("Layout of the tail")
struct TailLayoutTests {
  /// No zeros within supernodes.
  private static let exact = TailStorage.sparse(
    SupernodeCost(overhead: 0, perMove: 0, perProduct: 1))

  /// Two scalar terms: each list is the levels of the second that a level of the first meets.
  private func layout(
    _ meetings: [[Int]], levelCount: Int, tail: TailStorage = .automatic
  ) -> CholeskyLayout {
    let starts = meetings.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
    let levels = meetings.flatMap { $0.sorted().map(Int32.init) }
    let matrix = BlockLayout(
      terms: [(meetings.count, 1), (levelCount, 1)], borderCount: 2,
      patterns: [BlockPattern(starts: starts, levels: levels)])
    return CholeskyLayout(matrix, tail: tail)
  }

  private func tailBlocks(_ layout: CholeskyLayout) -> Int {
    FactorBlockCounts(layout).blockCount(1, 1)
  }

  @Test("A tail whose connections form a tree has no fill", arguments: [UInt64(1), 2, 3])
  func tree(seed: UInt64) {
    var random = SplitMix(seed: seed)
    let count = 200
    // Each level is joined to one before it, under names in random order.
    let names = shuffled(count, &random)
    let edges = (1..<count).map { [names[$0], names[random.index(below: $0)]] }
    let layout = layout(edges, levelCount: count, tail: Self.exact)
    #expect(tailBlocks(layout) == count + edges.count)
  }

  @Test("A ring fills in as little as any order allows")
  func ring() {
    let count = 150
    let edges = (0..<count).map { [$0, ($0 + 1) % count] }
    // Eliminating all but three levels joins two neighbours each time.
    let expected = count + count + (count - 3)
    #expect(tailBlocks(layout(edges, levelCount: count, tail: Self.exact)) == expected)
  }

  @Test("Islands stay apart")
  func islands() {
    let edges = (0..<60).map { [2 * $0, 2 * $0 + 1] }
    #expect(tailBlocks(layout(edges, levelCount: 120, tail: Self.exact)) == 180)
  }

  @Test("A grid in random order fills in less than half of what its natural order would")
  func grid() {
    let side = 20
    var random = SplitMix(seed: 4)
    let names = shuffled(side * side, &random)
    var edges: [[Int]] = []
    for i in 0..<side {
      for j in 0..<side {
        if i > 0 { edges.append([names[i * side + j], names[(i - 1) * side + j]]) }
        if j > 0 { edges.append([names[i * side + j], names[i * side + j - 1]]) }
      }
    }
    // In natural order every column has `side` entries below its diagonal.
    let natural = side * side * (side + 1)
    let blocks = tailBlocks(layout(edges, levelCount: side * side, tail: Self.exact))
    #expect(2 * blocks < natural)
    #expect(blocks >= side * side + edges.count)
  }

  @Test("The positions are a permutation of the tail's random effects")
  func permutation() {
    var random = SplitMix(seed: 5)
    let edges = (0..<300).map { _ in (0..<3).map { _ in random.index(below: 150) } }
      .map { Array(Set($0)) }
    let layout = layout(edges, levelCount: 150, tail: Self.exact)
    #expect(layout.tail.positions.sorted() == (0..<Int32(150)).map { $0 })
  }

  @Test("A sparse tail is chosen where it promises to be faster, and takes less memory")
  func choice() {
    var random = SplitMix(seed: 6)
    let near = (0..<4000).map { _ -> [Int] in
      let level = random.index(below: 997)
      return [level, level + 1 + random.index(below: 3)]
    }
    let sparse = layout(near.map { Array(Set($0)) }, levelCount: 1000)
    #expect(!sparse.tail.isDense)
    #expect(10 * sparse.tail.valueCount < 1000 * 1000)

    let anywhere = (0..<4000).map { _ in (0..<8).map { _ in random.index(below: 200) } }
    #expect(layout(anywhere.map { Array(Set($0)) }, levelCount: 200).tail.isDense)
    let few = (0..<50).map { [$0, $0 + 1] }
    #expect(layout(few, levelCount: 51).tail.isDense)
  }

  @Test("A matrix without a border has a factor and an inverse, too")
  func noBorder() {
    var random = SplitMix(seed: 7)
    let count = 40
    let edges = (0..<count - 1).map { [$0, $0 + 1] }
    for storage in [TailStorage.dense, Self.exact] {
      let matrix = BlockLayout(
        terms: [(edges.count, 1), (count, 1)], borderCount: 0,
        patterns: [
          BlockPattern(
            starts: Array(stride(from: 0, through: 2 * edges.count, by: 2)),
            levels: edges.flatMap { $0.map(Int32.init) })
        ])
      // Z has one row per meeting of two levels.
      let order = edges.count + count
      var z = Matrix(rowCount: 2 * edges.count, columnCount: order)
      for (index, edge) in edges.enumerated() {
        for (j, level) in edge.enumerated() {
          z[2 * index + j, index] = random.normal()
          z[2 * index + j, edges.count + level] = random.normal()
        }
      }
      let a = z.transposed * z
      var values = (0..<order).map { a[$0, $0] }
      for (index, edge) in edges.enumerated() {
        for level in edge { values.append(a[edges.count + level, index]) }
      }
      let system = a + Matrix.identity(order)
      var cholesky = BlockedCholesky(layout: CholeskyLayout(matrix, tail: storage))
      #expect(
        cholesky.factorize(BlockedMatrix(layout: matrix, values: values), factors: [1, 1]) == nil)
      #expect(abs(cholesky.logDeterminant - system.logDeterminant) < 1e-10)
      let inverse = system.inverse
      let diagonal = cholesky.withSelectedInverse(borderRows: 0) {
        $0.diagonalBlocks(ofTerm: 0) + $0.diagonalBlocks(ofTerm: 1)
      }
      for i in 0..<order { #expect(abs(diagonal[i] - inverse[i, i]) < 1e-12) }
    }
  }

  private func shuffled(_ count: Int, _ random: inout SplitMix) -> [Int] {
    var names = Array(0..<count)
    for i in names.indices.reversed() { names.swapAt(i, random.index(below: i + 1)) }
    return names
  }
}
