// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

extension CholeskyLayout {
  /// Overwrites the tail with the entries of the inverse on its pattern, supernode by supernode from
  /// the last: with `K = L_Rs L_ss⁻¹`, `Z_Rs = -Z_RR K` and `Z_ss = (L_ss L_ss')⁻¹ + K' Z_RR K`.
  func invertTail(_ l: UnsafeMutablePointer<Double>, borderRows: Int) {
    let width = min(tail.largestRowCount, tailColumnsAtATime)
    let gatheredCount = tail.largestRowCount * width
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: max(1, tail.largestRowCount)) {
      places in
      withUnsafeTemporaryAllocation(
        of: Double.self, capacity: max(1, gatheredCount + tail.largestPanel)
      ) { scratch in
        guard let places = places.baseAddress, let scratch = scratch.baseAddress else { return }
        for index in tail.supernodes.indices.reversed() {
          let supernode = tail.supernodes[index]
          let skipped = matrix.borderCount - borderRows
          let isLast = index == tail.supernodes.count - 1
          let order = supernode.columnCount - (isLast ? skipped : 0)
          let count = supernode.rows.count - (isLast ? 0 : skipped)
          let block = l + tailStart + supernode.start
          let stride = supernode.leadingDimension
          solveFromRight(
            DenseFactor(block, leadingDimension: stride), order: order,
            block + supernode.columnCount, rowCount: count, leadingDimension: stride)
          choleskyInvert(block, order: order, leadingDimension: stride)
          guard count > 0 else { continue }
          let product = scratch + gatheredCount
          multiplyInverse(
            supernode, count: count, l, product: product, gathered: scratch, places: places)
          finish(supernode, count: count, l, product: product)
        }
      }
    }
  }

  /// `product = Z_RR K` for the first `count` rows R of a supernode.
  private func multiplyInverse(
    _ supernode: TailLayout.Supernode, count: Int, _ l: UnsafeMutablePointer<Double>,
    product: UnsafeMutablePointer<Double>, gathered: UnsafeMutablePointer<Double>,
    places: UnsafeMutablePointer<Int32>
  ) {
    let n = supernode.columnCount
    let order = supernode.leadingDimension
    let gain = l + tailStart + supernode.start + n
    product.update(repeating: 0, count: count * n)
    var owner = -1
    for first in stride(from: 0, to: count, by: tailColumnsAtATime) {
      let width = min(tailColumnsAtATime, count - first)
      let height = count - first
      for column in 0..<width {
        let position = Int(tail.rows[supernode.rows.lowerBound + first + column])
        let source = tail.supernodes[Int(tail.owners[position])]
        if Int(tail.owners[position]) != owner {
          owner = Int(tail.owners[position])
          tail.placeRows(of: supernode, from: first + column, within: source, in: places)
        }
        let inverse =
          l + tailStart + source.start + (position - source.first) * source.leadingDimension
        let target = gathered + column * height - first
        for row in first + column..<count { target[row] = inverse[Int(places[row])] }
        // The mirrored part of the block on the diagonal.
        for row in column + 1..<max(column + 1, width) {
          gathered[column + row * height] = gathered[row + column * height]
        }
      }
      // The columns of Z from the diagonal block on, then the same as rows.
      multiply(
        DenseFactor(gathered, leadingDimension: height),
        DenseFactor(gain + first, leadingDimension: order),
        rowCount: height, columnCount: n, inner: width, into: product + first,
        leadingDimension: count, kept: 1)
      multiply(
        DenseFactor(gathered + width, leadingDimension: height, isTransposed: true),
        DenseFactor(gain + first + width, leadingDimension: order),
        rowCount: width, columnCount: n, inner: height - width, into: product + first,
        leadingDimension: count, kept: 1)
    }
  }

  /// Adds `K' Z_RR K` to the diagonal block, and puts `-Z_RR K` in place of K.
  private func finish(
    _ supernode: TailLayout.Supernode, count: Int, _ l: UnsafeMutablePointer<Double>,
    product: UnsafePointer<Double>
  ) {
    let n = supernode.columnCount
    let order = supernode.leadingDimension
    let block = l + tailStart + supernode.start
    let gain = block + n
    // Above the diagonal nothing is read, so what falls there does not matter.
    for first in stride(from: 0, to: n, by: tailColumnsAtATime) {
      multiply(
        DenseFactor(gain + first * order, leadingDimension: order, isTransposed: true),
        DenseFactor(product + first * count, leadingDimension: count),
        rowCount: n - first, columnCount: min(tailColumnsAtATime, n - first), inner: count,
        into: block + first * (order + 1), leadingDimension: order, kept: 1)
    }
    for column in 0..<n {
      let target = gain + column * order
      let source = product + column * count
      for row in 0..<count { target[row] = -source[row] }
    }
  }

  /// Adds `Z_RR K` for the rows of the tail in the panels of one term's nodes, whose panels hold K.
  ///
  /// - Parameter products: for each row of the term's panels, k values.
  func multiplyTailInverse(
    ofTerm term: Int, _ l: UnsafePointer<Double>, products: UnsafeMutablePointer<Double>
  ) {
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: sparseCount + tailOrder) { places in
      guard let places = places.baseAddress else { return }
      for supernode in tail.supernodes where !supernode.levels.isEmpty {
        tail.placeRows(of: supernode, in: places + sparseCount)
        withConstant(matrix.terms[term].dimension) {
          multiplyTailInverse(
            ofTerm: term, dimension: $0, supernode, l, products: products, places: places)
        }
      }
    }
  }

  @inline(__always)
  private func multiplyTailInverse(
    ofTerm term: Int, dimension k: Int, _ supernode: TailLayout.Supernode,
    _ l: UnsafePointer<Double>, products: UnsafeMutablePointer<Double>,
    places: UnsafePointer<Int32>
  ) {
    let firstRow = rowStart[nodeStart[term]]
    let gains = l + panelStart[term] - firstRow * k
    let products = products - firstRow * k
    let starts = tailEntryStarts[term]
    tailEntries[term].withUnsafeBufferPointer { entries in
      rows.withUnsafeBufferPointer { rows in
        guard let entries = entries.baseAddress, let rows = rows.baseAddress else { return }
        var inverse = l + tailStart + supernode.start
        for level in supernode.levels {
          for j in 0..<tail.levelStarts[level + 1] - tail.levelStarts[level] {
            for index in starts[level]..<starts[level + 1] {
              let entry = entries[index]
              let first = Int(entry.row) + j
              let end = Int(entry.end)
              let place = Int(places[Int(rows[first])])
              let diagonal = inverse[place]
              // The entry on the diagonal once, those below it also for the transpose.
              if k == 1 {
                let factor = gains[first]
                var sum = diagonal * factor
                if Int(places[Int(rows[end - 1])]) - place == end - 1 - first {
                  // As in complete designs: the rows stand side by side.
                  let z = inverse + place
                  for i in 1..<max(1, end - first) {
                    products[first + i] += z[i] * factor
                    sum += z[i] * gains[first + i]
                  }
                  products[first] += sum
                  continue
                }
                for row in first + 1..<max(first + 1, end) {
                  let z = inverse[Int(places[Int(rows[row])])]
                  products[row] += z * factor
                  sum += z * gains[row]
                }
                products[first] += sum
                continue
              }
              for i in 0..<k { products[first * k + i] += diagonal * gains[first * k + i] }
              for row in first + 1..<max(first + 1, end) {
                let z = inverse[Int(places[Int(rows[row])])]
                for i in 0..<k {
                  products[row * k + i] += z * gains[first * k + i]
                  products[first * k + i] += z * gains[row * k + i]
                }
              }
            }
            inverse += supernode.leadingDimension
          }
        }
      }
    }
  }
}
