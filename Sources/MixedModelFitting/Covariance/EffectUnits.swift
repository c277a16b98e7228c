// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// How a problem holds the covariates of one term where their magnitude, or their distance from zero,
/// would endanger the arithmetic: `(z_j - shift_j z_c) / scale_j`, c being the intercept.
///
/// The scales are powers of two, so that nothing is rounded on the way in or out. Shifts are there only
/// where the covariance of the effects is free: then `1 + x` and `1 + (x - shift)` are one model in two
/// coordinates.
package struct EffectUnits: Sendable, Hashable {
  /// The factors by which the covariates are divided, one per effect.
  package let scales: [Double]
  /// What is taken off the covariates first, mostly zeros.
  package let shifts: [Double]
  /// The effect of the intercept that the shifts go to; `nil` if there is no shift.
  package let intercept: Int?

  /// The covariates as they are.
  init(dimension: Int) {
    scales = [Double](repeating: 1, count: dimension)
    shifts = [Double](repeating: 0, count: dimension)
    intercept = nil
  }

  private init(scales: [Double], shifts: [Double], intercept: Int?) {
    self.scales = scales
    self.shifts = shifts
    self.intercept = intercept
  }

  /// The same in storage of its own.
  func detached() -> EffectUnits {
    EffectUnits(scales: scales.detached, shifts: shifts.detached, intercept: intercept)
  }

  var isIdentity: Bool { intercept == nil && !scales.contains { $0 != 1 } }

  /// The covariates of an observation as the problem holds them.
  func held(_ z: some RandomAccessCollection<Double>) -> [Double] {
    let constant = intercept.map { z[z.index(z.startIndex, offsetBy: $0)] } ?? 0
    return zip(z, scales.indices).map { ($0 - shifts[$1] * constant) / scales[$1] }
  }

  /// Turns effects of the covariates as held into effects of those of the data, column by column:
  /// `A = M A`, where an effect of z is M times that of the covariates as held.
  func release(_ a: inout Matrix) {
    for i in scales.indices where scales[i] != 1 {
      for j in 0..<a.columnCount { a[i, j] /= scales[i] }
    }
    shear(&a, by: -1)
  }

  /// The way back from ``release(_:)``.
  func hold(_ a: inout Matrix) {
    shear(&a, by: 1)
    for i in scales.indices where scales[i] != 1 {
      for j in 0..<a.columnCount { a[i, j] *= scales[i] }
    }
  }

  /// Adds the other effects, times their shifts, to that of the intercept.
  fileprivate func shear(_ a: inout Matrix, by sign: Double) {
    guard let intercept else { return }
    for i in shifts.indices where shifts[i] != 0 {
      for j in 0..<a.columnCount { a[intercept, j] += sign * shifts[i] * a[i, j] }
    }
  }

  /// An entry of `M'A`: what derivatives with respect to effects of the data are for effects of the
  /// covariates as held.
  func heldDerivative(_ row: Int, _ derivative: (_ row: Int) -> Double) -> Double {
    let shifted = intercept.map { shifts[row] * derivative($0) } ?? 0
    return (derivative(row) - shifted) / scales[row]
  }

  /// The units of the same effects in another order.
  func reordered(to effects: [Int]) -> EffectUnits {
    EffectUnits(
      scales: effects.map { scales[$0] }, shifts: effects.map { shifts[$0] },
      intercept: intercept.flatMap { effects.firstIndex(of: $0) })
  }
}

/// When a problem holds covariates in units of its own.
package struct EffectUnitLimits: Sendable {
  /// The largest magnitudes of a covariate that need no scale.
  let magnitudes: ClosedRange<Double>
  /// The distance of the middle of a covariate's range from zero, in half-widths of this range, that
  /// needs no shift.
  let distance: Double

  /// Within these theta stays far from the floor and the tolerances set for values of order one, and
  /// cross-products keep ten digits of the variation.
  package static let linear = EffectUnitLimits(magnitudes: 1e-4...1e4, distance: 250)
  /// Within these unit covariance is a start, and differences of the gradient for steps of order one
  /// give standard errors to five digits.
  static let generalized = EffectUnitLimits(magnitudes: 1e-2...1e2, distance: 10)
}

extension EffectUnits {
  /// - Parameters:
  ///   - ranges: the least and the largest covariate of each effect.
  ///   - unstructured: the runs of effects whose covariance is free.
  init(
    ranges: [ClosedRange<Double>], unstructured: [Range<Int>], within limits: EffectUnitLimits
  ) {
    var shifts = [Double](repeating: 0, count: ranges.count)
    var intercept: Int?
    for run in unstructured {
      guard intercept == nil, let constant = run.first(where: { ranges[$0] == 1...1 }) else {
        continue
      }
      for effect in run {
        let middle = ranges[effect].lowerBound / 2 + ranges[effect].upperBound / 2
        let half = ranges[effect].upperBound - middle
        guard half > 0, abs(middle) > limits.distance * half else { continue }
        shifts[effect] = middle
        intercept = constant
      }
    }
    self.shifts = shifts
    self.intercept = intercept
    scales = zip(ranges, shifts).map { range, shift in
      safeScale(
        max(abs(range.lowerBound - shift), abs(range.upperBound - shift)),
        safe: limits.magnitudes)
    }
  }
}

