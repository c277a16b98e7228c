// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// A dense symmetric matrix whose lower triangle is stored in block columns.
///
/// Each block column is a dense column-major trapezoid: a square on the diagonal and all rows below
/// it. Together they take little more than half of what a square array takes, and every operation is
/// a product of blocks. The rows are worked on in tiles, whose size does not depend on the number of
/// threads that share them; neither do the results, to the last bit.
struct BlockColumns: Sendable {
  struct Panel: Sendable {
    /// The row and column of the panel's first entry.
    let first: Int
    let width: Int
    /// Where its values begin.
    let start: Int
    /// From a column to the next.
    let stride: Int

    var end: Int { first + width }
  }

  let order: Int
  let panels: [Panel]

  /// Columns of a panel: enough for products to run at the library's full speed, and few enough for
  /// the upper triangles of the squares on the diagonal to take little.
  static let width = 96
  /// Rows of a tile: with a panel's columns they fit into a core's own cache.
  private static let tileHeight = 288

  /// - Parameter panels: the columns of each, and where its values begin.
  init(_ panels: [(width: Int, start: Int)]) {
    let order = panels.reduce(0) { $0 + $1.width }
    var result: [Panel] = []
    for (width, start) in panels {
      let first = result.last?.end ?? 0
      result.append(Panel(first: first, width: width, start: start, stride: order - first))
    }
    self.order = order
    self.panels = result
  }

  /// Calls `body` with the rows of each tile, on several threads.
  private func forEachTile(
    from first: Int, to end: Int, threads: Int, _ body: (Range<Int>) -> Void
  ) {
    guard first < end else { return }
    let count = (end - first + Self.tileHeight - 1) / Self.tileHeight
    shareWork(count, threads: threads) { tile in
      let start = first + tile * Self.tileHeight
      body(start..<min(end, start + Self.tileHeight))
    }
  }

  /// Overwrites the matrix with its Cholesky factor.
  ///
  /// Panel after panel collects what those before it contribute, so that a tile is read and written
  /// once for all of them (a left-looking factorization).
  /// - Returns: `nil`, or the index of the first pivot that is not positive.
  func factorize(_ a: UnsafeMutablePointer<Double>, threads: Int) -> Int? {
    for (index, panel) in panels.enumerated() {
      let block = a + panel.start
      let factor = DenseFactor(block, leadingDimension: panel.stride, isTransposed: true)
      for earlier in panels[..<index] {
        symmetricRankUpdate(
          block, order: panel.width, leadingDimension: panel.stride,
          subtracting: a + earlier.start + (panel.first - earlier.first), inner: earlier.width,
          leadingDimension: earlier.stride)
      }
      if let pivot = choleskyFactorize(
        block, order: panel.width, leadingDimension: panel.stride)
      {
        return panel.first + pivot
      }
      forEachTile(from: panel.end, to: order, threads: threads) { rows in
        let tile = block + (rows.lowerBound - panel.first)
        for earlier in panels[..<index] {
          let start = a + earlier.start - earlier.first
          multiply(
            DenseFactor(start + rows.lowerBound, leadingDimension: earlier.stride),
            DenseFactor(
              start + panel.first, leadingDimension: earlier.stride, isTransposed: true),
            rowCount: rows.count, columnCount: panel.width, inner: earlier.width, scale: -1,
            into: tile, leadingDimension: panel.stride, kept: 1)
        }
        solveFromRight(
          factor, order: panel.width, tile, rowCount: rows.count, leadingDimension: panel.stride)
      }
    }
    return nil
  }

  /// Overwrites the factor L of the leading `order` rows with the inverse of `L L'`; the rest is left
  /// as it is. The squares on the diagonal are filled above the diagonal, too.
  ///
  /// From the last panel on: with `K = L_Rs L_ss⁻¹`, the panel's columns of the inverse Z are
  /// `Z_Rs = -Z_RR K` and `Z_ss = (L_ss L_ss')⁻¹ + K' Z_RR K`.
  func invert(_ a: UnsafeMutablePointer<Double>, order: Int, threads: Int) {
    let productCount = panels.reduce(1) { max($0, (order - $1.end) * $1.width) }
    withUnsafeTemporaryAllocation(of: Double.self, capacity: productCount) { product in
      guard let product = product.baseAddress else { return }
      for (index, panel) in panels.enumerated().reversed() {
        let width = min(panel.width, order - panel.first)
        guard width > 0 else { continue }
        let block = a + panel.start
        let count = order - panel.first - width
        if count > 0 {
          forEachTile(from: panel.end, to: order, threads: threads) { rows in
            solveFromRight(
              DenseFactor(block, leadingDimension: panel.stride), order: width,
              block + (rows.lowerBound - panel.first), rowCount: rows.count,
              leadingDimension: panel.stride)
          }
        }
        choleskyInvert(block, order: width, leadingDimension: panel.stride)
        if count > 0 {
          forEachTile(from: panel.end, to: order, threads: threads) { rows in
            multiplyInverse(a, index, rows, order: order, into: product)
          }
          finish(a, panel, count: count, product: product)
        }
        for j in 0..<width {
          for i in j + 1..<max(j + 1, width) {
            block[j + i * panel.stride] = block[i + j * panel.stride]
          }
        }
      }
    }
  }

  /// One tile of rows of `product = Z_RR K`, R being the rows below a panel that holds K.
  private func multiplyInverse(
    _ a: UnsafeMutablePointer<Double>, _ index: Int, _ rows: Range<Int>, order: Int,
    into product: UnsafeMutablePointer<Double>
  ) {
    let panel = panels[index]
    let gain = a + panel.start - panel.first
    let stride = order - panel.end
    let product = product - panel.end
    var kept = 0.0
    for later in panels[(index + 1)...] where later.first < rows.upperBound {
      let inverse = a + later.start
      // Rows among the columns of the later panel: its columns as rows.
      let columns = rows.clamped(to: later.first..<later.end)
      if !columns.isEmpty {
        multiply(
          DenseFactor(
            inverse + (columns.lowerBound - later.first) * later.stride,
            leadingDimension: later.stride, isTransposed: true),
          DenseFactor(gain + later.first, leadingDimension: panel.stride),
          rowCount: columns.count, columnCount: panel.width, inner: order - later.first,
          into: product + columns.lowerBound, leadingDimension: stride,
          kept: kept)
      }
      let below = max(rows.lowerBound, later.end)..<max(rows.upperBound, later.end)
      if !below.isEmpty {
        multiply(
          DenseFactor(inverse + (below.lowerBound - later.first), leadingDimension: later.stride),
          DenseFactor(gain + later.first, leadingDimension: panel.stride),
          rowCount: below.count, columnCount: panel.width, inner: later.width,
          into: product + below.lowerBound, leadingDimension: stride, kept: kept)
      }
      kept = 1
    }
  }

  /// Adds `K' Z_RR K` to the square on the diagonal, and puts `-Z_RR K` in place of K.
  private func finish(
    _ a: UnsafeMutablePointer<Double>, _ panel: Panel, count: Int,
    product: UnsafePointer<Double>
  ) {
    let block = a + panel.start
    multiply(
      DenseFactor(block + panel.width, leadingDimension: panel.stride, isTransposed: true),
      DenseFactor(product, leadingDimension: count),
      rowCount: panel.width, columnCount: panel.width, inner: count, into: block,
      leadingDimension: panel.stride, kept: 1)
    for column in 0..<panel.width {
      let target = block + panel.width + column * panel.stride
      let source = product + column * count
      for row in 0..<count { target[row] = -source[row] }
    }
  }
}
