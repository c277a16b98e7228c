// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import ModelOptimization

/// The choice among covariance parameters that the data cannot tell apart.
///
/// Where every row has random effects of its own, part of the residual variance can be moved into
/// them without changing the distribution of the response. The parameters of one distribution then
/// form a line in (σ², Σ), because the variance of the response is linear in these. The fit reports
/// the end of that line with the largest residual variance, where a covariance matrix becomes
/// singular: the same point from every start.
///
/// Where several directions are not identified (`(1 + fulldummy(f) | g)` with one row per cell), one
/// line does not lead to the largest residual variance of all, and its end depends on the start.
extension ProfiledDeviance {
  /// A curvature below this share of the largest counts as none.
  private static let flatness = 1e-6

  /// The parameters at the end of the line through theta, or `nil` if theta is identified.
  ///
  /// - Parameter hessian: the model Hessian at theta. On such a line the average information
  ///   vanishes exactly.
  mutating func identifiedParameters(_ theta: [Double], hessian: Matrix) -> [Double]? {
    // The residual variance cannot move where it is known.
    guard fixedVariance == nil else { return nil }
    let count = theta.count
    let scale = (0..<count).map { max(hessian[$0, $0], .leastNormalMagnitude).squareRoot() }
    var scaled = hessian
    for j in 0..<count {
      for i in 0..<count { scaled[i, j] /= scale[i] * scale[j] }
    }
    guard let eigen = SymmetricEigen(scaled), let least = eigen.values.first,
      least < Self.flatness * (eigen.values.last ?? 0)
    else { return nil }
    var point = ObjectivePoint(parameterCount: count)
    evaluate(at: theta, into: &point)
    guard let solution = lastSolution?.solution else { return nil }

    // The direction within the flat space in which the residual variance grows the fastest.
    var direction = [Double](repeating: 0, count: count)
    for (index, value) in eigen.values.enumerated()
    where value < Self.flatness * (eigen.values.last ?? 0) {
      var slope = 0.0
      for i in 0..<count {
        slope -= eigen.vectors[i, index] / scale[i] * residualSensitivities[i]
      }
      for i in 0..<count { direction[i] += slope * eigen.vectors[i, index] / scale[i] }
    }
    let variance = solution.penalizedResidualSumOfSquares / effectiveCount
    let growth =
      -zip(direction, residualSensitivities).reduce(0) { $0 + $1.0 * $1.1 } / effectiveCount
    guard growth > 0 else { return nil }

    // Σ and its rate of change per unit of σ², piece by piece, and the first to become singular.
    let derivatives = covariance.derivatives(at: theta)
    var lines: [(piece: RelativeCovarianceFactor.PieceView, start: Matrix, rate: Matrix)] = []
    var length = Double.infinity
    for piece in covariance.pieces {
      let k = piece.rows.count
      let lambda = piece.structure.termFactor(theta[piece.parameters], dimension: k)
      var change = Matrix(rowCount: k, columnCount: k)
      for parameter in piece.parameters {
        let block = derivatives[parameter].block
        for j in 0..<k {
          for i in j..<k { change[i, j] += direction[parameter] * block[i, j] }
        }
      }
      var start = Matrix(rowCount: k, columnCount: k)
      var rate = start
      for j in 0..<k {
        for i in 0..<k {
          var square = 0.0
          var derivative = 0.0
          for l in 0..<k {
            square += lambda[i, l] * lambda[j, l]
            derivative += change[i, l] * lambda[j, l] + lambda[i, l] * change[j, l]
          }
          start[i, j] = variance * square
          rate[i, j] = square + variance * derivative / growth
        }
      }
      length = min(length, Self.distanceToSingularity(start, rate))
      lines.append((piece, start, rate))
    }
    guard length > 0, length < .infinity else { return nil }
    var result = theta
    for line in lines {
      var end = line.start
      for j in 0..<end.rowCount {
        for i in 0..<end.rowCount {
          end[i, j] = (line.start[i, j] + length * line.rate[i, j]) / (variance + length)
        }
      }
      guard let parameters = line.piece.structure.parameters(ofCovariance: end) else { return nil }
      result.replaceSubrange(line.piece.parameters, with: parameters)
    }
    return result
  }

  /// The least positive c at which `start + c * rate` is singular, infinite if there is none.
  private static func distanceToSingularity(_ start: Matrix, _ rate: Matrix) -> Double {
    let k = start.rowCount
    var values = start.values
    let isDefinite = values.withUnsafeMutableBufferPointer { l in
      l.baseAddress.map { choleskyFactorize($0, order: k, leadingDimension: k) == nil } ?? false
    }
    guard isDefinite else { return .infinity }
    // The eigenvalues of L⁻¹ rate L⁻ᵀ: the matrix is singular at minus the inverse of the least.
    let l = Matrix(rowCount: k, columnCount: k, values: values)
    var reduced = rate
    for _ in 0..<2 {
      for j in 0..<k {
        for i in 0..<k {
          var sum = reduced[i, j]
          for m in 0..<i { sum -= l[i, m] * reduced[m, j] }
          reduced[i, j] = sum / l[i, i]
        }
      }
      reduced = reduced.transposed
    }
    guard let least = SymmetricEigen(reduced)?.values.first, least < 0 else { return .infinity }
    return -1 / least
  }
}
