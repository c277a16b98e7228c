// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import RealModule

/// The columns of X that are not mere multiples of the constant: their centres and scales.
struct CentredColumns {
  private let source: Matrix
  /// The columns kept so far, ascending.
  var kept: [Int] = []
  var centres: [Double] = []
  var scales: [Double] = []
  /// Columns taken for multiples of the constant that yet vary beyond the last digits.
  private(set) var nearlyConstant: [Int] = []
  /// The place of the constant column among those kept, and its value.
  private(set) var constant: (place: Int, value: Double)?

  /// A column is aliased with the constant if what centring leaves is below this part of it: the
  /// rounding error of its values, with a margin.
  private static let constantTolerance = 1e-12
  /// What is below this part of a column is the rounding error of its values.
  private static let rounding = 1e-15

  init(_ source: Matrix, weights: [Double]?) {
    self.source = source
    let n = source.rowCount
    let total = weights.map { $0.reduce(0, +) } ?? Double(n)
    for j in 0..<source.columnCount {
      let column = source.column(j)
      guard let first = column.first else { continue }
      guard column.contains(where: { $0 != 0 }) else { continue }
      if constant == nil, column.allSatisfy({ $0 == first }) {
        constant = (kept.count, first)
        append(j, centre: 0, scale: abs(first))
        continue
      }
      var centre = 0.0
      if constant != nil {
        var sum = 0.0
        if let weights {
          for (value, weight) in zip(column, weights) { sum += weight * value }
        } else {
          for value in column { sum += value }
        }
        centre = sum / total
      }
      var square = 0.0
      for value in column { square += (value - centre) * (value - centre) }
      let spread = (square / Double(n)).squareRoot()
      guard constant == nil || spread > Self.constantTolerance * abs(centre) else {
        if spread > Self.rounding * abs(centre) { nearlyConstant.append(j) }
        continue
      }
      append(j, centre: centre, scale: spread)
    }
    // A constant that comes after other columns leaves those uncentred, which is still a basis.
  }

  /// The columns of a basis that is known.
  init(_ source: Matrix, _ known: FixedEffectsBasis.Centring, kept: [Int]) {
    self.source = source
    self.kept = kept
    centres = known.centres
    scales = known.scales
  }

  private mutating func append(_ column: Int, centre: Double, scale: Double) {
    kept.append(column)
    centres.append(centre)
    scales.append(scale)
  }

  private static let rowsAtATime = 64

  var logScaleSum: Double { scales.reduce(0) { $0 + Double.log($1) } }

  /// The rows of the centred, scaled columns and a companion, weighted: `(kept + 1) × n`.
  func packed(rootWeights: [Double]?, companion: [Double]) -> [Double] {
    let n = source.rowCount
    let width = kept.count + 1
    return [Double](unsafeUninitializedCapacity: width * n) { result, initializedCount in
      initializedCount = width * n
      source.values.withUnsafeBufferPointer { values in
        // A few rows at a time, so that what is written stays near.
        for first in stride(from: 0, to: n, by: Self.rowsAtATime) {
          let rows = first..<min(first + Self.rowsAtATime, n)
          for (place, j) in kept.enumerated() {
            let centre = centres[place]
            let reciprocal = 1 / scales[place]
            for row in rows {
              result[row * width + place] = (values[j * n + row] - centre) * reciprocal
            }
          }
          for row in rows { result[row * width + width - 1] = companion[row] }
        }
        if let rootWeights {
          for row in 0..<n {
            for j in 0..<width { result[row * width + j] *= rootWeights[row] }
          }
        }
      }
    }
  }

  var transform: Matrix { transform(keeping: Array(kept.indices), orthogonalizedBy: nil) }

  /// T with `B = X T` for the columns at the given places, times `inverse(R)` if given.
  func transform(keeping places: [Int], orthogonalizedBy r: Matrix?) -> Matrix {
    let rank = places.count
    var t = Matrix(rowCount: rank, columnCount: rank)
    let constantRow = constant.flatMap { places.firstIndex(of: $0.place) }
    for (j, place) in places.enumerated() {
      t[j, j] = 1 / scales[place]
      if let constant, let constantRow, centres[place] != 0 {
        t[constantRow, j] -= centres[place] / (scales[place] * constant.value)
      }
    }
    guard let r else { return t }
    // Solves T_new R = T, column by column.
    for j in 0..<rank {
      for k in 0..<j {
        for i in 0..<rank { t[i, j] -= t[i, k] * r[k, j] }
      }
      for i in 0..<rank { t[i, j] /= r[j, j] }
    }
    return t
  }
}
