// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import Foundation
import MixedModelFitting
import TestSupport

/// A linear mixed model by its definition: the n × n covariance matrix and the normal density.
struct DenseModel {
  /// The estimable columns of the model matrix, as the formula has them.
  let x: Matrix
  let z: Matrix
  /// The response less the offset.
  let y: Matrix
  let weights: [Double]
  let problem: LinearProblem

  init(_ problem: LinearProblem) {
    let rows = problem.rows
    let n = rows.rowCount
    self.problem = problem
    let estimable = problem.crossProducts.basis.estimable
    x = Matrix(n, estimable.count) { rows.fixedEffects[$0, estimable[$1]] }
    y = Matrix(column: (0..<n).map { rows.response[$0] - (rows.offset?[$0] ?? 0) })
    weights = rows.weights ?? [Double](repeating: 1, count: n)
    var z = Matrix(rowCount: n, columnCount: problem.crossProducts.layout.randomCount)
    for (term, shape) in zip(rows.terms, problem.crossProducts.layout.terms) {
      let k = shape.dimension
      for row in 0..<n {
        for effect in 0..<k {
          z[row, shape.start + Int(term.levelCodes[row]) * k + effect] =
            term.values[row * k + effect]
        }
      }
    }
    self.z = z
  }

  var rowCount: Int { y.rowCount }

  /// `ZΛ`, theta in the units of the data.
  func scaledRandomEffectsMatrix(_ theta: [Double]) -> Matrix {
    let layout = problem.crossProducts.layout
    var lambda = Matrix.identity(layout.randomCount)
    for (term, shape) in layout.terms.enumerated() {
      let factor = problem.covariance.factor(theta, term: term)
      let k = shape.dimension
      for level in 0..<shape.levelCount {
        let first = shape.start + level * k
        for j in 0..<k { for i in 0..<k { lambda[first + i, first + j] = factor[i, j] } }
      }
    }
    return z * lambda
  }

  /// V: the covariance matrix of the response over the residual variance, `n × n`.
  func relativeCovariance(_ theta: [Double]) -> Matrix {
    let half = scaledRandomEffectsMatrix(theta)
    var v = half * half.transposed
    for i in 0..<rowCount { v[i, i] += 1 / weights[i] }
    return v
  }

  /// Minus twice the logarithm of the normal density of the response.
  func deviance(theta: [Double], beta: Matrix, sigma: Double) -> Double {
    let v = relativeCovariance(theta)
    let residual = y - x * beta
    let square = (residual.transposed * v.solve(residual))[0, 0]
    return Double(rowCount) * log(2 * .pi * sigma * sigma) + v.logDeterminant
      + square / (sigma * sigma)
  }

  /// What the fixed effects and the residual variance are at the best for one theta.
  struct Profile {
    let objective: Double
    let beta: [Double]
    let covariance: Matrix
    let sigma: Double
  }

  /// Generalized least squares, and the criterion at its solution.
  func profile(theta: [Double], criterion: Criterion) -> Profile {
    let v = relativeCovariance(theta)
    let p = x.columnCount
    let weighted = v.solve(Matrix(rowCount, p + 1) { $1 < p ? x[$0, $1] : y[$0, 0] })
    let information = x.transposed * weighted.block(0..<rowCount, 0..<p)
    let beta = information.solve(x.transposed * weighted.block(0..<rowCount, p..<p + 1))
    let residual = y - x * beta
    let square = (residual.transposed * v.solve(residual))[0, 0]
    let isRestricted = criterion == .restrictedMaximumLikelihood
    let count = Double(isRestricted ? rowCount - p : rowCount)
    let variance = square / count
    let objective =
      count * (1 + log(2 * .pi * variance)) + v.logDeterminant
      + (isRestricted ? information.logDeterminant : 0)
    let inverse = information.inverse
    return Profile(
      objective: objective, beta: beta.values,
      covariance: Matrix(p, p) { variance * inverse[$0, $1] }, sigma: variance.squareRoot())
  }
}
