// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import RealModule

/// The way from a provisional basis of the fixed effects to the final one, in which columns have mean
/// zero and variance one and the response is its residual on them.
///
/// A column b becomes `(b - shift) / stretch`, and the response loses its projection.
struct BasisChange {
  let basis: FixedEffectsBasis
  /// The columns that stay, ascending, with their shifts in units of the constant and stretches.
  private let kept: [Int]
  private let shifts: [Double]
  private let stretches: [Double]
  /// The place of the constant among those that stay.
  private let constantPlace: Int?
  /// What is taken off the response, by final column.
  private let coordinates: [Double]
  private let oldCount: Int

  /// Below this ratio of a column's variance to its mean square, or of the residual sum of squares to
  /// that of the response as it was held, more digits would be lost in the change than the result
  /// is to have.
  private static let leastShare = 1e-4
  /// Below this part of a column's squared length what the other columns leave of it is judged from
  /// the rows. Stricter than the bound that holds for rows at hand, so that both agree.
  private static let doubtfulPivot = 1e-7
  /// As ``CentredColumns`` has it.
  private static let constantTolerance = 1e-12

  /// - Parameter corner: the cross-products of the provisional columns and the response.
  /// - Returns: `nil` where the change would lose accuracy, or columns that some rows took for
  ///   combinations of others are none.
  init?(
    from old: ProvisionalBasis, corner: [Double], columnRanges: [ClosedRange<Double>],
    observationCount: Int
  ) {
    let width = old.columnCount + 1
    func product(_ i: Int, _ j: Int) -> Double { corner[i + j * width] }
    var kept: [Int] = []
    var shifts: [Double] = []
    var stretches: [Double] = []
    var constantPlace: Int?
    for (column, range) in columnRanges.enumerated() {
      let isConstant = range.lowerBound == range.upperBound
      if isConstant, range.lowerBound == 0 { continue }
      if isConstant, constantPlace == nil {
        guard old.constant?.column == column else { return nil }
        constantPlace = kept.count
        kept.append(column)
        shifts.append(0)
        stretches.append(1)
        continue
      }
      if isConstant { continue }
      if let combination = old.combinations.first(where: { $0.column == column }) {
        let constant = constantPlace.map { kept[$0] }
        guard
          Self.isAliased(
            combination, constant: constant, remainder: product(column, column), product)
        else { return nil }
        continue
      }
      guard column != old.constant?.column else { return nil }
      var shift = 0.0
      var square = product(column, column)
      if let constantPlace {
        let constant = kept[constantPlace]
        let total = product(constant, constant)
        shift = product(column, constant) / total
        let variance = square - shift * shift * total
        guard variance > Self.leastShare * square else { return nil }
        square = variance / total
      } else {
        square /= Double(observationCount)
      }
      let stretch = square.squareRoot()
      // Far centres leave rounding errors in a column, which would pass for its variation.
      let sign = old.constant?.sign ?? 1
      let centre = abs(old.centres[column] + shift * sign * old.scales[column])
      guard stretch * old.scales[column] > 1e3 * Self.constantTolerance * centre else { return nil }
      kept.append(column)
      shifts.append(shift)
      stretches.append(stretch)
    }
    let rank = kept.count
    guard observationCount > rank else { return nil }

    // The cross-products in the new basis, before the response loses its projection.
    var gram = Matrix(rowCount: rank + 1, columnCount: rank + 1)
    let places = kept + [old.columnCount]
    let constant = constantPlace.map { kept[$0] }
    for j in 0...rank {
      for i in j...rank {
        var value = product(places[i], places[j])
        if let constant {
          let (left, right) = (i < rank ? shifts[i] : 0, j < rank ? shifts[j] : 0)
          value +=
            left * right * product(constant, constant)
            - left * product(constant, places[j]) - right * product(places[i], constant)
        }
        gram[i, j] = value / ((i < rank ? stretches[i] : 1) * (j < rank ? stretches[j] : 1))
        gram[j, i] = gram[i, j]
      }
    }
    guard !EstimableColumns.isDoubtful(gram, rank, bound: Self.doubtfulPivot) else { return nil }
    let projection = FixedEffectsProjection(gram: gram)
    let coordinates = projection.solution((0..<rank).map { gram[rank, $0] })
    let total = gram[rank, rank]
    let residual = (0..<rank).reduce(total) { $0 - coordinates[$1] * gram[rank, $1] }
    guard residual > Self.leastShare * total else { return nil }

    self.kept = kept
    self.shifts = shifts
    self.stretches = stretches
    self.constantPlace = constantPlace
    self.coordinates = coordinates
    oldCount = old.columnCount
    basis = Self.basis(
      old, kept, shifts, stretches, constantPlace, coordinates,
      constantValue: constant.map { columnRanges[$0].lowerBound })
  }

