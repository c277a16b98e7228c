// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import MixedModelFitting

@Suite("Weighted cross-products")
struct WeightedAccumulationTests {
  /// 700 rows, more than are weighted at a time: one factor in runs, one in no order, and covariates
  /// that are one or not.
  private func accumulator(
    borderCount: Int, areIntercepts: Bool
  ) -> (accumulator: CrossProductAccumulator, weights: [Double]) {
    var random = SplitMix(seed: 17)
    let n = 700
    let inRuns = (0..<n).map { Int32($0 / 50 % 5) }
    let inNoOrder = (0..<n).map { _ in Int32(random.index(below: 9)) }
    let terms = [inNoOrder, inRuns].enumerated().map { index, codes in
      DesignRows.Term(
        levelCodes: codes, levelCount: index == 0 ? 9 : 5, dimension: 1,
        values: areIntercepts ? [Double](repeating: 1, count: n) : random.normals(n))
    }
    // Observed information may be negative.
    return (
      CrossProductAccumulator(
        terms: terms, border: random.normals(n * borderCount), borderCount: borderCount),
      random.normals(n)
    )
  }

  @Test(
    "They are sums over the rows, whatever the number of fixed effects",
    arguments: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12], [true, false])
  func sums(borderCount: Int, areIntercepts: Bool) {
    let (accumulator, weights) = accumulator(borderCount: borderCount, areIntercepts: areIntercepts)
    let layout = accumulator.layout
    var values = [Double](repeating: .nan, count: layout.valueCount)
    accumulator.accumulate(weights: weights, into: &values)
    var expected = [Double](repeating: 0, count: layout.valueCount)
    let (first, second) = (accumulator.terms[0], accumulator.terms[1])
    let entries = accumulator.entries(later: 1, earlier: 0)
    for (row, weight) in weights.enumerated() {
      let (x, y) = (first.values[row], second.values[row])
      expected[layout.diagonalStart[0] + Int(first.levelCodes[row])] += weight * x * x
      expected[layout.diagonalStart[1] + Int(second.levelCodes[row])] += weight * y * y
      expected[layout.pairStart[0] + Int(entries[row])] += weight * x * y
      for j in 0..<borderCount {
        let b = accumulator.border[row * borderCount + j]
        for (term, value) in [(0, x), (1, y)] {
          let effect = layout.terms[term].start + Int(accumulator.terms[term].levelCodes[row])
          expected[layout.borderStart + effect * borderCount + j] += weight * value * b
        }
        for i in 0..<borderCount {
          expected[layout.cornerStart + i + j * borderCount] +=
            weight * b * accumulator.border[row * borderCount + i]
        }
      }
    }
    for (ours, theirs) in zip(values, expected) { #expect(abs(ours - theirs) < 1e-11) }
    var corner = [Double](repeating: .nan, count: borderCount * borderCount)
    accumulator.accumulateCorner(weights: weights, into: &corner)
    for (ours, theirs) in zip(corner, expected[layout.cornerStart...]) {
      #expect(abs(ours - theirs) < 1e-11)
    }
  }

  @Test("Sums by runs are those by rows; short runs are not taken for such")
  func runs() throws {
    let codes: [Int32] = [2, 2, 2, 2, 2, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 1]
    let runs = try #require(LevelRuns(codes))
    let x = (1...codes.count).map { Double($0 * $0) }
    var sums = [100.0, 200, 300]
    runs.add(x, to: &sums)
    // Squares of 6 to 8, of 16, and of 1 to 5 and 9 to 15.
    let expected: [Double] = [249, 456, 1391]
    #expect(sums == expected)
    #expect(LevelRuns([0, 0, 0, 1, 1, 1, 2]) == nil)
  }
}
