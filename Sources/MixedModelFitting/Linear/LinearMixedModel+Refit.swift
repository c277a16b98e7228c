// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import ModelOptimization

extension LinearMixedModel {
  /// The same model fitted to another response: design, weights, offset and criterion stay as they
  /// are, and so does this model.
  ///
  /// Only the cross-products with the response are computed anew, and the fit starts at the
  /// estimates of this one.
  ///
  /// R: `refit`. MixedModels.jl: `refit!`. MATLAB: `refit`.
  /// - Parameter response: one value for each row used, in their order.
  /// - Throws: ``MixedModelError`` if the response has another length, a value that is not finite, or
  ///   no variation beyond the fixed effects.
  /// - Complexity: one pass over the rows, O(n (p² + Σ k)), and the evaluations of the criterion.
  public func refitted(to response: [Double]) throws(MixedModelError) -> LinearMixedModel {
    let problem = try problem.replacingResponse(response)
    let start = problem.userParameters(problem.warmStart(internalTheta))
    return try problem.fit(criterion: criterion, options: OptimizationOptions(start: start))
  }
}

extension LinearProblem {
  /// The same problem with another response. All that does not depend on it is shared.
  package func replacingResponse(
    _ response: [Double]
  ) throws(MixedModelError) -> LinearProblem {
    try checkNewResponse(response, rowCount: rows.rowCount)
    var products = try ResponseProducts(rows, of: crossProducts)
    var crossProducts = crossProducts
    try products.write(response, to: &crossProducts)
    return LinearProblem(self, response: response, crossProducts: crossProducts)
  }

  /// A random effect that varies by less than this many residual standard deviations is given this
  /// variation in a start: at zero the criterion is stationary, whatever the response.
  private static let leastDeviation = 0.1

  /// Where the fit of another response starts, from the estimates of one.
  func warmStart(_ theta: [Double]) -> [Double] {
    let meanSquares = crossProducts.effectMeanSquares
    return zip(zip(theta, covariance.identityParameters), covariance.derivatives(at: theta)).map {
      let ((value, identity), direction) = $0
      // A diagonal entry is one in the identity.
      guard identity == 1, let row = direction.entries.first?.row else { return value }
      let least = Self.leastDeviation / meanSquares[direction.term][row].squareRoot()
      return abs(value) < least ? least : value
    }
  }
}
