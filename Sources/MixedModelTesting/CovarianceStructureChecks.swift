// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModels

/// The contract of ``CovarianceStructure``, to be run by the tests of every conforming type.
public enum CovarianceStructureChecks {
  /// Checks a structure at random parameters.
  /// - Parameters:
  ///   - dimensions: the numbers of effects for which the structure is defined.
  ///   - seed: of the parameters tried; the default is enough for continuous integration.
  /// - Returns: every promise found broken; none for a structure that keeps its contract.
  public static func failures<S: CovarianceStructure>(
    of structure: S, dimensions: [Int] = [1, 2, 3, 5], seed: Int = 1
  ) -> [CheckFailure] {
    var record = CheckRecord()
    record.expect(
      !S.formulaName.isEmpty && S.formulaName.allSatisfy { $0.isLetter || $0.isNumber },
      "The formula name is a word.", "It is \"\(S.formulaName)\".")
    var numbers = CheckNumbers(seed: seed)
    for dimension in dimensions {
      var check = StructureCheck(structure, dimension: dimension)
      check.checkIdentity()
      for _ in 0..<attempts {
        let theta = numbers.list(check.parameterCount)
        check.checkFactor(theta)
        check.checkDerivatives(theta)
        check.checkCanonicalForm(theta)
        check.checkAddedVariance(theta, &numbers)
        check.checkConvexPart(theta, &numbers)
        check.checkInverse(theta)
        check.checkOrder(theta, &numbers)
      }
      record = record.adding(check.record)
    }
    return record.failures
  }

  /// Random parameters tried for each dimension.
  private static let attempts = 8
}

extension CheckRecord {
  fileprivate func adding(_ other: CheckRecord) -> CheckRecord {
    var result = self
    for failure in other.failures { result.expect(false, failure.promise, failure.finding) }
    return result
  }
}

/// The checks at one dimension.
private struct StructureCheck<S: CovarianceStructure> {
  let structure: S
  let dimension: Int
  let parameterCount: Int
  var record = CheckRecord()

  /// Products of a few numbers of order one agree to this.
  private let rounding = 1e-12
  /// Central differences with the step below agree to this.
  private let differenceTolerance = 1e-7
  private let step = 1e-5
  /// A factor found anew from a nearly singular covariance agrees to this in the covariance.
  private let covarianceTolerance = 1e-10

  init(_ structure: S, dimension: Int) {
    self.structure = structure
    self.dimension = dimension
    parameterCount = structure.identityParameters(dimension: dimension).count
  }

  private mutating func expect(_ isKept: Bool, _ promise: String, _ finding: String) {
    record.expect(isKept, promise, finding)
  }

  private var place: String { "(dimension \(dimension))" }

  /// The factor from a slice that does not begin at zero, as those of a model do not.
  private func factor(_ theta: [Double]) -> Matrix {
    structure.termFactor(([0] + theta)[1...], dimension: dimension)
  }

  private func covariance(_ theta: [Double]) -> Matrix {
    let lambda = factor(theta)
    return matrix { i, j in
      (0..<dimension).reduce(0) { $0 + lambda[i, $1] * lambda[j, $1] }
    }
  }

  private func matrix(_ entry: (Int, Int) -> Double) -> Matrix {
    var result = Matrix(rowCount: dimension, columnCount: dimension)
    for j in 0..<dimension { for i in 0..<dimension { result[i, j] = entry(i, j) } }
    return result
  }

  private func distance(_ left: Matrix, _ right: Matrix) -> Double {
    zip(left.values, right.values).reduce(0) { largest, pair in
      let difference = abs(pair.0 - pair.1)
      return difference.isNaN ? .infinity : max(largest, difference)
    }
  }

  mutating func checkIdentity() {
    let theta = structure.identityParameters(dimension: dimension)
    let lambda = factor(theta)
    expect(
      distance(lambda, matrix { $0 == $1 ? 1 : 0 }) == 0,
      "The identity parameters give the identity.", "\(theta) give \(lambda.values) \(place).")
  }

  mutating func checkFactor(_ theta: [Double]) {
    let lambda = factor(theta)
    let isSquare = lambda.rowCount == dimension && lambda.columnCount == dimension
    expect(
      isSquare, "The factor is dimension × dimension.",
      "It is \(lambda.rowCount) × \(lambda.columnCount) \(place).")
    guard isSquare else { return }
    let upper = (0..<dimension).flatMap { j in (0..<j).map { lambda[$0, j] } }
    expect(
      upper.allSatisfy { $0 == 0 }, "The factor is lower triangular.",
      "At \(theta) it is \(lambda.values) \(place).")
    expect(
      lambda.values.allSatisfy(\.isFinite), "The factor is finite.",
      "At \(theta) it is \(lambda.values) \(place).")
  }

