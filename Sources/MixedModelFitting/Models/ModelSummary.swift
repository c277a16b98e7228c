// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import StatisticalFunctions

/// What `print(model)` shows, as rows of data.
///
/// Its `description` is the table. R: `summary`. MixedModels.jl: `show`.
public struct ModelSummary: Sendable, Hashable {
  /// A number about the fit under the label it has in the table.
  public struct FitStatistic: Sendable, Hashable {
    public let label: String
    /// `nil` where the statistic is not defined, such as `AICc` with as many parameters as rows.
    public let value: Double?
  }

  /// A row of the coefficient table; in an aliased column all but the name are `nil`.
  public struct Coefficient: Sendable, Hashable {
    public let name: String
    public let estimate: Double?
    public let standardError: Double?
    /// The estimate divided by its standard error: z, or t where there are degrees of freedom.
    public let statistic: Double?
    /// The denominator degrees of freedom of t; `nil` for z.
    public let degreesOfFreedom: Double?
    /// The two-sided p-value.
    public let pValue: Double?
  }

  /// What was fitted and how: the first line of the table.
  public let title: String
  /// The formula with everything expanded.
  public let formula: String
  /// Of a generalized model: distribution, link, and where the standard errors come from, if they
  /// are not the conditional ones; each a line under the formula.
  public let distribution: [String]
  /// Log-likelihood, its double and the information criteria; for REML the criterion alone, as
  /// likelihoods and criteria that rest on it compare only models with the same fixed effects.
  public let fitStatistics: [FitStatistic]
  /// The Monte Carlo error of the objective, where its log-determinant is stochastic.
  public let stochasticError: StochasticError?
  public let varianceComponents: VarianceComponents
  /// The rows used.
  public let observationCount: Int
  /// One row per column of the fixed-effects model matrix.
  public private(set) var coefficients: [Coefficient]

  /// The summary of a linear model.
  /// - Parameter degreesOfFreedom: of the test of each estimable coefficient, infinite for the
  ///   normal distribution; `nil` for that throughout.
  public init(_ model: LinearMixedModel, degreesOfFreedom: [Double]? = nil) {
    self.init(model, criterion: model.criterion, degreesOfFreedom: degreesOfFreedom)
  }

  /// The summary of a generalized model.
  /// - Parameter degreesOfFreedom: of the test of each estimable coefficient, infinite for the
  ///   normal distribution; `nil` for that throughout.
  public init(_ model: GeneralizedLinearMixedModel, degreesOfFreedom: [Double]? = nil) {
    self.init(
      model, criterion: model.criterion, covarianceKind: model.covarianceKind,
      degreesOfFreedom: degreesOfFreedom)
  }

  /// The summary of a model that was fitted as a linear one.
  init(_ model: some MixedModel, criterion: Criterion, degreesOfFreedom: [Double]?) {
    switch criterion {
    case .maximumLikelihood:
      self.init(
        model, title: "Linear mixed model fit by maximum likelihood",
        fitStatistics: Self.likelihoodStatistics(
          of: model, second: FitStatistic(label: "-2 logLik", value: model.objective)),
        degreesOfFreedom: degreesOfFreedom)
    case .restrictedMaximumLikelihood:
      self.init(
        model, title: "Linear mixed model fit by REML",
        fitStatistics: [
          FitStatistic(label: "REML criterion at convergence", value: model.objective)
        ],
        degreesOfFreedom: degreesOfFreedom)
    }
  }

  /// The summary of a model that was fitted as a generalized one.
  init(
    _ model: some MixedModel, criterion: GeneralizedCriterion,
    covarianceKind: FixedEffectsCovarianceKind, degreesOfFreedom: [Double]?
  ) {
    var distribution = [
      "Distribution: \(model.family.displayName)", "Link: \(model.link.displayName)",
    ]
    if let size = model.sizeParameter {
      distribution.append("Size parameter: \(size.compactText)")
    }
    if covarianceKind == .joint {
      distribution.append("Standard errors: joint, from the Hessian over all parameters")
    }
    self.init(
      model, title: criterion.title, distribution: distribution,
      fitStatistics: Self.statistics(of: model, criterion: criterion),
      degreesOfFreedom: degreesOfFreedom)
  }

  private init(
    _ model: some MixedModel, title: String, distribution: [String] = [],
    fitStatistics: [FitStatistic], degreesOfFreedom: [Double]?
  ) {
    self.title = title
    formula = model.formula.description
    self.distribution = distribution
    self.fitStatistics = fitStatistics
    stochasticError = model.stochasticError
    varianceComponents = model.varianceComponents
    observationCount = model.observationCount
    coefficients = Self.coefficients(of: model, degreesOfFreedom: degreesOfFreedom)
  }

