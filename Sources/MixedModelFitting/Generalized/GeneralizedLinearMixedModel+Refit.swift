// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import ModelOptimization

extension GeneralizedLinearMixedModel {
  /// The same model fitted to another response: design, family, link, weights, offset, criterion and
  /// kind of standard errors stay as they are, and so does this model.
  ///
  /// The fit starts at the estimates of this one; only where that leads nowhere it starts anew. A
  /// model fitted by pseudo-likelihood always starts anew.
  ///
  /// R: `refit`. MixedModels.jl: `refit!`. MATLAB: `refit`.
  /// - Parameter response: one value for each row used, in their order: proportions for a binomial
  ///   model, counts over their weights for Poisson and negative binomial ones.
  /// - Throws: ``MixedModelError`` if the response has another length or a value outside the
  ///   family's domain, or the model cannot be fitted to it.
  public func refitted(
    to response: [Double]
  ) throws(MixedModelError) -> GeneralizedLinearMixedModel {
    let problem = try problem.replacingResponse(response)
    if let warm = try? refit(problem, from: GeneralizedStart(self, for: problem)),
      warm.hasConverged,
      !warm.approachesBoundary
    {
      return warm
    }
    return try problem.fit(
      criterion: criterion, information: information, covariance: wantedCovariance)
  }

  private var wantedCovariance: FixedEffectsCovarianceKind {
    jointCovarianceFailed ? .joint : covarianceKind
  }

  /// A variance that vanished, or nearly so, starts here: at zero the criterion is stationary.
  private static let leastStart = 0.1

  /// A fit that starts at the estimates of this one; `nil` if there is none by its criterion.
  private func refit(
    _ problem: GeneralizedProblem, from start: GeneralizedStart
  ) throws(MixedModelError) -> GeneralizedLinearMixedModel? {
    guard !criterion.isPseudoLikelihood else { return nil }
    let theta = zip(internalTheta, problem.covariance.identityParameters).map { value, identity in
      // A diagonal entry is one in the identity.
      identity == 1 && abs(value) < Self.leastStart ? Self.leastStart : value
    }
    return try problem.fit(
      from: start, criterion: criterion, information: information, covariance: wantedCovariance,
      optimizer: TrustRegionNewton(modelEvaluations: 4),
      options: OptimizationOptions(start: problem.userParameters(theta)), onStep: nil)
  }

  /// Whether a mean reaches the end of the family's range where the response is there, too: then
  /// the fixed effects may have no finite estimates, which a fit from the beginning finds out.
  private var approachesBoundary: Bool {
    let range = family.meanRange
    return zip(problem.rows.response, linearPredictor).contains { y, eta in
      (y == range.lowerBound || y == range.upperBound)
        && abs(y - link.mean(eta).value) < GeneralizedProblem.boundaryTolerance
    }
  }
}

extension GeneralizedProblem {
  /// The same problem with another response. All that does not depend on it is shared.
  /// - Throws: ``MixedModelError`` unless the response has a value of the family's domain for each
  ///   row used.
  func replacingResponse(_ response: [Double]) throws(MixedModelError) -> GeneralizedProblem {
    guard response.count == rows.rowCount else {
      throw .newResponseOfWrongLength(response.count, rowCount: rows.rowCount)
    }
    for (row, y) in response.enumerated() {
      if let problem = family.problem(with: y, weight: weights?[row] ?? 1) {
        throw .newResponseOutsideDomain(y, rowNumber: row + 1, problem: problem)
      }
    }
    if compression?.dependsOnResponse == true {
      return GeneralizedProblem(
        design: design, rows: rows.replacingResponse(response), weights: weights, family: family,
        link: link, joinsRows: true)
    }
    return GeneralizedProblem(self, response: response)
  }

  private init(_ problem: GeneralizedProblem, response: [Double]) {
    design = problem.design
    family = problem.family
    link = problem.link
    weights = problem.weights
    let rows = problem.rows.replacingResponse(response)
    self.rows = rows
    compression = problem.compression?.replacingResponse(
      of: rows, weights: problem.weights, family: problem.family)
    numbers = problem.numbers.replacingResponse(
      compression?.response(family: family, link: link)
        ?? ResponseModel(rows, weights: weights, family: family, link: link))
    covariance = problem.covariance
    randomLayout = problem.randomLayout
    jointLayout = problem.jointLayout
  }
}
