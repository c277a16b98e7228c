// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices

/// What the data leave open in the covariance matrix Σ of one term's effects.
///
/// The distribution of the response depends on Σ through `Z_g Σ Z_g'` in every level g. It leaves
/// open the variance of an effect whose covariate is zero; those of effects whose covariates
/// determine each other, in all rows (`x` and `2x`) or in each level (a constant and an indicator
/// that does not change within levels); and the covariance of effects that no level has both.
///
/// Where Σ has as many effects as the data rows, it can also take up the residual variance.
struct TermIdentification: Sendable {
  /// What of it a reader has to know.
  struct Finding: Sendable, Hashable {
    /// The effects, by number, whose covariate is zero in every row.
    let zeroCovariates: [Int]
    /// The other effects whose variances are not identified, or where all variances are, the
    /// effects whose covariances are not.
    let openEffects: [Int]
    /// Whether the variances of ``openEffects`` are not identified, or only the covariances.
    let opensVariances: Bool
    /// Whether `Z S Z'` is the residual covariance for some S of the term's structure.
    let absorbsResidualVariance: Bool
  }

  let finding: Finding

  private let scales: [Double]
  private let basis: Matrix
  private let inverseBasis: Matrix
  /// An orthonormal basis of the changes of Σ that change nothing, in coordinates.
  private let openChanges: [Matrix]
  /// The least S with `Z S Z'` the residual covariance, in coordinates, where there is one.
  private let residualShape: Matrix?

  /// Levels beyond this many are looked at only where these leave something open.
  private static let sampleSize = 64
  /// With more directions than this, their quadratic form would cost more than a fit.
  private static let largestDirectionCount = 500
  /// Below this share of the largest, a change of the rows' covariance is rounding error.
  private static let flatness = 1e-10
  /// An entry of a change below this share of the largest is rounding error.
  private static let entryTolerance = 1e-6
  /// The part of the residual covariance, relative to its size, that counts as rounding error.
  private static let absorptionTolerance = 1e-8
  /// The share of its largest eigenvalue by which a semidefinite matrix may fall below zero.
  private static let definiteness = 1e-13

  /// - Parameters:
  ///   - matrix: cross-products of the random effects.
  ///   - rowCount: the number of rows of a linear model, whose residual variance is unknown.
  /// - Returns: `nil` if everything is identified.
  /// - Complexity: O(levels × m²) for m covariance parameters where something is left open;
  ///   otherwise 64 levels tell.
  init?(
    _ matrix: BlockedMatrix, covariance: RelativeCovarianceFactor, term: Int, rowCount: Int?
  ) {
    let shape = matrix.layout.terms[term]
    let mayAbsorb = rowCount.map { shape.count >= $0 } ?? false
    let all = stride(from: 0, to: shape.levelCount, by: 1)
    let sample = stride(
      from: 0, to: shape.levelCount, by: (shape.levelCount + Self.sampleSize - 1) / Self.sampleSize)
    if !mayAbsorb, Self.hasLevelOfFullRank(matrix, term, among: sample) { return nil }
    if !mayAbsorb, shape.levelCount > Self.sampleSize,
      let some = CovarianceDirections(matrix, covariance: covariance, term: term, levels: sample),
      some.zeroCovariates.isEmpty, some.directions.count <= Self.largestDirectionCount,
      let eigen = SymmetricEigen(some.form(levels: sample).form), let least = eigen.values.first,
      least > Self.flatness * (eigen.values.last ?? 0)
    {
      return nil
    }
    guard
      let rows = CovarianceDirections(matrix, covariance: covariance, term: term, levels: all),
      rows.directions.count <= Self.largestDirectionCount
    else { return nil }
    let (form, residual) = rows.form(levels: all)
    guard let eigen = SymmetricEigen(form) else { return nil }
    let bound = Self.flatness * (eigen.values.last ?? 0)

    scales = rows.scales
    basis = rows.basis
    inverseBasis = rows.inverseBasis
    openChanges = eigen.values.indices.filter { eigen.values[$0] <= bound }.map {
      rows.change(eigen.vectors.column($0))
    }
    residualShape =
      mayAbsorb ? Self.residualShape(rows, eigen, residual, bound, rowCount: rowCount ?? 0) : nil
    let open = Self.open(openChanges.map { $0.congruent(rows.basis) })
    finding = Finding(
      zeroCovariates: rows.zeroCovariates, openEffects: open.effects,
      opensVariances: open.variances, absorbsResidualVariance: residualShape != nil)
    if rows.zeroCovariates.isEmpty, openChanges.isEmpty, residualShape == nil { return nil }
  }

  /// A pivot of a level's cross-products that is above this share of its diagonal entry leaves no
  /// doubt about the level's rank.
  private static let safePivot = 1e-3