  private static func statistics(
    of model: some MixedModel, criterion: GeneralizedCriterion
  ) -> [FitStatistic] {
    if criterion.isPseudoLikelihood {
      return [FitStatistic(label: "criterion of the pseudo-data", value: model.objective)]
    }
    if model.informationCriteria == nil {
      return [FitStatistic(label: "quasi-deviance", value: model.deviance)]
    }
    return likelihoodStatistics(
      of: model, second: FitStatistic(label: "deviance", value: model.deviance))
  }

  private static func likelihoodStatistics(
    of model: some MixedModel, second: FitStatistic
  ) -> [FitStatistic] {
    let criteria = model.informationCriteria
    return [
      FitStatistic(label: "logLik", value: criteria?.logLikelihood), second,
      FitStatistic(label: "AIC", value: criteria?.aic),
      FitStatistic(label: "AICc", value: criteria?.aicc),
      FitStatistic(label: "BIC", value: criteria?.bic),
    ]
  }

  private static func coefficients(
    of model: some MixedModel, degreesOfFreedom: [Double]?
  ) -> [Coefficient] {
    let fixedEffects = model.fixedEffects
    var rows = fixedEffects.allNames.map {
      Coefficient(
        name: $0, estimate: nil, standardError: nil, statistic: nil, degreesOfFreedom: nil,
        pValue: nil)
    }
    for (index, coefficient) in fixedEffects.enumerated() {
      let degrees = degreesOfFreedom?[index] ?? .infinity
      let statistic = coefficient.estimate / coefficient.standardError
      rows[fixedEffects.estimable[index]] = Coefficient(
        name: coefficient.name, estimate: coefficient.estimate,
        standardError: coefficient.standardError, statistic: statistic,
        degreesOfFreedom: degrees.isFinite ? degrees : nil,
        pValue: StudentT(degreesOfFreedom: degrees).twoSidedTail(statistic))
    }
    return rows
  }
}

extension ModelSummary {
  /// The same summary with other standard errors, one per estimable coefficient, and the tests that
  /// rest on them: those of a rule that adjusts the covariance matrix of the fixed effects.
  package func replacing(standardErrors: [Double]) -> ModelSummary {
    var result = self
    let places = coefficients.indices.filter { coefficients[$0].estimate != nil }
    for (place, error) in zip(places, standardErrors) {
      let row = coefficients[place]
      guard let estimate = row.estimate else { continue }
      result.coefficients[place] = Coefficient(
        name: row.name, estimate: estimate, standardError: error, statistic: estimate / error,
        degreesOfFreedom: row.degreesOfFreedom,
        pValue: StudentT(degreesOfFreedom: row.degreesOfFreedom ?? .infinity)
          .twoSidedTail(estimate / error))
    }
    return result
  }
}

// MARK: - The names of MixedModels.jl

extension GeneralizedCriterion {
  /// The first line of the table. MixedModels.jl has this one for `fast` fits, too.
  fileprivate var title: String {
    isPseudoLikelihood
      ? "Generalized Linear Mixed Model fit by pseudo-likelihood (\(name))"
      : "Generalized Linear Mixed Model fit by maximum likelihood (nAGQ = \(quadraturePoints))"
  }
}

extension Family {
  /// The name of the distribution in Julia's Distributions, where it is one of those.
  fileprivate var displayName: String {
    switch self {
    case is Gaussian: "Normal{Float64}"
    case let family as Binomial: family.isBernoulli ? "Bernoulli{Float64}" : "Binomial{Float64}"
    case is Poisson: "Poisson{Float64}"
    case is NegativeBinomial: "NegativeBinomial{Float64}"
    case is Gamma: "Gamma{Float64}"
    case is InverseGaussian: "InverseGaussian{Float64}"
    default: name
    }
  }
}

extension Link {
  /// The name of the link in Julia's GLM, where it is one of those.
  fileprivate var displayName: String {
    switch self {
    case is IdentityLink: "IdentityLink()"
    case is LogitLink: "LogitLink()"
    case is ProbitLink: "ProbitLink()"
    case is ComplementaryLogLogLink: "CloglogLink()"
    case is CauchitLink: "CauchitLink()"
    case is LogLink: "LogLink()"
    case is InverseLink: "InverseLink()"
    case is InverseSquareLink: "InverseSquareLink()"
    case is SquareRootLink: "SqrtLink()"
    case let link as PowerLink: "PowerLink(\(link.exponent.compactText))"
    default: name
    }
  }
}
