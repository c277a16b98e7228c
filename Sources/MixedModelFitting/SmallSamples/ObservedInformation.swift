// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import ModelOptimization

extension LinearMixedModel {
  /// The step of the differences as a share of the scale on which a parameter's variance acts, and of
  /// the parameter's standard error with all others known, whichever is less; see
  /// ``RestrictedInformation``.
  private static let steps = (ofScale: 1e-3, ofStandardError: 1e-2)
  /// Below this share of the largest, an eigenvalue of the information is rounding: the data say
  /// nothing of that direction.
  private static let flatness = 1e-7

  /// The asymptotic covariance matrix of `(theta, log σ²)`: twice the inverse of the Hessian of the
  /// criterion with the residual variance not profiled out.
  ///
  /// With H the Hessian of the profiled criterion, v minus the derivatives of the penalized residual
  /// sum of squares and ν the degrees of freedom of σ², it is
  ///
  ///     2 [H⁻¹, -H⁻¹v/νσ²; ·, 1/ν + v'H⁻¹v/(νσ²)²]
  ///
  /// H is found by differences of the exact gradient. Parameters that move no covariance matrix, as
  /// those of an effect with zero variance, and directions that the data do not identify are held
  /// fixed: their rows are zero.
  ///
  /// - Returns: (m + 1) × (m + 1), or `nil` if the criterion has no value near the estimates.
  /// - Complexity: four evaluations of the gradient per parameter.
  package func variancesOfCovarianceParameters() throws(MixedModelError) -> Matrix? {
    var objective = try problem.profiledDeviance(criterion)
    let count = internalTheta.count
    var point = ObjectivePoint(parameterCount: count)
    objective.evaluate(at: internalTheta, into: &point)
    guard point.value < .infinity, let solution = objective.solution(at: internalTheta) else {
      return nil
    }
    let sensitivities = objective.residualSensitivities
    let nu = objective.effectiveCount
    let variance = objective.residualVariance(solution)

    let movable = movableParameters(curvature: point.hessian)
    var hessian = Matrix(rowCount: movable.count, columnCount: movable.count)
    point.needsHessian = false
    for (b, (parameter, step)) in movable.enumerated() {
      for (multiple, weight) in [(1.0, 8.0), (-1, -8), (2, -1), (-2, 1)] {
        var moved = internalTheta
        moved[parameter] += multiple * step
        objective.evaluate(at: moved, into: &point)
        guard point.value < .infinity else { return nil }
        for (a, (other, _)) in movable.enumerated() {
          let change = weight / (12 * step) * point.gradient[other] / 2
          hessian[a, b] += change
          hessian[b, a] += change
        }
      }
    }
    guard let inverse = hessian.pseudoInverse(flatness: Self.flatness) else { return nil }
    var result = Matrix(rowCount: count + 1, columnCount: count + 1)
    result[count, count] = 2 / nu
    for (b, (column, _)) in movable.enumerated() {
      var product = 0.0
      for (a, (row, _)) in movable.enumerated() {
        result[row, column] = 2 * inverse[a, b]
        product += inverse[a, b] * sensitivities[row] / (nu * variance)
      }
      result[count, column] = -2 * product
      result[column, count] = -2 * product
      result[count, count] += 2 * product * sensitivities[column] / (nu * variance)
    }
    return result
  }

  /// The parameters that move a covariance matrix, each with a step that moves it little.
  /// - Parameter curvature: a model of the Hessian of the criterion.
  private func movableParameters(curvature: Matrix) -> [(parameter: Int, step: Double)] {
    let blocks = problem.crossProducts.meanBlocks
    let derivatives = problem.covariance.derivatives(at: internalTheta)
    return thetaChanges.enumerated().compactMap { parameter, change in
      let lambda = problem.covariance.factor(internalTheta, term: change.term)
      // The standard deviation of each effect, with that of its estimate from one level's data.
      let deviations = (0..<lambda.rowCount).map { effect in
        let variance = (0...effect).reduce(0) { $0 + lambda[effect, $1] * lambda[effect, $1] }
        let information = blocks[change.term][effect, effect]
        return information > 0 ? (variance + 1 / information).squareRoot() : 1
      }
      let speed = derivatives[parameter].entries.reduce(0) {
        max($0, abs($1.value) / deviations[$1.row])
      }
      let movement = (0..<lambda.rowCount).reduce(0.0) { largest, j in
        (0..<lambda.rowCount).reduce(largest) {
          max($0, abs(change.matrix[$1, j]) / (deviations[$1] * deviations[j]))
        }
      }
      guard movement > Self.flatness * speed else { return nil }
      var step = Self.steps.ofScale / speed
      if curvature[parameter, parameter] > 0 {
        let error = (2 / curvature[parameter, parameter]).squareRoot()
        step = min(step, Self.steps.ofStandardError * error)
      }
      return (parameter, step)
    }
  }
}