  /// Whether what other columns leave of one is nothing, by the bound that holds for rows at hand.
  /// - Parameters:
  ///   - remainder: its squared length.
  ///   - product: the products of the columns as they are held.
  private static func isAliased(
    _ combination: ProvisionalBasis.Combination, constant: Int?, remainder: Double,
    _ product: (Int, Int) -> Double
  ) -> Bool {
    let coefficients = combination.coefficients
    func products(with other: Int) -> Double {
      coefficients.indices.reduce(0) {
        coefficients[$1] == 0 ? $0 : $0 + coefficients[$1] * product($1, other)
      }
    }
    var square = coefficients.indices.reduce(0) {
      coefficients[$1] == 0 ? $0 : $0 + coefficients[$1] * products(with: $1)
    }
    // Its length is that around its mean, if there is a constant.
    if let constant {
      let sum = products(with: constant)
      square -= sum * sum / product(constant, constant)
    }
    let tolerance = EstimableColumns.aliasTolerance
    return remainder <= tolerance * tolerance * square
  }

  private static func basis(
    _ old: ProvisionalBasis, _ kept: [Int], _ shifts: [Double], _ stretches: [Double],
    _ constantPlace: Int?, _ coordinates: [Double], constantValue: Double?
  ) -> FixedEffectsBasis {
    let rank = kept.count
    var transform = Matrix(rowCount: rank, columnCount: rank)
    var gamma = coordinates
    var logScaleSum = 0.0
    var centres = [Double](repeating: 0, count: rank)
    var scales = centres
    for (place, column) in kept.enumerated() {
      let scale = old.scales[column] * stretches[place]
      scales[place] = scale
      centres[place] = old.centres[column]
      transform[place, place] = 1 / scale
      logScaleSum += Double.log(scale)
      gamma[place] += old.gamma[column] * stretches[place]
      guard let constantPlace, let constantValue, place != constantPlace else { continue }
      // Shifts are in units of the constant's column, whose entries have the sign of its value.
      let sign: Double = constantValue < 0 ? -1 : 1
      let centre = old.centres[column] + old.scales[column] * shifts[place] * sign
      transform[constantPlace, place] = -centre / (scale * constantValue)
      centres[place] = centre
      gamma[constantPlace] += old.gamma[column] * shifts[place]
    }
    return FixedEffectsBasis(
      columnCount: old.columnCount, estimable: kept, transform: transform,
      logDeterminant: -logScaleSum, gamma: gamma, responseScale: 1,
      centring: FixedEffectsBasis.Centring(centres: centres, scales: scales))
  }

  /// The same cross-products over the final basis.
  func applied(to old: BlockedMatrix) -> BlockedMatrix {
    let rank = kept.count
    let layout = BlockLayout(
      terms: old.layout.terms.map { ($0.levelCount, $0.dimension) }, borderCount: rank + 1,
      patterns: old.layout.patterns)
    var values = [Double](repeating: 0, count: layout.valueCount)
    old.values.withUnsafeBufferPointer { source in
      for i in 0..<layout.borderStart { values[i] = source[i] }
      var column = [Double](repeating: 0, count: rank + 1)
      for effect in 0..<layout.randomCount {
        change(source, at: old.layout.borderStart + effect * (oldCount + 1), into: &column)
        let start = layout.borderStart + effect * (rank + 1)
        for i in 0...rank { values[start + i] = column[i] }
      }
      // The corner is changed on both sides, column by column and then row by row.
      var half: [Double] = []
      for j in 0...oldCount {
        change(source, at: old.layout.cornerStart + j * (oldCount + 1), into: &column)
        half += column
      }
      var row = [Double](repeating: 0, count: oldCount + 1)
      for i in 0...rank {
        for j in 0...oldCount { row[j] = half[j * (rank + 1) + i] }
        row.withUnsafeBufferPointer { change($0, at: 0, into: &column) }
        for j in 0...rank { values[layout.cornerStart + j * (rank + 1) + i] = column[j] }
      }
    }
    for j in 0...rank {
      for i in j + 1..<max(j + 1, rank + 1) {
        values[layout.cornerStart + i * (rank + 1) + j] =
          values[layout.cornerStart + j * (rank + 1) + i]
      }
    }
    return BlockedMatrix(layout: layout, values: values)
  }

  /// The products of something with the new columns and response, from those with the old ones.
  @inline(__always)
  private func change(
    _ source: UnsafeBufferPointer<Double>, at start: Int, into column: inout [Double]
  ) {
    let rank = kept.count
    let constant = constantPlace.map { source[start + kept[$0]] } ?? 0
    var response = source[start + oldCount]
    for place in 0..<rank {
      column[place] = (source[start + kept[place]] - shifts[place] * constant) / stretches[place]
      response -= coordinates[place] * column[place]
    }
    column[rank] = response
  }
}
