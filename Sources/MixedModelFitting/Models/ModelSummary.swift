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
  /// Log-likelihood, its double and the information criteria; for REML the criterion alone, as
  /// likelihoods and criteria that rest on it compare only models with the same fixed effects.
  public let fitStatistics: [FitStatistic]
  public let varianceComponents: VarianceComponents
  /// The rows used.
  public let observationCount: Int
  /// One row per column of the fixed-effects model matrix.
  public let coefficients: [Coefficient]

  /// The summary of a model.
  /// - Parameter degreesOfFreedom: of the test of each estimable coefficient, infinite for the
  ///   normal distribution; `nil` for that throughout.
  public init(_ model: LinearMixedModel, degreesOfFreedom: [Double]? = nil) {
    formula = model.formula.description
    varianceComponents = model.varianceComponents
    observationCount = model.observationCount
    coefficients = Self.coefficients(of: model, degreesOfFreedom: degreesOfFreedom)
    switch model.criterion {
    case .maximumLikelihood:
      title = "Linear mixed model fit by maximum likelihood"
      fitStatistics = [
        FitStatistic(label: "logLik", value: model.logLikelihood),
        FitStatistic(label: "-2 logLik", value: model.objective),
        FitStatistic(label: "AIC", value: model.aic),
        FitStatistic(label: "AICc", value: model.aicc),
        FitStatistic(label: "BIC", value: model.bic),
      ]
    case .restrictedMaximumLikelihood:
      title = "Linear mixed model fit by REML"
      fitStatistics = [
        FitStatistic(label: "REML criterion at convergence", value: model.objective)
      ]
    }
  }

  private static func coefficients(
    of model: LinearMixedModel, degreesOfFreedom: [Double]?
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

extension LinearMixedModel: CustomStringConvertible {
  /// The summary table, laid out as MixedModels.jl does.
  public var description: String { ModelSummary(self).description }
}
