// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import MixedModelErrors
import ModelOptimization
import RealModule

/// The profiled ML or REML criterion as a function of theta.
///
/// With ν = n for ML and n - p for REML, and ρ² the penalized residual sum of squares,
///
///     d(theta) = log|Λ'Z'ZΛ + I| [+ log|X'V⁻¹X|] + ν (1 + log(2πρ²/ν)) - Σ log w
///
/// (Bates, Mächler, Bolker & Walker 2015, equations 34 and 41). The fixed effects and the residual
/// variance are profiled out; the value keeps every constant, so that it compares across programs.
package struct ProfiledDeviance: SecondOrderObjective {
  package let criterion: Criterion
  package let covariance: RelativeCovarianceFactor
  package private(set) var leastSquares: PenalizedLeastSquares
  /// The solution at the parameters evaluated last with derivatives, where there was one.
  package private(set) var lastSolution: (theta: [Double], solution: LeastSquaresSolution)?
  /// The derivatives of the penalized residual sum of squares there, negated.
  private(set) var residualSensitivities: [Double] = []

  /// The least magnitude of a factor's diagonal entry while derivatives are computed: it keeps the
  /// factor invertible and moves the criterion by about 1e-14 of its curvature there.
  private static let diagonalFloor = 1e-7

  package init(
    _ crossProducts: CrossProducts, layout: CholeskyLayout, covariance: RelativeCovarianceFactor,
    criterion: Criterion
  ) {
    self.criterion = criterion
    self.covariance = covariance
    leastSquares = PenalizedLeastSquares(crossProducts, layout: layout)
  }

  package var parameterCount: Int { covariance.parameterCount }

  /// ν: the rows for ML, the residual degrees of freedom for REML.
  package var effectiveCount: Double {
    let crossProducts = leastSquares.crossProducts
    return Double(
      crossProducts.observationCount
        - (criterion == .restrictedMaximumLikelihood ? crossProducts.rank : 0))
  }

  package mutating func value(at theta: [Double]) -> Double {
    let factors = covariance.factors(theta)
    guard leastSquares.factorize(factors) == nil else { return .infinity }
    return objective(leastSquares.solution(factors: factors))
  }

  /// The solution at theta, exact zeros included; `nil` where the factorization breaks down.
  package mutating func solution(at theta: [Double]) -> LeastSquaresSolution? {
    let factors = covariance.factors(theta)
    // The last one may belong to floored factors.
    if let last = lastSolution, last.theta == theta, last.solution.factors == factors {
      return last.solution
    }
    guard leastSquares.factorize(factors) == nil else { return nil }
    return leastSquares.solution(factors: factors)
  }

  /// The criterion at a solution.
  package func objective(_ solution: LeastSquaresSolution) -> Double {
    let crossProducts = leastSquares.crossProducts
    let basis = crossProducts.basis
    let nu = effectiveCount
    let scale = basis.responseScale
    var value =
      solution.logDeterminant - crossProducts.logWeightSum
      + nu
      * (1 + Double.log(2 * .pi * solution.penalizedResidualSumOfSquares / nu)
        + (scale == 1 ? 0 : 2 * Double.log(scale)))
    if criterion == .restrictedMaximumLikelihood {
      // B = X T, so the determinant of the model's own columns is that of B less that of T, twice.
      value += solution.fixedEffectsLogDeterminant - 2 * basis.logDeterminant
    }
    return value.isNaN ? .infinity : value
  }

  package mutating func evaluate(at theta: [Double], into point: inout ObjectivePoint) {
    point.value = .infinity
    lastSolution = nil
    var factors = covariance.factors(theta)
    floorDiagonals(&factors)
    guard leastSquares.factorize(factors) == nil else { return }
    let solution = leastSquares.solution(factors: factors)
    point.value = objective(solution)
    guard point.value < .infinity else { return }
    lastSolution = (theta, solution)

    let nu = effectiveCount
    let variance = solution.penalizedResidualSumOfSquares / nu
    let directions = covariance.derivatives(at: theta)
    let derivatives = leastSquares.derivatives(
      of: solution, directions: directions,
      includesFixedEffects: criterion == .restrictedMaximumLikelihood, residualWeight: 1 / variance)
    point.gradient = covariance.pullback(derivatives.adjoint, through: directions)

    let v = derivatives.residualSensitivities
    residualSensitivities = v
    for b in directions.indices {
      for a in b..<directions.count {
        let entry =
          derivatives.averageInformation[a, b] / variance - v[a] * v[b] / (nu * variance * variance)
        point.hessian[a, b] = entry
        point.hessian[b, a] = entry
      }
    }
    addCurvature(
      covarianceGradients(derivatives.adjoint, factors: factors), directions, to: &point.hessian)
  }

  /// Adds `2 tr(G E_a E_b')`, G without its negative part, for the directions of each piece. It is
  /// the whole curvature where a variance is zero, and vanishes at an optimum inside.
  private func addCurvature(
    _ gradients: [Matrix], _ directions: [RelativeCovarianceFactor.Derivative],
    to hessian: inout Matrix
  ) {
    for piece in covariance.pieces {
      let g = piece.structure.convexPart(gradients[piece.term].block(piece.rows))
      for b in piece.parameters {
        for a in piece.parameters where a >= b {
          let entry = Self.curvature(g, directions[a].block, directions[b].block)
          hessian[a, b] += entry
          if a != b { hessian[b, a] += entry }
        }
      }
    }
  }

  /// For each term, the derivative G of the criterion with respect to the relative covariance
  /// matrix of its effects, from the derivative with respect to its factor: `λ̄ = 2 G λ`.
  package func covarianceGradients(_ adjoint: [Double], factors: [Double]) -> [Matrix] {
    let layout = leastSquares.crossProducts.layout
    return layout.terms.indices.map { term in
      let k = layout.terms[term].dimension
      let start = layout.factorStart[term]
      var g = Matrix(rowCount: k, columnCount: k)
      // G λ = λ̄ / 2, solved from the last column of the lower-triangular λ to its first.
      for j in (0..<k).reversed() {
        for i in 0..<k {
          var sum = adjoint[start + i + j * k] / 2
          for l in j + 1..<max(j + 1, k) { sum -= g[i, l] * factors[start + l + j * k] }
          g[i, j] = sum / factors[start + j + j * k]
        }
      }
      for j in 0..<k {
        for i in 0..<j {
          let mean = (g[i, j] + g[j, i]) / 2
          g[i, j] = mean
          g[j, i] = mean
        }
      }
      return g
    }
  }

  /// The derivative G of ``covarianceGradients(_:factors:)`` at theta, or `nil` where the
  /// criterion has no value.
  package mutating func covarianceGradients(at theta: [Double]) -> [Matrix]? {
    var factors = covariance.factors(theta)
    floorDiagonals(&factors)
    guard leastSquares.factorize(factors) == nil else { return nil }
    let solution = leastSquares.solution(factors: factors)
    let derivatives = leastSquares.derivatives(
      of: solution, directions: [],
      includesFixedEffects: criterion == .restrictedMaximumLikelihood,
      residualWeight: effectiveCount / solution.penalizedResidualSumOfSquares)
    return covarianceGradients(derivatives.adjoint, factors: factors)
  }

  private func floorDiagonals(_ factors: inout [Double]) {
    let layout = leastSquares.crossProducts.layout
    for (term, shape) in layout.terms.enumerated() {
      for i in 0..<shape.dimension {
        let place = layout.factorStart[term] + i * (shape.dimension + 1)
        if abs(factors[place]) < Self.diagonalFloor {
          factors[place] = factors[place] < 0 ? -Self.diagonalFloor : Self.diagonalFloor
        }
      }
    }
  }

  /// `2 tr(G E_a E_b')` for two directions in one piece's factor.
  private static func curvature(_ g: Matrix, _ a: Matrix, _ b: Matrix) -> Double {
    var sum = 0.0
    for column in 0..<g.rowCount {
      for i in column..<g.rowCount where a[i, column] != 0 {
        for j in column..<g.rowCount where b[j, column] != 0 {
          sum += g[i, j] * a[i, column] * b[j, column]
        }
      }
    }
    return 2 * sum
  }
}
