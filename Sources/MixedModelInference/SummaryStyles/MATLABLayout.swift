// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelFitting

/// The summary as MATLAB shows a `LinearMixedModel` or a `GeneralizedLinearMixedModel`.
struct MATLABLayout {
  let model: any MixedModel
  let table: CoefficientTable

  var text: String {
    let components = model.varianceComponents
    let groups = components.map { group in
      ["Group: \(group.groupingFactor) (\(group.levelCount) Levels)"] + Self.lines(of: group) + [""]
    }
    return
      ([title, "", "Model information:"] + informationLines + [""] + formulaLines
      + ["", "Model fit statistics:"] + fitStatisticsLines + stochasticLines
      + ["", "Fixed effects coefficients (\(percentage)% CIs):"] + coefficientLines
      + ["", "Random effects covariance parameters:"] + groups.joined()
      + ["Group: Error"] + errorLines).joined(separator: "\n")
  }

  private var percentage: String { (100 * table.level).generalText(digits: MATLABTable.digitCount) }

  // MARK: What was fitted

  private var title: String {
    let isPseudoLikelihood = model.isGeneralized && model.quadraturePointCount == nil
    return model.isGeneralized
      ? "Generalized linear mixed-effects model fit by \(isPseudoLikelihood ? "PL" : "ML")"
      : "Linear mixed-effects model fit by \(model.criterionName)"
  }

  private var informationLines: [String] {
    let size = model.size
    let counts = [
      ("Number of observations", size.observationCount),
      ("Fixed effects coefficients", size.rank),
      ("Random effects coefficients", size.randomEffectCount),
      ("Covariance parameters", model.parameterCount - size.rank),
    ].map { ($0, String($1).padded(.right, to: 6)) }
    let names =
      model.isGeneralized
      ? [
        ("Distribution", model.family.nameInMATLAB), ("Link", model.link.nameInMATLAB),
        ("FitMethod", fitMethod),
      ].map { ($0, $1.padded(.left, to: 6)) } : []
    return (counts + names).map { "    " + $0.padded(.left, to: 32) + $1 }
  }

  /// MATLAB has no quadrature: the points stand where it names its method.
  private var fitMethod: String {
    switch model.quadraturePointCount {
    case nil: model.criterionName
    case 0: "ApproximateLaplace"
    case 1: "Laplace"
    case .some(let count): "Quadrature (\(count) points)"
    }
  }

  /// The formula has a heading in a linear model only.
  private var formulaLines: [String] {
    (model.isGeneralized ? [] : ["Formula:"]) + ["    \(model.formula)"]
  }

  /// A pseudo-likelihood fit has those of its pseudo-data.
  private var fitStatisticsLines: [String] {
    let criteria =
      model.informationCriteria
      ?? (model.family.dispersion == .pearson
        ? nil
        : InformationCriteria(
          objective: model.objective, parameterCount: model.parameterCount,
          observationCount: model.observationCount))
    return MATLABTable.lines([
      .numbers("AIC", [criteria?.aic]), .numbers("BIC", [criteria?.bic]),
      .numbers("LogLikelihood", [criteria?.logLikelihood]),
      .numbers("Deviance", [criteria?.objective]),
    ])
  }

  /// What MATLAB has no place for: the error of a stochastic log-determinant.
  private var stochasticLines: [String] {
    model.stochasticError.map { ["    Monte Carlo standard error: \($0.summary)"] } ?? []
  }

  // MARK: Tables

  private var coefficientLines: [String] {
    MATLABTable.lines([
      .texts("Name", table.map(\.name)), .numbers("Estimate", table.map(\.estimate)),
      .numbers("SE", table.map(\.standardError)), .numbers("tStat", table.map(\.statistic)),
      .numbers(
        "DF",
        table.map { $0.estimate == nil ? nil : $0.degreesOfFreedom ?? .infinity }),
      .numbers("pValue", table.map(\.pValue)), .numbers("Lower", table.map(\.lower)),
      .numbers("Upper", table.map(\.upper)),
    ])
  }

  /// Standard deviations and correlations, by columns of the covariance matrix.
  private static func lines(of group: VarianceComponents.Group) -> [String] {
    var rows: [(first: String, second: String, type: String, estimate: Double?)] = []
    for (j, name) in group.names.enumerated() {
      rows.append((name, name, "std", group.standardDeviations[j]))
      for i in group.names.indices.dropFirst(j + 1) where group.correlation(i, j) != .fixedAtZero {
        rows.append((group.names[i], name, "corr", group.correlation(i, j).value))
      }
    }
    return MATLABTable.lines([
      .texts("Name1", rows.map(\.first)), .texts("Name2", rows.map(\.second)),
      .texts("Type", rows.map(\.type)), .numbers("Estimate", rows.map(\.estimate)),
    ])
  }

  private var errorLines: [String] {
    MATLABTable.lines([
      .texts("Name", [model.isGeneralized ? "sqrt(Dispersion)" : "Res Std"]),
      .numbers("Estimate", [model.residualStandardDeviation ?? 1]),
    ])
  }
}

// MARK: - Names in MATLAB

extension Family {
  fileprivate var nameInMATLAB: String {
    switch self {
    case is Gaussian: "Normal"
    case is Binomial: "Binomial"
    case is Poisson: "Poisson"
    case is Gamma: "Gamma"
    case is InverseGaussian: "InverseGaussian"
    default: name
    }
  }
}

extension Link {
  fileprivate var nameInMATLAB: String {
    switch self {
    case is IdentityLink: "Identity"
    case is LogLink: "Log"
    case is LogitLink: "Logit"
    case is ProbitLink: "Probit"
    case is ComplementaryLogLogLink: "Comploglog"
    case is InverseLink: "Reciprocal"
    case is InverseSquareLink: "-2"
    case is SquareRootLink: "0.5"
    case let link as PowerLink: link.exponent.generalText(digits: 5)
    default: name
    }
  }
}
