// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import TestSupport
import Testing

@testable import BlockMatrices

@Suite("Block columns of a dense triangle")
struct BlockColumnsTests {
  /// Widths of panels: one alone, few and narrow, tiles that end within panels, several tiles.
  private static let widths = [[7], [1, 4, 2], [96, 96, 130], [20, 310, 5, 15]]

  /// Panels with the lower triangle of a positive definite matrix, NaN where nothing may be read,
  /// and the whole matrix.
  private func problem(
    _ widths: [Int], seed: UInt64
  ) -> (columns: BlockColumns, values: [Double], square: [Double]) {
    var random = SplitMix(seed: seed)
    let n = widths.reduce(0, +)
    let root = (0..<n * n).map { _ in random.normal() }
    var square = [Double](repeating: 0, count: n * n)
    for i in 0..<n { square[i * (n + 1)] = 1 }
    symmetricRankUpdate(
      &square, order: n, leadingDimension: n, scale: 1, root, inner: n, leadingDimension: n)
    var panels: [(width: Int, start: Int)] = []
    var values: [Double] = []
    var first = 0
    for width in widths {
      panels.append((width, values.count))
      for column in first..<first + width {
        for row in first..<n { values.append(row < column ? .nan : square[row + column * n]) }
      }
      first += width
    }
    return (BlockColumns(panels), values, square)
  }

  /// The entries on and below the diagonal of the first columns.
  private func lower(_ columns: BlockColumns, _ values: [Double], order: Int) -> [Double] {
    columns.panels.flatMap { panel in
      (panel.first..<max(panel.first, min(order, panel.end))).flatMap { column in
        (column..<order).map {
          values[panel.start + (column - panel.first) * panel.stride + $0 - panel.first]
        }
      }
    }
  }

  private func lower(ofSquare values: [Double], stride n: Int, order: Int) -> [Double] {
    (0..<order).flatMap { column in (column..<order).map { values[$0 + column * n] } }
  }

  private func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
    let scale = b.reduce(0) { max($0, abs($1)) }
    return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } / scale
  }

  @Test("Factor and inverse are those of a square array", arguments: widths, [1, 3])
  func agreement(widths: [Int], threads: Int) {
    let (columns, values, square) = problem(widths, seed: 1)
    let n = columns.order
    #expect(n == widths.reduce(0, +))
    // The whole inverse, and that of a leading part, whose end lies within the last panel.
    for order in Set([n, n - min(3, widths[widths.count - 1] - 1)]) {
      var values = values
      #expect(columns.factorize(&values, threads: threads) == nil)
      var expected = square
      #expect(choleskyFactorize(&expected, order: n, leadingDimension: n) == nil)
      #expect(
        largestDifference(
          lower(columns, values, order: n), lower(ofSquare: expected, stride: n, order: n))
          < 1e-11)

      columns.invert(&values, order: order, threads: threads)
      choleskyInvert(&expected, order: order, leadingDimension: n)
      // Condition numbers reach 1e5.
      #expect(
        largestDifference(
          lower(columns, values, order: order),
          lower(ofSquare: expected, stride: n, order: order)) < 1e-9)
    }
  }

  @Test("No number of threads changes a bit", arguments: widths)
  func threads(widths: [Int]) {
    let (columns, values, _) = problem(widths, seed: 2)
    let results = [1, 2, 3].map { threads in
      var values = values
      _ = columns.factorize(&values, threads: threads)
      let factor = lower(columns, values, order: columns.order)
      columns.invert(&values, order: columns.order, threads: threads)
      return factor + lower(columns, values, order: columns.order)
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }

  @Test("A pivot that is not positive is named", arguments: widths)
  func breakdown(widths: [Int]) {
    let (columns, values, _) = problem(widths, seed: 3)
    for panel in columns.panels {
      var values = values
      let last = panel.width - 1
      values[panel.start + last * (panel.stride + 1)] = -1
      #expect(columns.factorize(&values, threads: 2) == panel.end - 1)
    }
  }
}