  mutating func checkDerivatives(_ theta: [Double]) {
    let derivatives = structure.derivatives(at: ([0] + theta)[1...], dimension: dimension)
    expect(
      derivatives.count == parameterCount, "There is one derivative per parameter.",
      "There are \(derivatives.count) for \(parameterCount) \(place).")
    if structure.isLinear {
      let elsewhere = structure.derivatives(at: theta.map { 1 - 2 * $0 }[...], dimension: dimension)
      expect(
        elsewhere == derivatives, "The derivatives of a linear structure are the same everywhere.",
        "At \(theta) they differ from those elsewhere \(place).")
      // A fit makes the factor of a linear structure out of them.
      let whole = factor(theta)
      let combination = matrix { row, column in
        zip(theta, derivatives).reduce(0) { $0 + $1.0 * $1.1[row, column] }
      }
      expect(
        zip(combination.values, whole.values).allSatisfy { abs($0 - $1) <= 1e-14 * abs($1) },
        "The factor of a linear structure is the combination of its derivatives.",
        "At \(theta) it is \(whole.values) \(place).")
    }
    for (index, derivative) in derivatives.prefix(parameterCount).enumerated() {
      var ends: [Matrix] = []
      for change in [step, -step] {
        var moved = theta
        moved[index] += change
        ends.append(factor(moved))
      }
      let difference = matrix { (ends[0][$0, $1] - ends[1][$0, $1]) / (2 * step) }
      expect(
        derivative.values.count == difference.values.count
          && distance(derivative, difference) < differenceTolerance,
        "Derivatives agree with central differences.",
        "That of parameter \(index) at \(theta) is \(derivative.values), not "
          + "\(difference.values) \(place).")
    }
  }

  mutating func checkCanonicalForm(_ theta: [Double]) {
    let canonical = structure.canonicalParameters(
      ([0] + theta)[1...], dimension: dimension, zeroBelow: 0)
    expect(
      canonical.count == parameterCount
        && distance(covariance(canonical), covariance(theta)) < rounding,
      "Canonical parameters are those of the same covariance.",
      "\(theta) became \(canonical) \(place).")
    guard canonical.count == parameterCount else { return }
    let lambda = factor(canonical)
    expect(
      (0..<dimension).allSatisfy { lambda[$0, $0] >= 0 },
      "Canonical parameters give a non-negative diagonal.",
      "\(theta) became \(canonical) \(place).")
    let again = structure.canonicalParameters(canonical[...], dimension: dimension, zeroBelow: 0)
    expect(
      again == canonical, "Canonical parameters stay as they are.",
      "\(canonical) became \(again) \(place).")

    // Half the diagonal entries below the threshold, on average.
    let threshold = 0.5
    let zeroed = factor(
      structure.canonicalParameters(theta[...], dimension: dimension, zeroBelow: threshold))
    let source = factor(theta)
    // Later columns may have received what stood below an earlier zero, the first has not.
    if abs(source[0, 0]) < threshold {
      expect(
        (0..<dimension).allSatisfy { zeroed[$0, 0] == 0 },
        "A diagonal entry below the threshold becomes zero with all below it.",
        "The factor at \(theta) became \(zeroed.values) \(place).")
    }
    for j in 0..<dimension where zeroed[j, j] == 0 {
      expect(
        (j..<dimension).allSatisfy { zeroed[$0, j] == 0 },
        "Below a zero on the diagonal stand zeros.",
        "The factor at \(theta) became \(zeroed.values) \(place).")
    }
    expect(
      zeroed.values.allSatisfy(\.isFinite)
        && (0..<dimension).allSatisfy { zeroed[$0, $0] >= 0 },
      "Canonical parameters with zeros give a non-negative diagonal.",
      "The factor at \(theta) became \(zeroed.values) \(place).")
  }

