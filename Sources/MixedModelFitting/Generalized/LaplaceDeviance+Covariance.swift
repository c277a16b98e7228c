// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import MixedModelErrors
import ModelOptimization

extension LaplaceDeviance {
  /// The covariance of gamma given theta: the inverse of `B'V⁻¹B` with the weights at the mode, the
  /// expected ones as in penalized least squares.
  mutating func conditionalCovariance(factors: [Double]) throws(MixedModelError) -> Matrix {
    var derivatives = ResponseDerivatives()
    rows.response.evaluate(
      search.linearPredictor, t: lastParameter, ResponseRequest(.newton, information: .expected),
      into: &derivatives)
    var matrix = BlockedMatrix(
      layout: rows.joint.layout,
      values: [Double](repeating: 0, count: rows.joint.layout.valueCount))
    rows.joint.accumulate(weights: derivatives.expectedInformation, into: &matrix.values)
    var cholesky = BlockedCholesky(layout: jointLayout)
    let rank = rows.rank
    guard cholesky.factorize(matrix, factors: factors) == nil else { throw .noMode() }
    var factor = Matrix(rowCount: rank, columnCount: rank)
    for j in 0..<rank {
      for i in j..<rank { factor[i, j] = cholesky.borderEntry(i, j) }
    }
    return factor.inverseFromCholesky
  }
}

extension GeneralizedObjective {
  /// The covariance of gamma from the Hessian over all parameters; parameters on their boundary are
  /// held there, and directions of theta that change nothing are left out. `nil` if the Hessian is
  /// not positive definite.
  /// - Parameter gradient: that at the parameters, if it is known.
  mutating func jointCovariance(at parameters: [Double], gradient: [Double]?) -> Matrix? {
    let free = parameters.indices.filter { !isOnBoundary($0, parameters) }
    let directions = identifiedDirections(at: parameters, over: free)
    guard let hessian = hessian(at: parameters, gradient: gradient, over: free),
      let inverse = hessian.congruent(directions).inverseOfPositiveDefinite
    else { return nil }
    // The criterion is minus twice a log-likelihood.
    let block = inverse.block(laplace.gammaRange)
    return Matrix(
      rowCount: block.rowCount, columnCount: block.rowCount, values: block.values.map { 2 * $0 })
  }

  /// The directions over some of the parameters, row by row, in which the criterion is not flat:
  /// those of gamma first, as they are.
  private func identifiedDirections(at parameters: [Double], over free: [Int]) -> Matrix {
    let theta = covariance.identifiedDirections(
      Array(parameters[thetaRange]), laplace.rows.identification(of: covariance),
      over: free.filter { thetaRange.contains($0) }.map { $0 - thetaRange.lowerBound })
    let units = free.indices.filter { !thetaRange.contains(free[$0]) }
    var result = Matrix(rowCount: units.count + theta.rowCount, columnCount: free.count)
    let first = laplace.gammaRange.count
    for (row, column) in units.enumerated() {
      result[row < first ? row : row + theta.rowCount, column] = 1
    }
    for j in 0..<theta.columnCount {
      for i in 0..<theta.rowCount { result[first + i, first + j] = theta[i, j] }
    }
    return result
  }

  /// The Hessian over some of the parameters, by forward differences of the exact gradient: with a
  /// gradient good to eleven digits, the Hessian is good to five.
  private mutating func hessian(
    at parameters: [Double], gradient: [Double]?, over free: [Int]
  ) -> Matrix? {
    var point = ObjectivePoint(parameterCount: parameterCount)
    point.needsHessian = false
    var centre = gradient
    if centre == nil {
      evaluate(at: parameters, into: &point)
      centre = point.value < .infinity ? point.gradient : nil
    }
    guard let centre else { return nil }
    var result = Matrix(rowCount: free.count, columnCount: free.count)
    for (j, column) in free.enumerated() {
      let step = Self.differenceStep * max(1, abs(parameters[column]))
      var moved = parameters
      moved[column] += step
      evaluate(at: moved, into: &point)
      guard point.value < .infinity else { return nil }
      for (i, row) in free.enumerated() {
        result[i, j] =
          (point.gradient[row] - centre[row]) / (moved[column] - parameters[column])
      }
    }
    for j in free.indices {
      for i in 0..<j {
        let mean = (result[i, j] + result[j, i]) / 2
        result[i, j] = mean
        result[j, i] = mean
      }
    }
    return result
  }

  /// The square root of the gradient's relative error.
  private static var differenceStep: Double { 3e-6 }

  /// Whether a parameter belongs to a column of a factor that is zero.
  private func isOnBoundary(_ index: Int, _ parameters: [Double]) -> Bool {
    thetaRange.contains(index) && parameters[index] == 0
      && covariance.identityParameters[index - thetaRange.lowerBound] == 1
  }
}
