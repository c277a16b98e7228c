// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import BlockMatrices

@Suite("Minimum degree")
struct MinimumDegreeTests {
  /// A graph of levels that are joined two by two at random.
  private func graph(levelCount: Int, edgeCount: Int, seed: UInt64) throws -> TailGraph {
    var random = SplitMix(seed: seed)
    var levels: [Int32] = []
    for _ in 0..<edgeCount {
      let first = random.index(below: levelCount)
      let second = (first + 1 + random.index(below: levelCount - 1)) % levelCount
      levels += [Int32(min(first, second)), Int32(max(first, second))]
    }
    let starts = (0...edgeCount).map { 2 * $0 }
    let matrix = BlockLayout(
      terms: [(edgeCount, 1), (levelCount, 1)], borderCount: 1,
      patterns: [BlockPattern(starts: starts, levels: levels)])
    let tail = TailLevels(matrix, firstTerm: 1, levelStarts: starts, levels: levels)
    return try #require(TailGraph(tail, largestDensity: 1))
  }

  /// The pairs of additions and multiplications of a factor, by elimination with sets.
  private func work(_ graph: TailGraph, _ order: [Int32]) -> Double {
    var neighbours = (0..<graph.levelCount).map { Set(graph[$0].map(Int.init)) }
    var work = 0.0
    for level in order.map(Int.init) {
      let rows = neighbours[level]
      for row in rows {
        neighbours[row].formUnion(rows)
        neighbours[row].subtract([row, level])
      }
      let count = Double(rows.count)
      work += count * count + count + 1.0 / 3
    }
    return work
  }

  @Test(
    "The search ends early only if the factor takes more than it may",
    arguments: [(200, 220), (200, 400), (150, 1500), (60, 1200)])
  func boundedWork(_ levelCount: Int, _ edgeCount: Int) throws {
    for seed in 1...5 as ClosedRange<UInt64> {
      let graph = try graph(levelCount: levelCount, edgeCount: edgeCount, seed: seed)
      let search = try #require(MinimumDegree(graph))
      #expect(search.order.sorted() == (0..<Int32(levelCount)).map { $0 })
      let work = work(graph, search.order)
      // What counts as a dense remainder lacks entries at first.
      let allowed = MinimumDegree(graph, largestWork: 1.3 * work)?.order
      #expect(allowed == search.order)
      let forbidden = MinimumDegree(graph, largestWork: 0.9 * work)?.order
      #expect(forbidden == nil)
    }
  }
}
