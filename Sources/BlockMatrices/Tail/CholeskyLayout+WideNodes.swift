// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

// Nodes that meet a large part of a dense tail, as all do in a complete design. Batches of them are
// packed as columns of a dense matrix, zeros where a node meets nothing, and the passes over all
// pairs of their rows become products of dense matrices.

extension CholeskyLayout {
  /// Values of a packed batch: they fit into a core's own cache.
  private static let batchCapacity = 1 << 16

  /// Subtracts from the tail what the elimination of the wide nodes contributes to it.
  ///
  /// Threads own supernodes, so that the order of the sums does not depend on their number.
  func collectWideNodes(_ l: UnsafeMutablePointer<Double>, threads: Int) {
    guard wideNodes.contains(where: { !$0.isEmpty }) else { return }
    shareWork(tail.supernodes.count, threads: threads) { index in
      let supernode = tail.supernodes[index]
      let height = supernode.leadingDimension
      let width = tail.levelStarts[supernode.levels.upperBound] - supernode.first
      let block = l + tailStart + supernode.start
      forEachBatch(height: height) { term, nodes, packed in
        let columnCount = nodes.count * matrix.terms[term].dimension
        pack(nodes, ofTerm: term, l, into: packed, from: supernode.first, height: height)
        packBorder(nodes, ofTerm: term, l, into: packed + height - matrix.borderCount, height)
        // Above the diagonal nothing is read, so what falls there does not matter.
        multiply(
          DenseFactor(packed, leadingDimension: height),
          DenseFactor(packed, leadingDimension: height, isTransposed: true),
          rowCount: height, columnCount: width, inner: columnCount, scale: -1, into: block,
          leadingDimension: height, kept: 1)
      }
    }
  }

  /// Writes `Z_RR K` for the rows of the tail in the panels of one term's wide nodes, whose panels
  /// hold K.
  ///
  /// Threads own batches, so that the order of the sums does not depend on their number.
  /// - Parameter products: for each row of the term's panels, k values.
  func multiplyTailInverseOfWideNodes(
    ofTerm term: Int, _ l: UnsafePointer<Double>, products: UnsafeMutablePointer<Double>,
    threads: Int
  ) {
    let wide = wideNodes[term]
    guard !wide.isEmpty else { return }
    let k = matrix.terms[term].dimension
    let length = batchLength(dimension: k, height: tailCount)
    shareWork((wide.count + length - 1) / length, threads: threads) { batch in
      let nodes = wide[batch * length..<min(wide.count, (batch + 1) * length)]
      let columnCount = nodes.count * k
      withUnsafeTemporaryAllocation(
        of: Double.self, capacity: 2 * tailCount * columnCount
      ) { scratch in
        guard let packed = scratch.baseAddress else { return }
        let product = packed + tailCount * columnCount
        pack(nodes, ofTerm: term, l, into: packed, from: 0, height: tailCount)
        for supernode in tail.supernodes {
          let first = supernode.first
          let width = tail.levelStarts[supernode.levels.upperBound] - first
          let inverse = l + tailStart + supernode.start
          // The supernode's columns of the inverse, then those below the diagonal as rows.
          multiply(
            DenseFactor(inverse, leadingDimension: supernode.leadingDimension),
            DenseFactor(packed + first, leadingDimension: tailCount),
            rowCount: tailCount - first, columnCount: columnCount, inner: width,
            into: product + first, leadingDimension: tailCount, kept: first == 0 ? 0 : 1)
          let below = first + width
          guard below < tailCount else { continue }
          multiply(
            DenseFactor(
              inverse + width, leadingDimension: supernode.leadingDimension, isTransposed: true),
            DenseFactor(packed + below, leadingDimension: tailCount),
            rowCount: width, columnCount: columnCount, inner: tailCount - below,
            into: product + first, leadingDimension: tailCount, kept: 1)
        }
        unpack(product, nodes, ofTerm: term, into: products)
      }
    }
  }