/// A problem that holds covariates of random effects in other units than the data. Theta follows
/// them.
package protocol ScaledProblem {
  var covariance: RelativeCovarianceFactor { get }
  /// One entry per term.
  var effectUnits: [EffectUnits] { get }
}

extension ScaledProblem {
  /// Theta for the covariates of the data, from theta as the problem holds it.
  package func userParameters(_ theta: [Double]) -> [Double] {
    sheared(rescaled(theta, dividing: true), by: -1)
  }

  /// Theta as the problem holds it, from theta for the covariates of the data.
  package func internalParameters(_ theta: [Double]) -> [Double] {
    rescaled(sheared(theta, by: 1), dividing: false)
  }

  private func rescaled(_ theta: [Double], dividing: Bool) -> [Double] {
    guard effectUnits.contains(where: { $0.scales.contains { $0 != 1 } }) else { return theta }
    let directions = covariance.derivatives(at: theta)
    return zip(theta, directions).map { value, direction in
      let row = (0..<direction.block.rowCount).first { row in
        (0...row).contains { direction.block[row, $0] != 0 }
      }
      let scale = effectUnits[direction.term].scales[direction.offset + (row ?? 0)]
      return dividing ? value / scale : value * scale
    }
  }

  private func sheared(_ theta: [Double], by sign: Double) -> [Double] {
    var theta = theta
    for piece in covariance.pieces {
      let units = effectUnits[piece.term]
      guard let intercept = units.intercept, piece.rows.contains(intercept) else { continue }
      var factor = covariance.factor(theta, term: piece.term)
      let zeroShare = factor.roundingShare
      units.shear(&factor, by: sign)
      factor.makeLowerTriangular(rows: piece.rows, zeroShare: zeroShare)
      theta.replaceSubrange(
        piece.parameters,
        with: piece.rows.flatMap { column in
          (column..<piece.rows.upperBound).map { factor[$0, column] }
        })
    }
    return theta
  }

  /// The covariance factors of all terms for the covariates of the data.
  /// - Parameter theta: as the problem holds it.
  func termFactors(_ theta: [Double]) -> [Matrix] {
    effectUnits.enumerated().map { term, units in
      var lambda = covariance.factor(theta, term: term)
      let zeroShare = lambda.roundingShare
      units.release(&lambda)
      if units.intercept != nil {
        lambda.makeLowerTriangular(rows: 0..<lambda.rowCount, zeroShare: zeroShare)
      }
      return lambda
    }
  }

  /// The spherical random effects as the problem holds them, from those that belong to
  /// ``termFactors(_:)``.
  func heldSphericalEffects(_ spherical: [Matrix], termFactors: [Matrix]) -> [Double] {
    effectUnits.indices.flatMap { term in
      guard effectUnits[term].intercept != nil else { return spherical[term].values }
      var lambda = termFactors[term]
      effectUnits[term].hold(&lambda)
      return spherical[term].rotated(with: &lambda).values
    }
  }
}

extension Matrix {
  /// The share of a row's length that is rounding error once a singular factor has been rotated; zero for
  /// another one, which stays regular.
  fileprivate var roundingShare: Double {
    (0..<rowCount).contains { self[$0, $0] == 0 } ? 1e-14 : 0
  }
}

extension DesignRows.Term {
  /// The least and the largest covariate of each effect.
  var covariateRanges: [ClosedRange<Double>] {
    (0..<dimension).map { effect in
      var (least, largest) = (Double.infinity, -Double.infinity)
      for place in stride(from: effect, to: values.count, by: dimension) {
        let value = values[place]
        least = value < least ? value : least
        largest = value > largest ? value : largest
      }
      return min(least, largest)...max(least, largest)
    }
  }

  /// Units that bring the covariates into a safe range; mostly those of the data.
  func effectUnits(within limits: EffectUnitLimits) -> EffectUnits {
    guard !levelCodes.isEmpty else { return EffectUnits(dimension: dimension) }
    return EffectUnits(ranges: covariateRanges, unstructured: unstructured, within: limits)
  }

  /// The term with its covariates in the given units and multiplied by the roots of the weights.
  func held(in units: EffectUnits, rootWeights: [Double]?) -> DesignRows.Term {
    guard rootWeights != nil || !units.isIdentity else { return self }
    var values = values
    for row in 0..<levelCodes.count {
      let weight = rootWeights?[row] ?? 1
      let start = row * dimension
      let constant = units.intercept.map { self.values[start + $0] } ?? 0
      for j in 0..<dimension {
        let value = self.values[start + j] - units.shifts[j] * constant
        values[start + j] = value * (weight / units.scales[j])
      }
    }
    return DesignRows.Term(
      levelCodes: levelCodes, levelCount: levelCount, dimension: dimension, values: values,
      unstructured: unstructured)
  }

  /// The covariates of one row in the units in which a problem holds them.
  func covariates(ofRow row: Int, in units: EffectUnits) -> [Double] {
    units.held(values[row * dimension..<(row + 1) * dimension])
  }
}

/// One, or the power of two nearest to a magnitude outside the safe range.
func safeScale(_ magnitude: Double, safe: ClosedRange<Double>) -> Double {
  guard magnitude > 0, !safe.contains(magnitude) else { return 1 }
  return Double(sign: .plus, exponent: magnitude.exponent, significand: 1)
}
