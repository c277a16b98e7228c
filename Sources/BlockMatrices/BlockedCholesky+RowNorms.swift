// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

extension BlockedCholesky {
  /// So many rows share one solve with the dense tail.
  private static let batchCount = 64

  /// `‖L⁻¹ v‖²` for rows v of the model that was factorized, each with one level per term.
  ///
  /// A row meets one level of every term, so among the nodes it reaches these levels only: the
  /// chain of nested terms. The rest is a solve with the tail, for many rows at once.
  ///
  /// - Parameters:
  ///   - levelCodes: per term, the level of each row.
  ///   - effects: per term, the k entries of each row side by side, the term's factor included.
  ///   - border: the entries of each row in the first `borderRows` rows of the border, side by side.
  ///   - borderRows: how many rows of the border take part.
  /// - Complexity: O(n (Σ k (k + panel) + tail²)).
  package func squaredSolutionNorms(
    levelCodes: [[Int32]], effects: [[Double]], border: [Double], borderRows: Int, rowCount: Int
  ) -> [Double] {
    let layout = layout
    let order = layout.tailCount + borderRows
    var result = [Double](repeating: 0, count: rowCount)
    // Values of one row for the sparse terms, and of a batch for the tail, rows innermost.
    var chain = RowChain(layout.matrix.terms.prefix(layout.sparseTermCount).map(\.dimension))
    var tail = [Double](repeating: 0, count: max(1, order * Self.batchCount))
    values.withUnsafeBufferPointer { l in
      tail.withUnsafeMutableBufferPointer { tail in
        guard let l = l.baseAddress, let tail = tail.baseAddress else { return }
        for first in stride(from: 0, to: rowCount, by: Self.batchCount) {
          let count = min(Self.batchCount, rowCount - first)
          tail.update(repeating: 0, count: order * count)
          for c in 0..<count {
            let row = first + c
            for i in 0..<borderRows {
              tail[(layout.tailCount + i) * count + c] = border[row * borderRows + i]
            }
            for (term, shape) in layout.matrix.terms.enumerated() {
              let k = shape.dimension
              let level = Int(levelCodes[term][row])
              if term < layout.sparseTermCount {
                chain.set(
                  term, first: shape.start + level * k, effects[term][row * k..<(row + 1) * k])
              } else {
                let place = layout.tail.positions[shape.start + level * k - layout.sparseCount]
                for j in 0..<k { tail[(Int(place) + j) * count + c] = effects[term][row * k + j] }
              }
            }
            result[row] = layout.solve(
              &chain, l, levels: { Int(levelCodes[$0][row]) }, borderRows: borderRows,
              tail: tail + c, count: count)
          }
          layout.solveTailForward(l, tail, count: count, borderRows: borderRows)
          for i in 0..<order {
            for c in 0..<count { result[first + c] += tail[i * count + c] * tail[i * count + c] }
          }
        }
      }
    }
    return result
  }
}

/// The values of one row at its levels of the terms that are eliminated level by level.
private struct RowChain {
  var values: [Double]
  /// Where each term's values begin; one past the end closes the list.
  let starts: [Int]
  /// Of each term the index, among all random effects, of its first value.
  var firsts: [Int]

  init(_ dimensions: [Int]) {
    starts = dimensions.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
    values = [Double](repeating: 0, count: starts.last ?? 0)
    firsts = [Int](repeating: 0, count: dimensions.count)
  }

  mutating func set(_ term: Int, first: Int, _ effects: ArraySlice<Double>) {
    firsts[term] = first
    for (j, value) in effects.enumerated() { values[starts[term] + j] = value }
  }

  /// The place of a random effect of a term after the given one.
  func place(of index: Int, after term: Int) -> Int? {
    for later in firsts.indices.dropFirst(term + 1) {
      let offset = index - firsts[later]
      if offset >= 0, offset < starts[later + 1] - starts[later] { return starts[later] + offset }
    }
    return nil
  }
}

extension CholeskyLayout {
  /// Solves for one row at the nodes it reaches and takes their share from the row's tail values.
  /// - Returns: the sum of the squares of the solution at the nodes.
  fileprivate func solve(
    _ chain: inout RowChain, _ l: UnsafePointer<Double>, levels: (Int) -> Int, borderRows: Int,
    tail: UnsafeMutablePointer<Double>, count: Int
  ) -> Double {
    let border = matrix.borderCount
    var sum = 0.0
    for term in 0..<sparseTermCount {
      let shape = matrix.terms[term]
      let k = shape.dimension
      let level = levels(term)
      let node = nodeStart[term] + level
      let start = chain.starts[term]
      chain.values.withUnsafeMutableBufferPointer { values in
        guard let x = values.baseAddress else { return }
        solveLower(l + diagonalStart[term] + level * k * k, x + start, k)
        for j in 0..<k { sum += x[start + j] * x[start + j] }
        let borderBlock = l + borderStart + (shape.start + level * k) * border
        for j in 0..<k {
          for i in 0..<borderRows {
            tail[(tailCount + i) * count] -= borderBlock[i + j * border] * x[start + j]
          }
        }
      }
      let panel = l + panelOffset(term: term, node: node)
      for row in rowStart[node]..<rowStart[node + 1] {
        let entries = panel + (row - rowStart[node]) * k
        var product = 0.0
        for j in 0..<k { product += entries[j] * chain.values[start + j] }
        let index = Int(rows[row])
        if index >= sparseCount {
          tail[(index - sparseCount) * count] -= product
        } else if let place = chain.place(of: index, after: term) {
          chain.values[place] -= product
        }
      }
    }
    return sum
  }
}
