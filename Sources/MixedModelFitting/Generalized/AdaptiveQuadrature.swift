// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import MixedModelErrors
import ModelOptimization

/// Minus twice the log-likelihood of a generalized model with one grouping factor, by adaptive
/// Gauss-Hermite quadrature about the conditional modes.
///
///     d = Σ_j [ log|M_j| - 2 log Σ_κ w_κ exp(z_κ'z_κ/2 - q_j(u_κ)/2) ],   u_κ = u_j + L_j⁻ᵀ z_κ
///
/// over the groups j, with `q(u) = -2ℓ(u) + u'u`, u_j its minimum, `M = LL'` half its Hessian
/// there, and z_κ, w_κ the nodes and weights of the rule for the normal distribution. With one node
/// this is the Laplace approximation. The parameters are those of ``LaplaceDeviance``, with the
/// fixed effects profiled out in the same way on request.
///
/// The gradient is that of the value as computed, with the movement of the nodes, which depends on
/// every parameter through the mode and the scale: found backwards, so that it costs little more
/// than the value. The model of the Hessian is the Laplace approximation's.
///
/// Source: Pinheiro & Chao, "Efficient Laplacian and adaptive Gaussian quadrature algorithms for
/// multilevel generalized linear mixed models", J. Comput. Graph. Stat. 15 (2006), 58-81.
package struct AdaptiveQuadrature: GeneralizedObjective {
  var laplace: LaplaceDeviance
  let grid: AdaptiveQuadratureGrid
  /// A workspace for the response at a node.
  private var derivatives = ResponseDerivatives()

  /// - Parameters:
  ///   - laplace: the Laplace approximation with the same parameters.
  ///   - points: the number of points per random effect of a level.
  ///   - terms: the model's terms as a user knows them.
  /// - Throws: ``MixedModelError`` if the model has several grouping factors, or more random
  ///   effects or points than are accepted.
  init(
    _ laplace: LaplaceDeviance, points: Int, terms: [RandomEffectsTerm]
  ) throws(MixedModelError) {
    try AdaptiveQuadratureGrid.check(points: points, terms: terms)
    self.init(
      laplace, AdaptiveQuadratureGrid(points: points, dimension: terms[0].effectNames.count))
  }

  /// Quadrature with a grid that fits the model's only term.
  init(_ laplace: LaplaceDeviance, _ grid: AdaptiveQuadratureGrid) {
    self.laplace = laplace
    self.grid = grid
  }

  package var covariance: RelativeCovarianceFactor { laplace.covariance }
  package var thetaRange: Range<Int> { laplace.thetaRange }
  package var parameterCount: Int { laplace.parameterCount }
  package var relativeNoise: Double { laplace.relativeNoise }

  private var rows: GeneralizedRows { laplace.rows }

  func identifiedParameters(_ parameters: [Double]) -> [Double]? {
    laplace.identifiedParameters(parameters)
  }

  package mutating func value(at parameters: [Double]) -> Double {
    let factors = covariance.factors(Array(parameters[thetaRange]))
    guard laplace.findMode(at: parameters, factors: factors, .newton) != nil,
      let groups = groups(factors)
    else { return .infinity }
    return value(groups, integrate(groups, laplace.t(parameters), needsDerivatives: false))
  }

  package mutating func evaluate(at parameters: [Double], into point: inout ObjectivePoint) {
    point.value = .infinity
    if point.needsHessian { laplace.evaluate(at: parameters, into: &point) }
    point.value = .infinity
    let theta = Array(parameters[thetaRange])
    let factors = covariance.factors(theta)
    let t = laplace.t(parameters)
    guard laplace.findMode(at: parameters, factors: factors, .gradient) != nil,
      let groups = groups(factors)
    else { return }
    var sums = integrate(groups, t, needsDerivatives: true)
    let value = value(groups, sums)
    guard value < .infinity else { return }
    sums.normalize(rows.terms[0])
    guard
      let gradient = AdaptiveQuadratureGradient(laplace, groups, sums, factors: factors)
    else { return }
    point.value = value
    for (place, value) in zip(laplace.gammaRange, gradient.gamma) { point.gradient[place] = value }
    covariance.directions(at: theta).pullback(
      gradient.factor, into: &point.gradient, at: thetaRange.lowerBound)
    if rows.response.hasParameter { point.gradient[parameterCount - 1] = gradient.parameter }
  }

  /// The derivatives of the Laplace approximation: a grid of nodes is not invariant to rotations of
  /// several random effects, so that quadrature has none in the covariance matrix itself.
  package mutating func covarianceGradients(at parameters: [Double]) -> [Matrix]? {
    laplace.covarianceGradients(at: parameters)
  }

  /// The groups at the mode found last.
  private func groups(_ factors: [Double]) -> AdaptiveQuadratureGroups? {
    let search = laplace.search
    return AdaptiveQuadratureGroups(
      rows.random,
      weights: search.information == .expected
        ? search.derivatives.expectedInformation : search.derivatives.information,
      factor: factors, modes: search.u)
  }

  private func value(
    _ groups: AdaptiveQuadratureGroups, _ sums: AdaptiveQuadratureSums
  ) -> Double {
    let value = groups.logDeterminant - 2 * sums.logIntegral
    return value.isNaN ? .infinity : value
  }

  /// Sums over all nodes, each with one evaluation of the response at all rows.
  private mutating func integrate(
    _ groups: AdaptiveQuadratureGroups, _ t: Double, needsDerivatives: Bool
  ) -> AdaptiveQuadratureSums {
    let k = groups.dimension
    let rows = rows
    let term = rows.terms[0]
    var order = ResponseOrder.value
    if needsDerivatives { order = rows.response.hasParameter ? .gradient : .newton }
    let request = ResponseRequest(order, storesRowValues: true)
    var sums = AdaptiveQuadratureSums(
      groupCount: groups.count, dimension: k, rowCount: rows.rowCount)
    let center = laplace.search.linearPredictor
    var eta = center
    var displacements = [Double](repeating: 0, count: groups.modes.count)
    var logSummands = [Double](repeating: 0, count: groups.count)
    for index in 0..<grid.count {
      let node = grid.nodes[index * k..<(index + 1) * k]
      groups.setDisplacements(&displacements, node: node)
      eta = center
      rows.addRandomPart(&eta, groups.scaled(displacements))
      rows.response.evaluate(eta, t: t, request, into: &derivatives)
      for group in 0..<groups.count {
        var square = 0.0
        for i in group * k..<(group + 1) * k {
          let u = groups.modes[i] + displacements[i]
          square += u * u
        }
        logSummands[group] = grid.logWeights[index] - square / 2
      }
      derivatives.rowValues.withUnsafeBufferPointer { values in
        logSummands.withUnsafeMutableBufferPointer { logSummands in
          term.levelCodes.withUnsafeBufferPointer { codes in
            for row in codes.indices { logSummands[Int(codes[row])] += values[row] }
          }
        }
      }
      sums.add(logSummands: logSummands)
      if needsDerivatives { sums.addDerivatives(node: node, derivatives, of: term) }
    }
    return sums
  }
}
