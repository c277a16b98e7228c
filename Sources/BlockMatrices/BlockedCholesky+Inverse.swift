// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// Entries of `(LL')⁻¹` on the pattern of L, in the places of the factor.
///
/// The recursion of Takahashi, Fagan & Chin (1973), node by node from the tail up: with
/// `K = L_Rv L_vv⁻¹` and Z the inverse, `Z_Rv = -Z_RR K` and `Z_vv = (L_vv L_vv')⁻¹ + K' Z_RR K`.
/// The pattern of L is closed under it, so no other entry is ever needed.
package struct SelectedInverse: Sendable {
  package let layout: CholeskyLayout
  package let values: [Double]
  /// The number of border rows that belong to the inverted matrix; the inverse is zero elsewhere.
  package let borderRows: Int
}

extension BlockedCholesky {
  /// Calls `body` with the selected inverse, which takes the place of the factor: factorize again
  /// before using the factor.
  ///
  /// - Parameter borderRows: how many rows of the border belong to the inverted matrix: none for
  ///   the random effects alone, all but the response for the whole system of normal equations.
  /// - Complexity: twice the cost of the factorization.
  package mutating func withSelectedInverse<Result>(
    borderRows: Int, _ body: (SelectedInverse) -> Result
  ) -> Result {
    let layout = layout
    // The values move out and back, so that they are never copied.
    var storage: [Double] = []
    swap(&storage, &values)
    storage.withUnsafeMutableBufferPointer { l in
      guard let l = l.baseAddress else { return }
      layout.invert(l, borderRows: borderRows)
    }
    let result = body(SelectedInverse(layout: layout, values: storage, borderRows: borderRows))
    swap(&storage, &values)
    return result
  }

  /// Calls `body` with the selected inverse, for which a workspace has room, so that the factor
  /// stays as it is.
  package func withSelectedInverse<Result>(
    borderRows: Int, in workspace: inout [Double], _ body: (SelectedInverse) -> Result
  ) -> Result {
    var copy = BlockedCholesky(layout: layout, workspace: &workspace)
    copy.values.replaceContents(with: values)
    let result = copy.withSelectedInverse(borderRows: borderRows, body)
    swap(&copy.values, &workspace)
    return result
  }

  /// A factor in the storage of a workspace, which is then empty.
  private init(layout: CholeskyLayout, workspace: inout [Double]) {
    self.layout = layout
    values = []
    swap(&values, &workspace)
  }
}

extension CholeskyLayout {
  func invert(_ l: UnsafeMutablePointer<Double>, borderRows: Int) {
    invertTail(l, borderRows: borderRows)
    let half = (largestPanel + borderRows) * matrix.largestDimension
    let scratchCount = 2 * half + largestPanel + borderRows
    let productCount = tailCount > 0 ? largestTermPanel : 0
    withUnsafeTemporaryAllocation(
      of: Double.self, capacity: max(1, scratchCount + productCount)
    ) { scratch in
      guard let scratch = scratch.baseAddress else { return }
      for term in (0..<sparseTermCount).reversed() {
        withConstant(matrix.terms[term].dimension) {
          invertNodes(
            term: term, dimension: $0, l, borderRows: borderRows,
            workspace: NodeWorkspace(
              gain: scratch, product: scratch + half, column: scratch + 2 * half,
              tailProducts: scratch + scratchCount))
        }
      }
    }
  }

  /// Values of one node's rows (panel, then border), and `tailProducts` of all rows of a term.
  private struct NodeWorkspace {
    let gain: UnsafeMutablePointer<Double>
    let product: UnsafeMutablePointer<Double>
    let column: UnsafeMutablePointer<Double>
    let tailProducts: UnsafeMutablePointer<Double>
  }

  /// The number of values in the panels of one term, at most.
  private var largestTermPanel: Int {
    (0..<sparseTermCount).reduce(0) { max($0, panelValueCount(ofTerm: $1)) }
  }

  private func panelValueCount(ofTerm term: Int) -> Int {
    (rowStart[nodeStart[term + 1]] - rowStart[nodeStart[term]]) * matrix.terms[term].dimension
  }

  /// The recursion over one term: first the part of `Z_RR K` in which rows of the tail meet, swept
  /// along the columns of the tail for all nodes at once, then node by node the rest.
  @inline(__always)
  private func invertNodes(
    term: Int, dimension k: Int, _ l: UnsafeMutablePointer<Double>, borderRows: Int,
    workspace: NodeWorkspace
  ) {
    let shape = matrix.terms[term]
    let border = matrix.borderCount
    let firstPanel = l + panelStart[term]
    let firstRow = rowStart[nodeStart[term]]
    let gain = workspace.gain
    let product = workspace.product
    // K = L_Rv L_vv⁻¹, one row at a time.
    for level in 0..<shape.levelCount {
      let diagonal = l + diagonalStart[term] + level * k * k
      let node = nodeStart[term] + level
      for row in rowStart[node]..<rowStart[node + 1] {
        solveLowerTransposed(diagonal, firstPanel + (row - firstRow) * k, k)
      }
    }
    if tailCount > 0 {
      workspace.tailProducts.update(repeating: 0, count: panelValueCount(ofTerm: term))
      multiplyTailInverse(
        ofTerm: term, l, products: workspace.tailProducts, threads: tailThreads)
      multiplyTailInverseOfWideNodes(
        ofTerm: term, l, products: workspace.tailProducts, threads: tailThreads)
    }
    for level in (0..<shape.levelCount).reversed() {
      let diagonal = l + diagonalStart[term] + level * k * k
      let borderBlock = l + borderStart + (shape.start + level * k) * border
      let first = rowStart[nodeStart[term] + level]
      let count = rowStart[nodeStart[term] + level + 1] - first
      let panel = firstPanel + (first - firstRow) * k
      let all = count + borderRows

      if tailCount > 0, borderRows == 0, count > 0, Int(rows[first]) >= sparseCount {
        // It meets the tail alone: what was swept is all of `Z_RR K`.
        finishNode(
          diagonal, panel, borderBlock, gain: panel,
          product: workspace.tailProducts + (first - firstRow) * k, count: count, borderRows: 0,
          dimension: k)
        continue
      }
      for i in 0..<count * k { gain[i] = panel[i] }
      for row in count..<all {
        for j in 0..<k { gain[row * k + j] = borderBlock[row - count + j * border] }
        solveLowerTransposed(diagonal, gain + row * k, k)
      }
      if tailCount > 0 {
        let products = workspace.tailProducts + (first - firstRow) * k
        for i in 0..<count * k { product[i] = products[i] }
        (product + count * k).update(repeating: 0, count: borderRows * k)
      } else {
        product.update(repeating: 0, count: all * k)
      }
      multiplyInverse(
        l, gain, product, first: first, count: count, dimension: k, borderRows: borderRows,
        column: workspace.column)
      finishNode(
        diagonal, panel, borderBlock, gain: gain, product: product, count: count,
        borderRows: borderRows, dimension: k)
    }
  }