  /// Whether some level has covariates of full rank. Its rows alone identify every entry of Σ; most
  /// terms have one among their first levels, and are done with here.
  private static func hasLevelOfFullRank(
    _ matrix: BlockedMatrix, _ term: Int, among levels: StrideTo<Int>
  ) -> Bool {
    let k = matrix.layout.terms[term].dimension
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: k * k) { l in
      levels.contains { level in
        let block = matrix.layout.diagonalStart[term] + level * k * k
        for j in 0..<k {
          for i in j..<k {
            var sum = matrix.values[block + i + j * k]
            for c in 0..<j { sum -= l[i + c * k] * l[j + c * k] }
            if i > j {
              l[i + j * k] = sum / l[j + j * k]
            } else if sum > safePivot * matrix.values[block + j * (k + 1)] {
              l[j + j * k] = sum.squareRoot()
            } else {
              return false
            }
          }
        }
        return true
      }
    }
  }

  /// The effects that changes of the covariance matrix, of scaled effects, are about.
  private static func open(_ changes: [Matrix]) -> (effects: [Int], variances: Bool) {
    guard let k = changes.first?.rowCount else { return ([], false) }
    // Independent of the basis that the changes are.
    var sizes = Matrix(rowCount: k, columnCount: k)
    for j in 0..<k {
      for i in 0..<k {
        sizes[i, j] = changes.reduce(0) { $0 + $1[i, j] * $1[i, j] }.squareRoot()
      }
    }
    let bound = entryTolerance * (sizes.values.max() ?? 0)
    let variances = (0..<k).filter { sizes[$0, $0] > bound }
    if !variances.isEmpty { return (variances, true) }
    return ((0..<k).filter { i in (0..<k).contains { sizes[i, $0] > bound } }, false)
  }

  private static func residualShape(
    _ rows: CovarianceDirections, _ eigen: SymmetricEigen, _ residual: [Double], _ bound: Double,
    rowCount: Int
  ) -> Matrix? {
    var coefficients = [Double](repeating: 0, count: residual.count)
    var explained = 0.0
    for (place, value) in eigen.values.enumerated() where value > bound {
      let vector = eigen.vectors.column(place)
      let projection = zip(vector, residual).reduce(0) { $0 + $1.0 * $1.1 }
      explained += projection * projection / value
      for (i, entry) in vector.enumerated() { coefficients[i] += projection / value * entry }
    }
    guard Double(rowCount) - explained < absorptionTolerance * Double(rowCount) else { return nil }
    return rows.change(coefficients)
  }
}

// MARK: - The point that stands for all

extension TermIdentification {
  /// Of all covariance matrices that give the rows the same covariance as Σ, the least in the norm
  /// of what its coordinates contribute, if that is semidefinite: an effect with a zero covariate
  /// has no variance, and effects of proportional covariates share one.
  func least(_ covariance: Matrix) -> Matrix {
    let least = identifiedCoordinates(covariance)
    // What was taken away may have been large, and leaves its rounding error.
    let size = inCoordinates(covariance).values.reduce(0) { max($0, abs($1)) }
    return isSemidefinite(least, besides: size)
      ? fromCoordinates(least) : withoutZeroCovariates(covariance)
  }

  /// The coordinates of a symmetric matrix without the part that changes nothing.
  func identifiedCoordinates(_ matrix: Matrix) -> Matrix {
    let coordinates = inCoordinates(withoutZeroCovariates(matrix))
    var result = coordinates
    for change in openChanges {
      let share = zip(change.values, coordinates.values).reduce(0) { $0 + $1.0 * $1.1 }
      for j in 0..<result.columnCount {
        for i in 0..<result.rowCount { result[i, j] -= share * change[i, j] }
      }
    }
    return result
  }

  private func withoutZeroCovariates(_ matrix: Matrix) -> Matrix {
    var result = matrix
    for i in finding.zeroCovariates {
      for j in 0..<matrix.rowCount { (result[i, j], result[j, i]) = (0, 0) }
    }
    return result
  }

  /// The largest c for which `Σ - c S` is semidefinite, where `Z S Z'` is the residual covariance,
  /// and that matrix: all that the residual variance can take back from the term.
  func absorbed(_ covariance: Matrix) -> (share: Double, rest: Matrix) {
    guard let residualShape else { return (0, covariance) }
    let start = inCoordinates(covariance)
    func rest(_ share: Double) -> Matrix {
      var result = start
      for j in 0..<result.columnCount {
        for i in 0..<result.rowCount { result[i, j] -= share * residualShape[i, j] }
      }
      return result
    }
    // The least eigenvalue is a concave function of c that starts at zero or above.
    var low = 0.0
    var high = 1.0
    while high < Double.greatestFiniteMagnitude / 4, isSemidefinite(rest(high)) {
      (low, high) = (high, 2 * high)
    }
    while true {
      let middle = low + (high - low) / 2
      guard middle > low, middle < high else { break }
      if isSemidefinite(rest(middle)) { low = middle } else { high = middle }
    }
    return (low, fromCoordinates(rest(low)))
  }

  /// - Parameter size: that of what the matrix was computed from, if larger than its own.
  private func isSemidefinite(_ matrix: Matrix, besides size: Double = 0) -> Bool {
    guard let eigen = SymmetricEigen(matrix), let least = eigen.values.first else { return false }
    return least >= -Self.definiteness * max(size, eigen.values.last ?? 0)
  }

  private func inCoordinates(_ covariance: Matrix) -> Matrix {
    scaled(covariance) { $0 * $1 }.congruent(inverseBasis)
  }

  private func fromCoordinates(_ coordinates: Matrix) -> Matrix {
    scaled(coordinates.congruent(basis)) { $0 / $1 }
  }

  private func scaled(_ matrix: Matrix, _ scale: (Double, Double) -> Double) -> Matrix {
    var result = matrix
    for j in 0..<matrix.columnCount {
      for i in 0..<matrix.rowCount { result[i, j] = scale(matrix[i, j], scales[i] * scales[j]) }
    }
    return result
  }
}
