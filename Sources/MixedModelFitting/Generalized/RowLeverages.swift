// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices

/// `h_i = z_i'Λ M⁻¹ Λ'z_i` for every row i: the quadratic form of an inverse in the row's own levels,
/// all of them on the pattern.
///
/// It is a workspace for one layout: where the inverse holds what a row reads is found once.
struct RowLeverages: Sendable {
  /// The leverages at the inverse given last, n of them.
  private(set) var values: [Double]
  private let rows: CrossProductAccumulator
  /// For each term and level, where the diagonal block stands.
  private let diagonalPlaces: [[BlockPlace]]
  /// For each pair of terms, in the order of the layout, where the blocks of the row's levels stand.
  private let pairPlaces: [PairPlaces]

  private enum PairPlaces {
    /// For each row, the place of the one entry of its block.
    case entries([Int])
    /// For each block of the pattern, its place.
    case blocks([BlockPlace])
  }

  /// - Parameter layout: that of the inverses to come.
  init(_ rows: CrossProductAccumulator, layout: CholeskyLayout) {
    self.rows = rows
    values = [Double](repeating: 0, count: rows.rowCount)
    diagonalPlaces = rows.terms.enumerated().map { index, term in
      (0..<term.levelCount).map { layout.diagonalPlace(ofTerm: index, level: $0) }
    }
    pairPlaces = rows.terms.indices.flatMap { later in
      (0..<later).map { earlier in
        var places: [BlockPlace] = []
        layout.forEachBlock(later, earlier) { places.append($1) }
        guard rows.terms[later].dimension == 1, rows.terms[earlier].dimension == 1 else {
          return .blocks(places)
        }
        return .entries(
          rows.entries(later: later, earlier: earlier).map { places[Int($0)].offset })
      }
    }
  }

  /// Computes the leverages by an inverse.
  /// - Complexity: O(n (Σ k)²).
  mutating func update(_ inverse: SelectedInverse, factors: [Double]) {
    // The values move out and back, so that other properties can be read while they are written.
    var sums: [Double] = []
    swap(&sums, &values)
    defer { swap(&sums, &values) }
    sums.fillWithZeros(count: rows.rowCount)
    let matrix = inverse.layout.matrix
    // v = λ'z for every row of a vector-valued term.
    let scaled = rows.terms.enumerated().map { index, term in
      term.dimension == 1 ? [] : term.scaledTransposed(factors[matrix.factorStart[index]...])
    }
    sums.withUnsafeMutableBufferPointer { leverages in
      inverse.values.withUnsafeBufferPointer { z in
        guard let leverages = leverages.baseAddress, let z = z.baseAddress else { return }
        for later in rows.terms.indices {
          let factor = factors[matrix.factorStart[later]]
          if rows.terms[later].dimension == 1 {
            addScalarTerm(later, z, scale: factor * factor, to: leverages)
          } else {
            addTerm(later, scaled[later], z, to: leverages)
          }
          for earlier in 0..<later {
            switch pairPlaces[matrix.pairIndex(later, earlier)] {
            case .entries(let places):
              let scale = 2 * factor * factors[matrix.factorStart[earlier]]
              addScalarPair(later, earlier, places, z, scale: scale, to: leverages)
            case .blocks(let places):
              let (left, right) = (
                scaledValues(later, scaled, factor: factor),
                scaledValues(earlier, scaled, factor: factors[matrix.factorStart[earlier]])
              )
              addPair(later, earlier, left, right, places, z, to: leverages)
            }
          }
        }
      }
    }
  }

  private func scaledValues(_ term: Int, _ scaled: [[Double]], factor: Double) -> [Double] {
    rows.terms[term].dimension == 1 ? rows.terms[term].values.map { $0 * factor } : scaled[term]
  }

  private func addScalarTerm(
    _ term: Int, _ z: UnsafePointer<Double>, scale: Double,
    to leverages: UnsafeMutablePointer<Double>
  ) {
    let variances = diagonalPlaces[term].map { scale * z[$0.offset] }
    variances.withUnsafeBufferPointer { variances in
      guard let variances = variances.baseAddress else { return }
      rows.terms[term].withRows { codes, x in
        if rows.isIntercept(term) {
          for row in 0..<rows.rowCount { leverages[row] += variances[Int(codes[row])] }
        } else {
          for row in 0..<rows.rowCount {
            leverages[row] += x[row] * x[row] * variances[Int(codes[row])]
          }
        }
      }
    }
  }

  private func addScalarPair(
    _ later: Int, _ earlier: Int, _ places: [Int], _ z: UnsafePointer<Double>, scale: Double,
    to leverages: UnsafeMutablePointer<Double>
  ) {
    places.withUnsafeBufferPointer { places in
      guard let places = places.baseAddress else { return }
      if rows.isIntercept(later), rows.isIntercept(earlier) {
        for row in 0..<rows.rowCount { leverages[row] += scale * z[places[row]] }
        return
      }
      rows.terms[later].withRows { _, x in
        rows.terms[earlier].withRows { _, y in
          for row in 0..<rows.rowCount {
            leverages[row] += scale * x[row] * y[row] * z[places[row]]
          }
        }
      }
    }
  }

  private func addTerm(
    _ term: Int, _ v: [Double], _ z: UnsafePointer<Double>,
    to leverages: UnsafeMutablePointer<Double>
  ) {
    let k = rows.terms[term].dimension
    let places = diagonalPlaces[term]
    v.withUnsafeBufferPointer { v in
      rows.terms[term].withRows { codes, _ in
        for row in 0..<rows.rowCount {
          let block = places[Int(codes[row])]
          var sum = 0.0
          for j in 0..<k {
            let (column, x) = (block.offset + j * block.columnStride, v[row * k + j])
            sum += x * x * z[column + j]
            for i in j + 1..<max(j + 1, k) { sum += 2 * v[row * k + i] * x * z[column + i] }
          }
          leverages[row] += sum
        }
      }
    }
  }

  private func addPair(
    _ later: Int, _ earlier: Int, _ left: [Double], _ right: [Double], _ places: [BlockPlace],
    _ z: UnsafePointer<Double>, to leverages: UnsafeMutablePointer<Double>
  ) {
    let k = rows.terms[later].dimension
    let m = rows.terms[earlier].dimension
    left.withUnsafeBufferPointer { v in
      right.withUnsafeBufferPointer { w in
        for (row, entry) in rows.entries(later: later, earlier: earlier).enumerated() {
          let block = places[Int(entry)]
          var sum = 0.0
          for i in 0..<k {
            for j in 0..<m {
              sum +=
                v[row * k + i] * w[row * m + j]
                * z[block.offset + i * block.rowStride + j * block.columnStride]
            }
          }
          leverages[row] += 2 * sum
        }
      }
    }
  }
}

extension DesignRows.Term {
  /// `λ'z` for every row, in the arrangement of the covariates.
  fileprivate func scaledTransposed(_ factor: ArraySlice<Double>) -> [Double] {
    let k = dimension
    let first = factor.startIndex
    var result = [Double](repeating: 0, count: values.count)
    for row in 0..<levelCodes.count {
      for j in 0..<k {
        var sum = 0.0
        for i in j..<k { sum += factor[first + i + j * k] * values[row * k + i] }
        result[row * k + j] = sum
      }
    }
    return result
  }
}