  /// `Z_vv = (L_vv L_vv')⁻¹ + K' Z_RR K` and `Z_Rv = -Z_RR K`, in place of a node's factor.
  ///
  /// - Parameter gain: K, which may stand in the panel.
  @inline(__always)
  private func finishNode(
    _ diagonal: UnsafeMutablePointer<Double>, _ panel: UnsafeMutablePointer<Double>,
    _ borderBlock: UnsafeMutablePointer<Double>, gain: UnsafePointer<Double>,
    product: UnsafePointer<Double>, count: Int, borderRows: Int, dimension k: Int
  ) {
    let border = matrix.borderCount
    smallInverse(diagonal, order: k, leadingDimension: k)
    for j in 0..<k {
      for i in j..<k {
        var sum = 0.0
        for row in 0..<count + borderRows { sum += gain[row * k + i] * product[row * k + j] }
        diagonal[i + j * k] += sum
        diagonal[j + i * k] = diagonal[i + j * k]
      }
    }
    for i in 0..<count * k { panel[i] = -product[i] }
    for i in 0..<borderRows {
      for j in 0..<k { borderBlock[i + j * border] = -product[(count + i) * k + j] }
    }
  }

  /// `product += Z_RR * gain` over a node's rows R, those of its panel, then of the border, but for
  /// the entries of Z that belong to two rows of the tail.
  @inline(__always)
  private func multiplyInverse(
    _ l: UnsafePointer<Double>, _ gain: UnsafePointer<Double>,
    _ product: UnsafeMutablePointer<Double>, first: Int, count: Int, dimension k: Int,
    borderRows: Int, column scratch: UnsafeMutablePointer<Double>
  ) {
    let all = count + borderRows
    var column = 0
    while column < count, Int(rows[first + column]) < sparseCount {
      copyInverseColumn(
        l, column, first: first, count: count, borderRows: borderRows, to: scratch)
      addColumn(scratch, column, from: column, to: all, gain, product, k)
      column += 1
    }
    guard borderRows > 0 else { return }
    while column < count {
      let place = tailBorderPlace(ofPosition: Int(rows[first + column]) - sparseCount)
      addColumn(l + place - count, column, from: count, to: all, gain, product, k)
      column += 1
    }
    for column in count..<all {
      let z = l + cornerPlace(column - count, column - count) - column
      addColumn(z, column, from: column, to: all, gain, product, k)
    }
  }

  /// Adds what the entries `z[from..<to]` of one column of a symmetric matrix contribute to its
  /// product with `gain`.
  @inline(__always)
  private func addColumn(
    _ z: UnsafePointer<Double>, _ column: Int, from: Int, to: Int, _ gain: UnsafePointer<Double>,
    _ product: UnsafeMutablePointer<Double>, _ k: Int
  ) {
    for j in 0..<k {
      let factor = gain[column * k + j]
      var sum = 0.0
      var row = from
      // The entry of the diagonal once, those below it also for the transpose.
      if from == column {
        sum = z[column] * factor
        row += 1
      }
      while row < to {
        product[row * k + j] += z[row] * factor
        sum += z[row] * gain[row * k + j]
        row += 1
      }
      product[column * k + j] += sum
    }
  }

  /// Copies the entries of Z in the column of a row that belongs to a node, from the diagonal on.
  private func copyInverseColumn(
    _ l: UnsafePointer<Double>, _ column: Int, first: Int, count: Int, borderRows: Int,
    to z: UnsafeMutablePointer<Double>
  ) {
    let place = nodePlace(of: Int(rows[first + column]))
    let m = place.dimension
    let inverse = l + place.diagonal + place.offset * m
    let panel = l + place.panel
    var position = place.rows.lowerBound
    for row in column..<count {
      let target = Int(rows[first + row])
      if target < place.start + m {
        z[row] = inverse[target - place.start]
      } else {
        position = rows.lowerBound(
          of: Int32(target), from: position, to: place.rows.upperBound)
        z[row] = panel[(position - place.rows.lowerBound) * m + place.offset]
      }
    }
    let borderColumn = l + borderStart + Int(rows[first + column]) * matrix.borderCount
    for i in 0..<borderRows { z[count + i] = borderColumn[i] }
  }
}
