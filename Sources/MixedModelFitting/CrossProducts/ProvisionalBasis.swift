// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// Centres, scales and coefficients learnt from some rows of a model.
///
/// Cross-products of columns far from zero lose accuracy. The final centres are known only when all
/// rows have been seen; but with nearly right ones, products lose nothing, and exact algebra leads
/// from one basis to the other afterwards.
struct ProvisionalBasis: Sendable {
  /// The columns of X.
  let columnCount: Int
  /// The column of X that is constant, if there is one, and the sign of its value.
  let constant: (column: Int, sign: Double)?
  let centres: [Double]
  let scales: [Double]
  /// The coordinates in this basis of what is taken off the response.
  let gamma: [Double]
  /// Columns of X that are combinations of others in those rows. What these leave of them is held in
  /// their place: it tells whether they are in all rows, to more digits than products of columns do.
  let combinations: [Combination]

  /// A column and what it is made of: one coefficient per column, centred and scaled.
  struct Combination: Sendable {
    let column: Int
    let coefficients: [Double]
  }

  /// - Returns: `nil` if these rows cannot tell.
  init?(_ sample: DesignRows) {
    guard let fixed = try? FixedEffectsRows(sample), fixed.basis.responseScale == 1 else {
      return nil
    }
    let columns = CentredColumns(sample.fixedEffects, weights: sample.totalWeights)
    columnCount = sample.fixedEffects.columnCount
    var centres = [Double](repeating: 0, count: columnCount)
    var scales = [Double](repeating: 1, count: columnCount)
    var gamma = centres
    for (place, column) in columns.kept.enumerated() {
      centres[column] = columns.centres[place]
      scales[column] = columns.scales[place]
    }
    constant = columns.constant.map { (columns.kept[$0.place], $0.value < 0 ? -1 : 1) }
    let rest = [Double](repeating: 0, count: fixed.basis.rank)
    for (coefficient, column) in zip(fixed.basis.coefficients(rest), fixed.basis.estimable) {
      gamma[column] += coefficient * scales[column]
      if let constant { gamma[constant.column] += coefficient * centres[column] * constant.sign }
    }
    // Columns before a constant that they determine are not centred, which the change of basis expects.
    if let constant, !fixed.basis.estimable.contains(constant.column) { return nil }
    self.centres = centres
    self.scales = scales
    self.gamma = gamma
    var combinations: [Combination] = []
    for column in columns.kept where !fixed.basis.estimable.contains(column) {
      var values = fixed.values
      let width = fixed.basis.rank + 1
      for (row, value) in sample.fixedEffects.column(column).enumerated() {
        values[row * width + width - 1] = value * (fixed.rootWeights?[row] ?? 1)
      }
      let coordinates = fixed.projection.coordinates(ofLastOf: values)
      let reciprocal = 1 / scales[column]
      var coefficients = [Double](repeating: 0, count: columnCount)
      var centre = -centres[column]
      for (place, other) in fixed.basis.estimable.enumerated() {
        var coefficient = 0.0
        for j in coordinates.indices {
          coefficient += fixed.basis.transform[place, j] * coordinates[j]
        }
        coefficients[other] = coefficient * scales[other] * reciprocal
        centre += coefficient * centres[other]
      }
      if let constant { coefficients[constant.column] += constant.sign * centre * reciprocal }
      combinations.append(Combination(column: column, coefficients: coefficients))
    }
    self.combinations = combinations
  }

  private static let rowsAtATime = 64

  /// The rows of the columns in this basis and what is left of the response: `(columns + 1) × n`,
  /// each row multiplied by the root of its weight.
  func packed(_ rows: DesignRows, rootWeights: [Double]?) -> [Double] {
    let n = rows.rowCount
    let width = columnCount + 1
    return [Double](unsafeUninitializedCapacity: width * n) { result, initializedCount in
      initializedCount = width * n
      rows.fixedEffects.values.withUnsafeBufferPointer { values in
        // A few rows at a time, so that what is written stays near.
        for first in stride(from: 0, to: n, by: Self.rowsAtATime) {
          let part = first..<min(first + Self.rowsAtATime, n)
          for row in part {
            result[row * width + columnCount] = rows.response[row] - (rows.offset?[row] ?? 0)
          }
          for column in 0..<columnCount {
            let centre = centres[column]
            let reciprocal = 1 / scales[column]
            let gamma = gamma[column]
            for row in part {
              let value = (values[column * n + row] - centre) * reciprocal
              result[row * width + column] = value
              result[row * width + columnCount] -= gamma * value
            }
          }
          for combination in combinations {
            for (column, coefficient) in combination.coefficients.enumerated()
            where coefficient != 0 {
              for row in part {
                result[row * width + combination.column] -=
                  coefficient * result[row * width + column]
              }
            }
          }
        }
      }
      if let rootWeights {
        for row in 0..<n {
          for j in 0..<width { result[row * width + j] *= rootWeights[row] }
        }
      }
    }
  }
}
