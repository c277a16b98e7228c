// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import MixedModelErrors
import ModelOptimization

/// The Laplace approximation to minus twice the log-likelihood of a generalized model.
///
///     d(gamma, theta, t) = -2 Σ ℓ(eta_i, t) + u'u + log|Λ'Z'WZΛ + I|   at the mode u
///
/// with W the observed information, or on request the expected one (Breslow & Clayton 1993). The
/// parameters are the fixed effects in coordinates of the basis, unless they are profiled out in
/// the search for the mode; theta, absolute; and t, the logarithm of the dispersion or size, if the
/// family has one. The value keeps every constant.
///
/// The gradient is exact, by implicit differentiation of the mode: one selected inverse, one pass
/// over the rows and one solve beside the factorization at the mode.
package struct LaplaceDeviance: SecondOrderObjective {
  let rows: GeneralizedRows
  package let covariance: RelativeCovarianceFactor
  /// Whether the fixed effects are profiled out (`nAGQ = 0` in lme4, `fast` in MixedModels.jl).
  let profilesFixedEffects: Bool
  private(set) var search: PIRLS
  /// t at the mode searched for last.
  private(set) var lastParameter = 0.0
  let jointLayout: CholeskyLayout
  private var information = AverageInformation()
  /// Workspaces: the leverages, from the first gradient on, and two columns of rows.
  private var leverages: RowLeverages?
  private var leverageSlopes: [Double] = []
  private var change: [Double] = []

  /// The least magnitude of a factor's diagonal entry while derivatives are computed.
  private static let diagonalFloor = 1e-7

  init(
    _ rows: GeneralizedRows, randomLayout: CholeskyLayout, jointLayout: CholeskyLayout,
    covariance: RelativeCovarianceFactor, information: InformationKind, profilesFixedEffects: Bool
  ) {
    self.rows = rows
    self.covariance = covariance
    self.profilesFixedEffects = profilesFixedEffects
    self.jointLayout = jointLayout
    search = PIRLS(
      rows, layout: profilesFixedEffects ? jointLayout : randomLayout,
      movesFixedEffects: profilesFixedEffects, information: information)
  }

  /// The places of gamma, theta and t among the parameters.
  var gammaRange: Range<Int> { 0..<(profilesFixedEffects ? 0 : rows.rank) }
  package var thetaRange: Range<Int> {
    gammaRange.upperBound..<gammaRange.upperBound + covariance.parameterCount
  }
  package var parameterCount: Int {
    thetaRange.upperBound + (rows.response.hasParameter ? 1 : 0)
  }

  /// The search for the mode leaves the value with errors of this size.
  package var relativeNoise: Double { 1e-11 }

  func identifiedParameters(_ parameters: [Double]) -> [Double]? {
    guard
      let theta = covariance.identifiedParameters(
        Array(parameters[thetaRange]), rows.identification(of: covariance))
    else { return nil }
    var result = parameters
    result.replaceSubrange(thetaRange, with: theta)
    return result
  }

  /// `nil` if no term has effects to be put in order.
  var effectMeanSquares: [[Double]]? {
    rows.terms.contains { $0.dimension > 1 } ? rows.effectSquares : nil
  }

  func reordered(to order: EffectOrder) -> LaplaceDeviance {
    var other = LaplaceDeviance(
      rows.reordered(to: order), randomLayout: search.cholesky.layout, jointLayout: jointLayout,
      covariance: covariance, information: search.information,
      profilesFixedEffects: profilesFixedEffects)
    other.search.gamma = search.gamma
    return other
  }

  func t(_ parameters: [Double]) -> Double {
    rows.response.hasParameter ? parameters[parameterCount - 1] : 0
  }

  package mutating func value(at parameters: [Double]) -> Double {
    findMode(at: parameters, factors: covariance.factors(Array(parameters[thetaRange])), .newton)
      .map { $0.penalizedDeviance + $0.logDeterminant } ?? .infinity
  }

  /// Starts the next search for a mode from here.
  mutating func setMode(u: [Double], gamma: [Double]) {
    search.u = u
    search.gamma = gamma
  }

  mutating func findMode(
    at parameters: [Double], factors: [Double], _ order: ResponseOrder
  ) -> PIRLS.ModeValue? {
    if !profilesFixedEffects { search.gamma = Array(parameters[gammaRange]) }
    lastParameter = t(parameters)
    let start = (search.u, search.gamma)
    if let mode = search.findMode(factors: factors, t: t(parameters), order: order) { return mode }
    // The next search starts where the last good one ended.
    (search.u, search.gamma) = start
    return nil
  }

  package mutating func evaluate(at parameters: [Double], into point: inout ObjectivePoint) {
    point.value = .infinity
    point.isInterrupted = false
    let theta = Array(parameters[thetaRange])
    var factors = covariance.factors(theta)
    rows.layout.floorDiagonals(&factors, at: Self.diagonalFloor)
    guard let mode = findMode(at: parameters, factors: factors, .gradient) else { return }
    point.value = mode.penalizedDeviance + mode.logDeterminant

    let directions = covariance.directions(at: theta)
    let z = search.modeScoreProduct()
    guard let adjoint = gradient(factors: factors, score: z, directions, into: &point) else {
      point.value = .infinity
      return
    }
    if point.needsHessian { setModelHessian(adjoint, factors, z, directions, into: &point) }
  }

  /// Writes the gradient.
  /// - Returns: the derivatives with respect to all entries of the factors, or `nil` where the
  ///   mode is not a regular minimum.
  private mutating func gradient(
    factors: [Double], score: [Double], _ directions: FactorDirections,
    into point: inout ObjectivePoint
  ) -> [Double]? {
    var leverages =
      leverages ?? RowLeverages(rows.random, layout: search.cholesky.layout)
    self.leverages = nil
    let traces = search.withSelectedInverse { inverse, matrix in
      leverages.update(inverse, factors: factors)
      return inverse.scaledTraceBlocks(matrix, factors: factors)
    }
    self.leverages = leverages
    // With the observed information, the factor at hand also solves for the movement of the mode.
    if search.information == .expected {
      guard search.factorizeObserved(factors) else { return nil }
    }
    setProduct(&leverageSlopes, search.derivatives.informationSlope, leverages.values)
    let a = search.solve(
      search.scaledProduct(rows.transposedProduct(leverageSlopes), factors: factors))

    // The change of eta that a stands for: ZΛa, and Ba where the fixed effects move.
    let layout = rows.layout
    change.fillWithZeros(count: rows.rowCount)
    if profilesFixedEffects { rows.addFixedPart(&change, gamma: Array(a.suffix(rows.rank))) }
    rows.addRandomPart(&change, layout.scaled(a, by: factors))
    if rows.response.hasParameter {
      point.gradient[parameterCount - 1] = parameterSlope(leverages.values)
    }
    // ε - 2g
    negateProduct(&change, search.derivatives.information)
    addMultiple(1, of: leverageSlopes, to: &change)
    addMultiple(-2, of: search.derivatives.score, to: &change)
    let product = rows.transposedProduct(change)

    for j in gammaRange { point.gradient[j] = product[layout.randomCount + j] }
    var adjoint = traces.map { 2 * $0 }
    let u = search.u
    for (index, term) in layout.terms.enumerated() {
      let k = term.dimension
      for j in 0..<k {
        for i in 0..<k {
          var sum = 0.0
          for level in 0..<term.levelCount {
            let first = term.start + level * k
            sum += product[first + i] * u[first + j] + score[first + i] * a[first + j]
          }
          adjoint[layout.factorStart[index] + i + j * k] += sum
        }
      }
    }
    directions.pullback(adjoint, into: &point.gradient, at: thetaRange.lowerBound)
    return adjoint
  }

  /// The derivative in t, once ``change`` is known.
  private func parameterSlope(_ leverages: [Double]) -> Double {
    let derivatives = search.derivatives
    return product(leverages, derivatives.informationParameterSlope)
      + product(change, derivatives.scoreParameterSlope)
      - 2 * derivatives.parameterScore.reduce(0, +)
  }

  /// Writes the model of the Hessian: `2 B'V⁻¹B` for the fixed effects, average information and the
  /// positive curvature for theta, and n/2 for t; no cross terms.
  private mutating func setModelHessian(
    _ adjoint: [Double], _ factors: [Double], _ score: [Double],
    _ directions: FactorDirections, into point: inout ObjectivePoint
  ) {
    point.hessian = Matrix(rowCount: parameterCount, columnCount: parameterCount)
    let weights = search.derivatives.information.map { max(0, $0) }
    var matrix = BlockedMatrix(
      layout: rows.joint.layout,
      values: [Double](repeating: 0, count: rows.joint.layout.valueCount))
    rows.joint.accumulate(weights: weights, into: &matrix.values)
    var cholesky = BlockedCholesky(layout: jointLayout)
    guard cholesky.factorize(matrix, factors: factors) == nil else {
      for i in 0..<parameterCount { point.hessian[i, i] = rows.response.observationCount }
      return
    }
    for j in gammaRange {
      for i in gammaRange where i >= j {
        var sum = 0.0
        for k in 0...j { sum += cholesky.borderEntry(i, k) * cholesky.borderEntry(j, k) }
        point.hessian[i, j] = 2 * sum
        point.hessian[j, i] = 2 * sum
      }
    }
    point.isInterrupted = !information.update(
      score, matrix: matrix, cholesky: cholesky, factors: factors, directions: directions,
      borderRowsSkipped: 0, deadline: point.deadline)
    if point.isInterrupted { return }
    let first = thetaRange.lowerBound
    let count = directions.parameterCount
    for b in 0..<count {
      for a in 0..<count {
        point.hessian[first + a, first + b] = information.values[a + b * count]
      }
    }
    covariance.addCurvature(
      rows.layout.covarianceGradients(adjoint, factors: factors), directions,
      to: &point.hessian, at: first)
    if rows.response.hasParameter {
      point.hessian[parameterCount - 1, parameterCount - 1] = rows.response.observationCount / 2
    }
  }

  /// The derivatives of the criterion with respect to each term's covariance matrix.
  package mutating func covarianceGradients(at parameters: [Double]) -> [Matrix]? {
    let theta = Array(parameters[thetaRange])
    var factors = covariance.factors(theta)
    rows.layout.floorDiagonals(&factors, at: Self.diagonalFloor)
    guard findMode(at: parameters, factors: factors, .gradient) != nil else { return nil }
    let score = search.modeScoreProduct()
    var point = ObjectivePoint(parameterCount: parameterCount)
    guard
      let adjoint = gradient(
        factors: factors, score: score, covariance.directions(at: theta), into: &point)
    else { return nil }
    return rows.layout.covarianceGradients(adjoint, factors: factors)
  }
}
