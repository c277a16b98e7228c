// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import RealModule

/// The blocked Cholesky factor L of `Λ'AΛ + I` bordered by the dense rows of A, where Λ is block
/// diagonal: one k × k lower-triangular factor per term, repeated for each level.
///
/// With A the cross-products of `[Z1 ... Zt | X y]`, this is the factor from which a mixed model's
/// criterion, coefficients and conditional modes are read (Bates, Mächler, Bolker & Walker 2015,
/// section 3). The values are one flat array described by a ``CholeskyLayout``: the nodes' diagonal
/// blocks (column-major), their panels (each row's k values side by side), the border (one column
/// per sparse random effect) and the supernodes of the tail (column-major, lower triangles).
package struct BlockedCholesky: Sendable {
  package let layout: CholeskyLayout
  package internal(set) var values: [Double]

  /// Where a factorization broke down.
  package enum Breakdown: Sendable, Hashable {
    /// At a random effect, counted over all terms in order.
    case randomEffect(Int)
    /// At a row of the border.
    case border(Int)
  }

  package init(layout: CholeskyLayout) {
    self.layout = layout
    values = [Double](repeating: 0, count: layout.valueCount)
  }

  /// Factorizes `Λ'AΛ + I`, in place of whatever was held before.
  /// - Parameter factors: the terms' k × k factors, column-major, one after the other.
  /// - Returns: `nil`, or where a pivot was not positive.
  /// - Complexity: the sum over nodes of `k * rows²`, plus, for a dense tail, a third of the cube of
  ///   its order; for a sparse one the sum over columns of their entries' squares.
  package mutating func factorize(_ a: BlockedMatrix, factors: [Double]) -> Breakdown? {
    let layout = layout
    return values.withUnsafeMutableBufferPointer { values in
      a.values.withUnsafeBufferPointer { a in
        factors.withUnsafeBufferPointer { factors in
          guard let l = values.baseAddress, let a = a.baseAddress, let lambda = factors.baseAddress
          else { return nil }
          if layout.matrix.hasSingleSmallTerm {
            if let level = layout.eliminateSingleTerm(a, lambda: lambda, into: l) {
              return .randomEffect(level * layout.matrix.terms[0].dimension)
            }
            return layout.factorizeTail(l)
          }
          layout.load(a, lambda: lambda, into: l)
          for term in 0..<layout.sparseTermCount {
            if let level = layout.eliminate(term: term, l) {
              return .randomEffect(
                layout.matrix.terms[term].start + level * layout.matrix.terms[term].dimension)
            }
          }
          return layout.factorizeTail(l)
        }
      }
    }
  }

  /// An entry of L where rows of the border meet, on or below the diagonal.
  package func borderEntry(_ row: Int, _ column: Int) -> Double {
    values[layout.cornerPlace(row, column)]
  }

  /// The log-determinant of the random-effects part, `log |Λ'Z'ZΛ + I|`.
  package var logDeterminant: Double {
    var sum = LogarithmSum()
    values.withUnsafeBufferPointer { l in
      for term in 0..<layout.sparseTermCount {
        let shape = layout.matrix.terms[term]
        let k = shape.dimension
        var pivot = layout.diagonalStart[term]
        for _ in 0..<shape.levelCount {
          for i in 0..<k { sum.add(logarithmOf: l[pivot + i * (k + 1)]) }
          pivot += k * k
        }
      }
      for i in 0..<layout.tailCount {
        sum.add(logarithmOf: l[layout.tailStart + layout.tail.diagonals[i]])
      }
    }
    return 2 * sum.value
  }
}

/// The sum of many logarithms, of which few are computed: those of products well within the range
/// of a double.
struct LogarithmSum {
  private var sum = 0.0
  private var product = 1.0

  /// The pivots of `Λ'AΛ + I`, which are one at least, would have to exceed the inverse of this
  /// share of the range for a product to overflow.
  private static let largestProduct = 1e150

  @inline(__always)
  mutating func add(logarithmOf pivot: Double) {
    product *= pivot
    if product > Self.largestProduct {
      sum += Double.log(product)
      product = 1
    }
  }

  var value: Double { sum + Double.log(product) }
}

extension CholeskyLayout {
  /// Factorizes the nodes of one term, and subtracts what their elimination contributes to the nodes
  /// after them. The tail collects its part later.
  /// - Returns: `nil`, or the level whose diagonal block is not positive definite.
  fileprivate func eliminate(term: Int, _ l: UnsafeMutablePointer<Double>) -> Int? {
    withConstant(matrix.terms[term].dimension) { eliminate(term: term, dimension: $0, l) }
  }

  @inline(__always)
  private func eliminate(
    term: Int, dimension k: Int, _ l: UnsafeMutablePointer<Double>
  ) -> Int? {
    let shape = matrix.terms[term]
    let border = matrix.borderCount
    let sparseCount = sparseCount
    let isLast = term == sparseTermCount - 1
    var diagonal = l + diagonalStart[term]
    var panel = l + panelStart[term]
    var borderBlock = l + borderStart + shape.start * border
    var first = rowStart[nodeStart[term]]
    return rows.withUnsafeBufferPointer { rows in
      guard var nodeRows = rows.baseAddress.map({ $0 + first }) else { return nil }
      for level in 0..<shape.levelCount {
        if smallCholesky(diagonal, order: k, leadingDimension: k) != nil { return level }
        let end = rowStart[nodeStart[term] + level + 1]
        let count = end - first
        for row in 0..<count { solveLower(diagonal, panel + row * k, k) }
        solveFromRight(diagonal, borderBlock, k, rowCount: border)
        var column = isLast ? count : 0
        while column < count, Int(nodeRows[column]) < sparseCount {
          let target = Int(nodeRows[column])
          let x = panel + column * k
          subtractFromNode(
            target, column: column, panel: panel, dimension: k, nodeRows, count: count, l)
          let borderColumn = l + borderStart + target * border
          for j in 0..<k { add(-x[j], borderBlock + j * border, to: borderColumn, border) }
          column += 1
        }
        diagonal += k * k
        panel += count * k
        borderBlock += k * border
        nodeRows += count
        first = end
      }
      return nil
    }
  }

  /// The rank update of one column that belongs to a sparse node, at index `target`.
  private func subtractFromNode(
    _ target: Int, column: Int, panel: UnsafePointer<Double>, dimension k: Int,
    _ nodeRows: UnsafePointer<Int32>, count: Int, _ l: UnsafeMutablePointer<Double>
  ) {
    let place = nodePlace(of: target)
    let m = place.dimension
    let diagonal = l + place.diagonal
    let targetPanel = l + place.panel
    var position = place.rows.lowerBound
    for row in column..<count {
      let index = Int(nodeRows[row])
      let product = dot(panel + row * k, panel + column * k, k)
      if index < place.start + m {
        diagonal[index - place.start + place.offset * m] -= product
      } else {
        position = rows.lowerBound(
          of: Int32(index), from: position, to: place.rows.upperBound)
        targetPanel[(position - place.rows.lowerBound) * m + place.offset] -= product
      }
    }
  }
}