  private func batchLength(dimension k: Int, height: Int) -> Int {
    max(1, min(256, max(16, Self.batchCapacity / height)) / k)
  }

  /// Calls `body` with batches of all terms' wide nodes, and with room to pack them.
  private func forEachBatch(
    height: Int,
    _ body: (
      _ term: Int, _ nodes: ArraySlice<WideNode>, _ packed: UnsafeMutablePointer<Double>
    ) -> Void
  ) {
    for (term, wide) in wideNodes.enumerated() where !wide.isEmpty {
      let k = matrix.terms[term].dimension
      let length = min(wide.count, batchLength(dimension: k, height: height))
      withUnsafeTemporaryAllocation(of: Double.self, capacity: height * length * k) { packed in
        guard let packed = packed.baseAddress else { return }
        for first in stride(from: 0, to: wide.count, by: length) {
          body(term, wide[first..<min(wide.count, first + length)], packed)
        }
      }
    }
  }

  /// Writes the panels of some nodes as columns: the rows of the tail from a position on.
  private func pack(
    _ nodes: ArraySlice<WideNode>, ofTerm term: Int, _ l: UnsafePointer<Double>,
    into packed: UnsafeMutablePointer<Double>, from first: Int, height: Int
  ) {
    withConstant(matrix.terms[term].dimension) { k in
      let panels = l + panelStart[term] - rowStart[nodeStart[term]] * k
      var column = packed
      for wide in nodes {
        let rowRange = Int(wide.row)..<rowStart[Int(wide.node) + 1]
        if rowRange.count == tailCount {
          // It meets all rows, which stand in order.
          let panel = panels + (rowRange.lowerBound + first) * k
          for i in 0..<k {
            for row in 0..<tailCount - first { column[row + i * height] = panel[row * k + i] }
          }
        } else {
          column.update(repeating: 0, count: height * k)
          for row in rowRange.lowerBound + rowsBefore(first, of: wide)..<rowRange.upperBound {
            let place = Int(rows[row]) - sparseCount - first
            for i in 0..<k { column[place + i * height] = panels[row * k + i] }
          }
        }
        column += k * height
      }
    }
  }

  /// The number of a node's rows in the tail before a position.
  private func rowsBefore(_ position: Int, of wide: WideNode) -> Int {
    rows.lowerBound(
      of: Int32(sparseCount + position), from: Int(wide.row), to: rowStart[Int(wide.node) + 1])
      - Int(wide.row)
  }

  /// Writes columns to the places of some nodes' panels: the reverse of packing all rows of the tail.
  private func unpack(
    _ packed: UnsafePointer<Double>, _ nodes: ArraySlice<WideNode>, ofTerm term: Int,
    into products: UnsafeMutablePointer<Double>
  ) {
    withConstant(matrix.terms[term].dimension) { k in
      let panels = products - rowStart[nodeStart[term]] * k
      var column = packed
      for wide in nodes {
        for row in Int(wide.row)..<rowStart[Int(wide.node) + 1] {
          let place = Int(rows[row]) - sparseCount
          for i in 0..<k { panels[row * k + i] = column[place + i * tailCount] }
        }
        column += k * tailCount
      }
    }
  }

  /// Writes the border's rows of some nodes, below their panels.
  private func packBorder(
    _ nodes: ArraySlice<WideNode>, ofTerm term: Int, _ l: UnsafePointer<Double>,
    into packed: UnsafeMutablePointer<Double>, _ height: Int
  ) {
    let k = matrix.terms[term].dimension
    let border = matrix.borderCount
    let blocks = l + borderStart + (matrix.terms[term].start - nodeStart[term] * k) * border
    var column = packed
    for wide in nodes {
      let block = blocks + Int(wide.node) * k * border
      for i in 0..<k {
        for row in 0..<border { column[row] = block[row + i * border] }
        column += height
      }
    }
  }
}
