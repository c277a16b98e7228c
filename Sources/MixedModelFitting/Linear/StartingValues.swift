// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import ModelOptimization

extension ProfiledDeviance {
  /// A tail of fewer columns is cheaper to factorize than single-term fits are.
  private static let leastTailOrder = 200

  /// Whether the terms' own fits are a start that is worth its price.
  static func startsFromTerms(_ layout: CholeskyLayout) -> Bool {
    layout.matrix.terms.count > 1 && layout.tailOrder >= leastTailOrder
  }
}

extension LinearCriterion {
  /// A single-term fit is a start: it ends when a step promises less than this.
  private static var roughTolerance: Double { 1e-2 }
  private static var roughEvaluations: Int { 6 }
  /// The least diagonal entry of a factor to start from.
  private static var leastDiagonal: Double { 1e-2 }

  /// Where the optimization starts: identity factors, or for a model with a large dense tail the
  /// covariances that each term has on its own, brought to one residual variance.
  ///
  /// Variances that the criterion knows nothing of start, and stay, at zero.
  func startingParameters() -> [Double] {
    let start = informedStart()
    guard criterion == .restrictedMaximumLikelihood else { return start }
    return covariance.parameters(
      start, withoutVarianceOf: crossProducts.spannedEffects)
  }

  private func informedStart() -> [Double] {
    guard startsFromTerms else { return covariance.identityParameters }
    return singleTermStart() ?? covariance.identityParameters
  }

  /// Fits each term alone. What the other terms explain then counts as residual variance, so their
  /// shares are taken off the smallest of the residual variances found.
  private func singleTermStart() -> [Double]? {
    let layout = crossProducts.layout
    var single: [[Double]] = []
    var variances: [Double] = []
    var explained: [Double] = []
    for term in layout.terms.indices {
      let alone = crossProducts.restricted(toTerm: term)
      let map = covariance.restricted(toTerm: term)
      var objective = ProfiledDeviance(
        alone, layout: CholeskyLayout(alone.layout), covariance: map, criterion: criterion)
      let options = OptimizationOptions(
        ftolAbsolute: Self.roughTolerance, maxEvaluations: Self.roughEvaluations)
      guard
        let optimum = try? TrustRegionNewton().minimize(
          &objective, from: map.identityParameters, options: options),
        let solution = objective.solution(at: optimum.parameters)
      else { return nil }
      let variance = solution.penalizedResidualSumOfSquares / objective.effectiveCount
      let factor = map.factor(optimum.parameters, term: 0)
      single.append(
        map.canonicalParameters(optimum.parameters, zeroBelow: 0))
      variances.append(variance)
      explained.append(
        variance * crossProducts.traceOfProduct(factor, term: term)
          / Double(crossProducts.observationCount))
    }
    let total = explained.reduce(0, +)
    guard let least = variances.min() else { return nil }
    let shared = zip(variances, explained).map { $0 - (total - $1) }.min() ?? least
    // Shares that add up to more than there is overlap, as those of workers and of firms that they
    // rarely leave: then one term alone leaves little more than all of them do.
    let residual = shared > 0 ? max(shared, least / 4) : least
    return layout.terms.indices.flatMap { term in
      let scale = (variances[term] / residual).squareRoot()
      // A variance found to be zero alone need not be zero beside the others, and zero would be a
      // stationary point: diagonal entries, one in the identity, keep a distance from it.
      return zip(single[term], covariance.identityParameters[covariance.parameters(ofTerm: term)])
        .map { $1 == 1 ? max(abs($0) * scale, Self.leastDiagonal) : $0 * scale }
    }
  }
}
