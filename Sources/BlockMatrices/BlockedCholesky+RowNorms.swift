// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// The solutions of `L x = v` for many rows v, as far as variances need them.
package struct RowSolutions: Sendable {
  /// For each row, the sum of the squares of the solution at the random effects.
  package fileprivate(set) var randomSquares: [Double]
  /// For each row, the solution in the rows of the border that take part, side by side.
  package fileprivate(set) var border: [Double]
}

extension BlockedCholesky {
  /// So many rows share one solve with the dense tail.
  private static let batchCount = 64

  /// `‖L⁻¹ v‖²` for rows v with at most one level per term.
  ///
  /// Parameters and complexity are those of
  /// ``rowSolutions(levelCodes:effects:border:borderRows:rowCount:)``.
  package func squaredSolutionNorms(
    levelCodes: [[Int32]], effects: [[Double]], border: [Double], borderRows: Int, rowCount: Int
  ) -> [Double] {
    let solutions = rowSolutions(
      levelCodes: levelCodes, effects: effects, border: border, borderRows: borderRows,
      rowCount: rowCount)
    var norms = solutions.randomSquares
    for row in 0..<rowCount {
      for i in row * borderRows..<(row + 1) * borderRows {
        norms[row] += solutions.border[i] * solutions.border[i]
      }
    }
    return norms
  }

  /// `L⁻¹ v` for rows v with at most one level per term.
  ///
  /// Of the nodes, a row reaches its own levels and those that they meet on the way: for rows of
  /// the model the chain of nested terms, for others a few more. The rest is a solve with the
  /// tail, for many rows at once.
  ///
  /// - Parameters:
  ///   - levelCodes: per term, the level of each row; -1 where the row has no effects of the term.
  ///   - effects: per term, the k entries of each row side by side, the term's factor included.
  ///   - border: the entries of each row in the first `borderRows` rows of the border, side by side.
  ///   - borderRows: how many rows of the border take part.
  /// - Complexity: O(n (Σ k (k + panel) + tail²)).
  package func rowSolutions(
    levelCodes: [[Int32]], effects: [[Double]], border: [Double], borderRows: Int, rowCount: Int
  ) -> RowSolutions {
    let layout = layout
    let order = layout.tailCount + borderRows
    var result = RowSolutions(
      randomSquares: [Double](repeating: 0, count: rowCount),
      border: [Double](repeating: 0, count: rowCount * borderRows))
    // Values of one row at the nodes, and of a batch for the tail, rows innermost.
    var chain = RowChain()
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
            chain.removeAll()
            for (term, shape) in layout.matrix.terms.enumerated() {
              let k = shape.dimension
              let level = Int(levelCodes[term][row])
              guard level >= 0 else { continue }
              if term < layout.sparseTermCount {
                let offset = chain.append(term: term, level: level, shape)
                for j in 0..<k { chain.values[offset + j] = effects[term][row * k + j] }
              } else {
                let place = layout.tail.positions[shape.start + level * k - layout.sparseCount]
                for j in 0..<k { tail[(Int(place) + j) * count + c] = effects[term][row * k + j] }
              }
            }
            result.randomSquares[row] = layout.solve(
              &chain, l, borderRows: borderRows, tail: tail + c, count: count)
          }
          layout.solveTailForward(l, tail, count: count, borderRows: borderRows)
          for i in 0..<layout.tailCount {
            for c in 0..<count {
              result.randomSquares[first + c] += tail[i * count + c] * tail[i * count + c]
            }
          }
          for i in 0..<borderRows {
            for c in 0..<count {
              result.border[(first + c) * borderRows + i] =
                tail[(layout.tailCount + i) * count + c]
            }
          }
        }
      }
    }
    return result
  }
}

/// The values of one row at the levels it reaches of the terms that are eliminated level by level.
private struct RowChain {
  struct Node {
    let term: Int
    let level: Int
    /// The index of its first value among all random effects.
    let first: Int
    /// Where its values begin in ``values``.
    let offset: Int
  }

  var values: [Double] = []
  private(set) var nodes: [Node] = []

  mutating func removeAll() {
    values.removeAll(keepingCapacity: true)
    nodes.removeAll(keepingCapacity: true)
  }

  /// Adds a node whose values are zero.
  /// - Returns: where its values begin.
  mutating func append(term: Int, level: Int, _ shape: BlockShape) -> Int {
    let offset = values.count
    nodes.append(
      Node(
        term: term, level: level, first: shape.start + level * shape.dimension, offset: offset))
    for _ in 0..<shape.dimension { values.append(0) }
    return offset
  }

  /// The place in ``values`` of a random effect, whose node is added where the row had not yet
  /// reached it.
  mutating func place(of index: Int, in layout: CholeskyLayout) -> Int {
    for node in nodes {
      let offset = index - node.first
      if offset >= 0, offset < layout.matrix.terms[node.term].dimension {
        return node.offset + offset
      }
    }
    let target = layout.nodePlace(of: index)
    return append(term: target.term, level: target.level, layout.matrix.terms[target.term])
      + target.offset
  }
}

extension CholeskyLayout {
  /// Solves for one row at the nodes it reaches and takes their share from the row's tail values.
  /// - Returns: the sum of the squares of the solution at the nodes.
  fileprivate func solve(
    _ chain: inout RowChain, _ l: UnsafePointer<Double>, borderRows: Int,
    tail: UnsafeMutablePointer<Double>, count: Int
  ) -> Double {
    let border = matrix.borderCount
    var sum = 0.0
    for term in 0..<sparseTermCount {
      let shape = matrix.terms[term]
      let k = shape.dimension
      // Nodes added on the way belong to later terms.
      for place in chain.nodes.indices where chain.nodes[place].term == term {
        let level = chain.nodes[place].level
        let start = chain.nodes[place].offset
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
        let node = nodeStart[term] + level
        let panel = l + panelOffset(term: term, node: node)
        for row in rowStart[node]..<rowStart[node + 1] {
          let entries = panel + (row - rowStart[node]) * k
          var product = 0.0
          for j in 0..<k { product += entries[j] * chain.values[start + j] }
          let index = Int(rows[row])
          if index >= sparseCount {
            tail[(index - sparseCount) * count] -= product
          } else {
            chain.values[chain.place(of: index, in: self)] -= product
          }
        }
      }
    }
    return sum
  }
}
