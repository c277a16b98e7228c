// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

extension SelectedInverse {
  /// For each term, the sum over levels of the k × k blocks `(A Λ Z)_gg`, Z being this inverse.
  ///
  /// Twice this is the derivative of `log |Λ'AΛ + I|` with respect to all k² entries of the term's
  /// factor. Only entries of Z where A is not zero are read, and all of them are on the pattern.
  /// - Parameter factors: the terms' factors at which Z was computed.
  /// - Returns: the terms' k × k sums, column-major, one after the other.
  /// - Complexity: linear in the entries of A.
  package func scaledTraceBlocks(_ a: BlockedMatrix, factors: [Double]) -> [Double] {
    let layout = layout
    let matrix = layout.matrix
    var sums = [Double](repeating: 0, count: matrix.factorStart.last ?? 0)
    sums.withUnsafeMutableBufferPointer { sums in
      a.values.withUnsafeBufferPointer { a in
        values.withUnsafeBufferPointer { z in
          factors.withUnsafeBufferPointer { lambda in
            guard let sums = sums.baseAddress, let a = a.baseAddress, let z = z.baseAddress,
              let lambda = lambda.baseAddress
            else { return }
            let scratchCount = 2 * matrix.largestDimension * matrix.largestDimension
            withUnsafeTemporaryAllocation(of: Double.self, capacity: scratchCount) { scratch in
              guard let scratch = scratch.baseAddress else { return }
              for term in matrix.terms.indices {
                withConstant(matrix.terms[term].dimension) {
                  layout.addDiagonal(
                    term, dimension: $0, a, z, lambda, to: sums, scratch: scratch)
                }
                for earlier in 0..<term {
                  layout.addPair(term, earlier, a, z, lambda, to: sums, scratch: scratch)
                }
                layout.addBorder(term, a, z, borderRows: borderRows, to: sums)
              }
            }
          }
        }
      }
    }
    return sums
  }
}

extension CholeskyLayout {
  /// The term's own blocks: `A_gg λ Z_gg`.
  @inline(__always)
  fileprivate func addDiagonal(
    _ term: Int, dimension k: Int, _ a: UnsafePointer<Double>, _ z: UnsafePointer<Double>,
    _ lambda: UnsafePointer<Double>, to sums: UnsafeMutablePointer<Double>,
    scratch: UnsafeMutablePointer<Double>
  ) {
    let shape = matrix.terms[term]
    let factor = lambda + matrix.factorStart[term]
    let sum = sums + matrix.factorStart[term]
    let source = a + matrix.diagonalStart[term]
    for level in 0..<shape.levelCount {
      let block = source + level * k * k
      let place = diagonalPlace(ofTerm: term, level: level)
      let inverse = z + place.offset
      let stride = place.columnStride
      if k == 1 {
        sum[0] += block[0] * factor[0] * inverse[0]
        continue
      }
      // scratch = A_gg λ
      for j in 0..<k {
        for i in 0..<k {
          var entry = 0.0
          for l in j..<k { entry += block[i + l * k] * factor[l + j * k] }
          scratch[i + j * k] = entry
        }
      }
      for j in 0..<k {
        for l in 0..<k {
          let entry = l >= j ? inverse[l + j * stride] : inverse[j + l * stride]
          add(entry, scratch + l * k, to: sum + j * k, k)
        }
      }
    }
  }

  /// The block of two terms, once for each of them: `A_ij λ_j Z_ji` and `A_ji λ_i Z_ij`.
  fileprivate func addPair(
    _ later: Int, _ earlier: Int, _ a: UnsafePointer<Double>, _ z: UnsafePointer<Double>,
    _ lambda: UnsafePointer<Double>, to sums: UnsafeMutablePointer<Double>,
    scratch: UnsafeMutablePointer<Double>
  ) {
    let pair = matrix.pairIndex(later, earlier)
    let m = matrix.terms[later].dimension
    let k = matrix.terms[earlier].dimension
    let rowFactor = lambda + matrix.factorStart[later]
    let columnFactor = lambda + matrix.factorStart[earlier]
    let rowSum = sums + matrix.factorStart[later]
    let columnSum = sums + matrix.factorStart[earlier]
    if m == 1 && k == 1 {
      let sum = sumOfProducts(later, earlier, a, z)
      rowSum[0] += sum * columnFactor[0]
      columnSum[0] += sum * rowFactor[0]
      return
    }
    forEachBlock(later, earlier) { entry, place in
      let block = a + matrix.pairStart[pair] + entry * m * k
      let inverse = z + place.offset
      // scratch = A_ij λ_j, then A_ij λ_j Z_ij'
      for i in 0..<m {
        for j in 0..<k {
          var sum = 0.0
          for l in j..<k { sum += block[i * k + l] * columnFactor[l + j * k] }
          scratch[i * k + j] = sum
        }
      }
      for j in 0..<m {
        for i in 0..<m {
          var sum = 0.0
          for l in 0..<k {
            sum += scratch[i * k + l] * inverse[j * place.rowStride + l * place.columnStride]
          }
          rowSum[i + j * m] += sum
        }
      }
      // scratch = A_ij' λ_i, then A_ij' λ_i Z_ij
      for i in 0..<k {
        for j in 0..<m {
          var sum = 0.0
          for l in j..<m { sum += block[l * k + i] * rowFactor[l + j * m] }
          scratch[i * m + j] = sum
        }
      }
      for j in 0..<k {
        for i in 0..<k {
          var sum = 0.0
          for l in 0..<m {
            sum += scratch[i * m + l] * inverse[l * place.rowStride + j * place.columnStride]
          }
          columnSum[i + j * k] += sum
        }
      }
    }
  }

  /// The sum of the products `A_ij Z_ij` of two terms with one effect each.
  private func sumOfProducts(
    _ later: Int, _ earlier: Int, _ a: UnsafePointer<Double>, _ z: UnsafePointer<Double>
  ) -> Double {
    let blocks = a + matrix.pairStart[matrix.pairIndex(later, earlier)]
    var sum = 0.0
    forEachBlock(later, earlier) { entry, place in sum += blocks[entry] * z[place.offset] }
    return sum
  }

  /// The border rows that belong to the inverted matrix: `A_gx Z_xg`.
  fileprivate func addBorder(
    _ term: Int, _ a: UnsafePointer<Double>, _ z: UnsafePointer<Double>, borderRows: Int,
    to sums: UnsafeMutablePointer<Double>
  ) {
    guard borderRows > 0 else { return }
    let shape = matrix.terms[term]
    let k = shape.dimension
    let border = matrix.borderCount
    let sum = sums + matrix.factorStart[term]
    for level in 0..<shape.levelCount {
      let first = shape.start + level * k
      for j in 0..<k {
        let inverse = z + borderPlace(of: first + j)
        for i in 0..<k {
          sum[i + j * k] += dot(a + matrix.borderStart + (first + i) * border, inverse, borderRows)
        }
      }
    }
  }
}
