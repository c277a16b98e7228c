// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import MixedModelErrors
import ModelOptimization
import RealModule

/// The profile of a fixed effect of a linear model: its column goes to the offset, and theta is found
/// anew, from the products of the new response.
struct LinearCoefficientPath: ProfilePath {
  private let problem: LinearProblem
  /// The number of the coefficient among the estimable ones.
  private let index: Int
  private let column: [Double]
  private var products: ResponseProducts
  private var fit: CriterionFit<ProfiledDeviance>
  /// The criterion with the column, from which the slope comes.
  private var complete: ProfiledDeviance
  let minimum: ProfilePoint
  let standardError: Double

  /// - Parameter model: a fit by maximum likelihood.
  init(_ model: LinearMixedModel, coefficient index: Int) throws(MixedModelError) {
    problem = model.problem
    self.index = index
    let rows = model.problem.rows
    let estimable = model.problem.crossProducts.basis.estimable
    column = Array(rows.fixedEffects.column(estimable[index]))
    var others = estimable
    others.remove(at: index)
    let reduced = DesignRows(
      fixedEffects: Matrix(
        rowCount: rows.rowCount, columnCount: others.count,
        values: others.flatMap { rows.fixedEffects.column($0) }),
      terms: rows.terms, response: rows.response, weights: rows.weights, offset: rows.offset,
      frequencies: rows.frequencies)
    let crossProducts = try CrossProducts(reduced)
    products = try ResponseProducts(reduced, of: crossProducts)
    fit = try CriterionFit(
      ProfiledDeviance(
        crossProducts, layout: CholeskyLayout(crossProducts.layout),
        covariance: model.problem.covariance, criterion: .maximumLikelihood),
      from: model.internalTheta, optimizer: TrustRegionNewton(), options: OptimizationOptions(),
      onStep: nil)
    complete = try model.problem.profiledDeviance(.maximumLikelihood)
    standardError = model.fixedEffects.covariance[index, index].squareRoot()
    minimum = ProfilePoint(
      value: model.fixedEffects.estimates[index], deviance: model.objective, slope: 0,
      coefficients: model.fixedEffects.estimates, sigma: model.sigma, sizeParameter: nil,
      theta: model.theta, state: model.internalTheta, curvature: nil)
  }

  mutating func point(
    near value: Double, from start: ProfilePoint
  ) throws(MixedModelError) -> ProfilePoint? {
    let response = zip(problem.rows.response, column).map { $0 - value * $1 }
    try fit.objective.replaceResponse(response, products: &products)
    fit.restart(from: problem.warmStart(start.state))
    try fit.minimize()
    guard fit.termination.isSuccess, let solution = fit.objective.solution(at: fit.parameters),
      let slope = slope(at: value, theta: fit.parameters)
    else { return nil }
    let basis = fit.objective.leastSquares.crossProducts.basis
    var coefficients = basis.coefficients(solution.coordinates)
    coefficients.insert(value, at: index)
    let variance = fit.objective.residualVariance(solution)
    return ProfilePoint(
      value: value, deviance: fit.objective.objective(solution), slope: slope,
      coefficients: coefficients, sigma: variance.squareRoot() * basis.responseScale,
      sizeParameter: nil, theta: problem.userParameters(fit.parameters), state: fit.parameters,
      curvature: nil)
  }

  /// At given theta the residual sum of squares is `ρ² + (b - β̂)²/Φ`, with Φ the coefficient's entry
  /// of `(X'V⁻¹X)⁻¹`; at the best theta nothing else counts.
  private mutating func slope(at value: Double, theta: [Double]) -> Double? {
    guard let solution = complete.solution(at: theta) else { return nil }
    let basis = complete.leastSquares.crossProducts.basis
    let distance = value - basis.coefficients(solution.coordinates)[index]
    let phi = basis.covariance(solution.inverseFixedEffectsInformation, scale: 1)[index, index]
    let residualSum = solution.penalizedResidualSumOfSquares + distance * distance / phi
    return 2 * complete.effectiveCount * distance / phi / residualSum
  }
}
