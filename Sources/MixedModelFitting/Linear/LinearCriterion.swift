// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import ModelOptimization
import RealModule

/// The profiled ML or REML criterion of a linear model, in whatever way its parts are found.
///
/// With ν = n for ML and n - p for REML, and ρ² the penalized residual sum of squares,
///
///     d(theta) = log|Λ'Z'ZΛ + I| [+ log|X'V⁻¹X|] + ν (1 + log(2πρ²/ν)) - Σ log w
///
/// (Bates, Mächler, Bolker & Walker 2015, equations 34 and 41). The fixed effects and the residual
/// variance are profiled out; the value keeps every constant, so that it compares across programs.
///
/// With a fixed residual variance σ², `ν log(2πσ²) + ρ²/σ²` takes the place of the third term.
protocol LinearCriterion: CovarianceCriterion {
  var criterion: Criterion { get }
  var crossProducts: CrossProducts { get }
  /// The residual variance where it is known, in the squared unit in which the response is held.
  var fixedVariance: Double? { get }

  /// The solution at theta, exact zeros included; `nil` where there is none.
  mutating func solution(at theta: [Double]) -> LeastSquaresSolution?
}

/// The least magnitude of a factor's diagonal entry while derivatives are computed: it keeps the factor
/// invertible and moves the criterion by about 1e-14 of its curvature there.
let leastFactorDiagonal = 1e-7

extension LinearCriterion {
  var isRestricted: Bool { criterion == .restrictedMaximumLikelihood }

  /// ν: the rows for ML, the residual degrees of freedom for REML.
  var effectiveCount: Double {
    Double(crossProducts.observationCount - (isRestricted ? crossProducts.rank : 0))
  }

  /// The residual variance at a solution, in the squared unit in which the response is held.
  func residualVariance(_ solution: LeastSquaresSolution) -> Double {
    fixedVariance ?? solution.penalizedResidualSumOfSquares / effectiveCount
  }

  /// The criterion at a solution.
  func objective(_ solution: LeastSquaresSolution) -> Double {
    objective(
      residualSum: solution.penalizedResidualSumOfSquares, logDeterminant: solution.logDeterminant,
      fixedEffectsLogDeterminant: isRestricted ? solution.fixedEffectsLogDeterminant : 0)
  }

  func objective(
    residualSum: Double, logDeterminant: Double, fixedEffectsLogDeterminant: Double
  ) -> Double {
    let crossProducts = crossProducts
    let scale = crossProducts.basis.responseScale
    let nu = effectiveCount
    let variance = fixedVariance ?? residualSum / nu
    // Profiled out, the variance makes this share one exactly.
    let share = fixedVariance.map { residualSum / (nu * $0) } ?? 1
    var value =
      logDeterminant - crossProducts.logWeightSum
      + nu
      * (share + Double.log(2 * .pi * variance) + (scale == 1 ? 0 : 2 * Double.log(scale)))
    if isRestricted {
      // B = X T, so the determinant of the model's own columns is that of B less that of T, twice.
      value += fixedEffectsLogDeterminant - 2 * crossProducts.basis.logDeterminant
    }
    return value.isNaN ? .infinity : value
  }

  /// Writes the model of the Hessian: the average information, less what profiling the variance out
  /// takes off it, and the curvature of the covariances.
  /// - Parameter gradients: the derivatives with respect to each term's covariance matrix.
  func writeHessian(
    _ information: AverageInformation, variance: Double, gradients: [Matrix],
    _ directions: FactorDirections, to hessian: inout Matrix
  ) {
    let v = information.sensitivities
    let values = information.values
    let count = parameterCount
    let profiled = fixedVariance == nil ? 1 / (effectiveCount * variance * variance) : 0
    for b in 0..<count {
      for a in b..<count {
        let entry = values[a + b * count] / variance - v[a] * v[b] * profiled
        hessian[a, b] = entry
        hessian[b, a] = entry
      }
    }
    covariance.addCurvature(gradients, directions, to: &hessian, at: 0)
  }
}
