// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import MixedModelErrors
import ModelFormulas
import ModelOptimization
import RealModule

/// Where the covariance matrix of a generalized model's fixed effects comes from.
public enum FixedEffectsCovarianceKind: String, Sendable, Hashable {
  /// Twice the inverse Hessian of the criterion over all parameters, so that the uncertainty of the
  /// covariance parameters counts (`summary` of lme4's `glmer`).
  case joint
  /// Given the covariance parameters, from the penalized least-squares system at the mode (what
  /// MixedModels.jl prints).
  case conditional
}

/// A fitted generalized linear mixed model.
///
///     let model = try GeneralizedLinearMixedModel.fit(
///       "incidence / size ~ period + (1 | herd)", data: Dataset.cbpp.table, family: .binomial)
///
/// A model is an immutable value; it holds the problem it came from.
public struct GeneralizedLinearMixedModel: Sendable {
  public let problem: GeneralizedProblem
  public let criterion: GeneralizedCriterion
  public let information: LaplaceInformation
  /// Where the standard errors come from.
  public let covarianceKind: FixedEffectsCovarianceKind
  /// Whether joint standard errors were wanted, but the Hessian was not positive definite.
  let jointCovarianceFailed: Bool
  /// The covariance parameters, absolute: the covariance of the random effects is `ΛΛ'` on the
  /// scale of the linear predictor.
  public let theta: [Double]
  /// Minus twice the log-likelihood by the criterion's approximation, with all constants.
  ///
  /// By pseudo-likelihood, the ML or REML criterion of the final linear model: its pseudo-data are
  /// the model's own, so that objectives of two models do not compare.
  public let objective: Double
  /// The dispersion φ: one for families without, the estimate otherwise.
  public let dispersion: Double
  /// The size parameter of a negative binomial model, given or estimated.
  public let sizeParameter: Double?
  public let fixedEffects: FixedEffects
  public let certificate: Certificate
  public let fitReport: FitReport
  /// Theta in the units in which the problem holds the covariates.
  package let internalTheta: [Double]
  /// The spherical random effects at their mode.
  package let sphericalRandomEffects: [Double]
  /// The linear predictors of the rows used, at the conditional modes.
  public let linearPredictor: [Double]

  /// - Parameter gradient: that of the objective at the parameters, if it is known.
  init(
    problem: GeneralizedProblem, criterion: GeneralizedCriterion,
    covarianceKind: FixedEffectsCovarianceKind, objective: some GeneralizedObjective,
    parameters: [Double], gradient: [Double]?, certificate: Certificate, fitReport: FitReport
  ) throws(MixedModelError) {
    var objective = objective
    let value = objective.value(at: parameters)
    guard value < .infinity else { throw .noMode() }
    // The value was found about the mode.
    var laplace = objective.laplace
    let t = laplace.t(parameters)
    internalTheta = Array(parameters[objective.thetaRange])
    theta = problem.userParameters(internalTheta)
    self.problem = problem
    self.criterion = criterion
    information = laplace.search.information == .observed ? .observed : .expected
    self.certificate = certificate
    self.fitReport = fitReport
    self.objective = value
    sphericalRandomEffects = laplace.search.u
    let eta = laplace.search.linearPredictor
    linearPredictor = problem.compression?.expanded(eta) ?? eta
    switch problem.family.dispersion {
    case .one, .size: dispersion = 1
    case .likelihood: dispersion = Double.exp(t)
    case .pearson:
      dispersion = problem.response.pearsonDispersion(linearPredictor, rank: problem.numbers.rank)
    }
    sizeParameter =
      problem.family.dispersion == .size
      ? Double.exp(t) : (problem.family as? NegativeBinomial)?.size

    // With the fixed effects profiled out there is no Hessian over them.
    let wantsJoint = covarianceKind == .joint && !criterion.profilesFixedEffects
    let joint = wantsJoint ? objective.jointCovariance(at: parameters, gradient: gradient) : nil
    self.covarianceKind = joint == nil ? .conditional : .joint
    jointCovarianceFailed = wantsJoint && joint == nil
    let basis = problem.numbers.basis
    let phi: Matrix
    if let joint {
      phi = joint
    } else {
      phi = try laplace.conditionalCovariance(factors: problem.covariance.factors(internalTheta))
    }
    let scale = problem.family.dispersion == .pearson ? dispersion : 1
    fixedEffects = FixedEffects(
      allNames: problem.design.fixedEffectNames, estimable: basis.estimable,
      estimates: basis.coefficients(laplace.search.gamma),
      covariance: basis.covariance(phi, scale: scale))
  }

  /// Fits a generalized linear mixed model: the short way from a formula and a table to a fit.
  /// - Throws: ``MixedModelError`` if formula, data, family and options do not fit together or the
  ///   data cannot identify the model.
  public static func fit(
    _ formula: Formula, data: DataTable, family: any Family, link: (any Link)? = nil,
    criterion: GeneralizedCriterion = .laplace, options: DesignOptions = DesignOptions()
  ) throws(MixedModelError) -> GeneralizedLinearMixedModel {
    try GeneralizedProblem(formula, data: data, family: family, link: link, options: options)
      .fit(criterion: criterion)
  }
}

extension ResponseModel {
  /// The Pearson statistic over its degrees of freedom.
  func pearsonDispersion(_ eta: [Double], rank: Int) -> Double {
    var sum = 0.0
    for i in 0..<rowCount {
      let mean = link.mean(eta[i]).value
      let residual = response[i] - mean
      sum +=
        (totalWeights?[i] ?? 1) * residual * residual / family.variance(mean, parameter: 1).value
    }
    return sum / max(1, observationCount - Double(rank))
  }
}