  mutating func checkAddedVariance(_ theta: [Double], _ numbers: inout CheckNumbers) {
    let root = Matrix(
      rowCount: dimension, columnCount: dimension, values: numbers.list(dimension * dimension))
    let gradient = matrix { (root[$0, $1] + root[$1, $0]) / 2 }
    let (direction, slope) = structure.steepestDirection(gradient)
    let length = direction.reduce(0) { $0 + $1 * $1 }
    expect(
      direction.count == dimension && abs(length - 1) < rounding,
      "The steepest direction is a unit vector.", "It is \(direction) \(place).")
    guard direction.count == dimension else { return }
    let product = innerProduct(gradient, matrix { direction[$0] * direction[$1] })
    expect(
      abs(product - slope) < rounding, "The slope is v'Gv.",
      "It is \(slope) and not \(product) \(place).")

    for size in [0, 0.1, 1] {
      let added = structure.parameters(
        ([0] + theta)[1...], dimension: dimension,
        addingVarianceAlong: direction.map { size * $0 })
      let change =
        added.count == parameterCount
        ? innerProduct(gradient, covariance(added)) - innerProduct(gradient, covariance(theta))
        : .nan
      expect(
        size == 0 ? abs(change) < rounding : slope >= 0 || change < rounding,
        "Variance along the steepest direction lowers a criterion that falls that way.",
        "At size \(size), tr(GΣ) changes by \(change) with slope \(slope) at \(theta) \(place).")
    }

    // A criterion that every variance raises has no slope to go down.
    let positive = matrix { i, j in
      (0..<dimension).reduce(0) { $0 + root[i, $1] * root[j, $1] }
    }
    let least = structure.steepestDirection(positive).slope
    expect(
      least >= -rounding, "A positive semidefinite derivative has no negative slope.",
      "The slope is \(least) \(place).")
  }

  mutating func checkConvexPart(_ theta: [Double], _ numbers: inout CheckNumbers) {
    let root = Matrix(
      rowCount: dimension, columnCount: dimension, values: numbers.list(dimension * dimension))
    let derivatives = structure.derivatives(at: theta[...], dimension: dimension)
    let weights = numbers.list(derivatives.count)
    let motion = matrix { i, j in
      zip(weights, derivatives).reduce(0) { $0 + $1.0 * $1.1[i, j] }
    }
    // E E' for a random motion E of the factor.
    let square = matrix { i, j in
      (0..<dimension).reduce(0) { $0 + motion[i, $1] * motion[j, $1] }
    }
    let indefinite = matrix { (root[$0, $1] + root[$1, $0]) / 2 }
    let curvature = innerProduct(structure.convexPart(indefinite), square)
    expect(
      curvature >= -rounding, "The convex part has no negative curvature.",
      "It has \(curvature) for G = \(indefinite.values) at \(theta) \(place).")
    let positive = matrix { i, j in
      (0..<dimension).reduce(0) { $0 + root[i, $1] * root[j, $1] }
    }
    let kept = innerProduct(structure.convexPart(positive), square)
    expect(
      abs(kept - innerProduct(positive, square)) < rounding,
      "The convex part keeps the curvature of a positive semidefinite derivative.",
      "It is \(kept) for G = \(positive.values) at \(theta) \(place).")
  }

  mutating func checkInverse(_ theta: [Double]) {
    let sigma = covariance(theta)
    guard let parameters = structure.parameters(ofCovariance: sigma) else {
      expect(
        false, "A covariance of the structure's own form has parameters.",
        "That at \(theta) has none \(place).")
      return
    }
    expect(
      parameters.count == parameterCount
        && distance(covariance(parameters), sigma) < covarianceTolerance,
      "The parameters of a covariance give it back.",
      "\(theta) became \(parameters) \(place).")
    let zero = structure.parameters(ofCovariance: matrix { _, _ in 0 })
    expect(
      zero.map { distance(covariance($0), matrix { _, _ in 0 }) == 0 } ?? true,
      "A covariance of zero, if it is of the form, has a factor of zero.",
      "Its parameters are \(zero ?? []) \(place).")
  }

  mutating func checkOrder(_ theta: [Double], _ numbers: inout CheckNumbers) {
    let keys = numbers.list(dimension)
    let order = (0..<dimension).sorted { keys[$0] < keys[$1] }
    func parameters(_ order: [Int]) -> [Double]? {
      structure.parameters(([0] + theta)[1...], dimension: dimension, ordering: order)
    }
    guard let reordered = parameters(order) else {
      expect(
        parameters(Array(0..<dimension)) == nil,
        "A structure takes its effects in any order or in none but its own.",
        "It refuses \(order), but not its own order \(place).")
      return
    }
    let sigma = covariance(theta)
    expect(
      reordered.count == parameterCount
        && distance(covariance(reordered), matrix { sigma[order[$0], order[$1]] }) < rounding,
      "Parameters in another order are those of the same effects.",
      "For \(order), \(theta) became \(reordered) \(place).")
  }

  private func innerProduct(_ left: Matrix, _ right: Matrix) -> Double {
    zip(left.values, right.values).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
