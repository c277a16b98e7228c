// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelFitting

/// A number that every replicate of a bootstrap has.
public enum BootstrapQuantity: Sendable, Hashable {
  /// Minus twice the log-likelihood, or the criterion in its place.
  case objective
  /// The fixed effect of the given name.
  case coefficient(String)
  /// Its standard error.
  case standardError(String)
  /// The residual standard deviation, or the square root of the dispersion.
  case residualStandardDeviation
  /// The size parameter of a negative binomial model.
  case sizeParameter
  /// The standard deviation of an effect by a grouping factor.
  case standardDeviation(groupingFactor: String, effect: String)
  /// The correlation of two effects of a grouping factor.
  case correlation(groupingFactor: String, effect: String, other: String)
  /// The covariance parameter of the given number, counted from one.
  case theta(Int)

  /// The name for programs, such as `beta:days` or `sd:subj:(Intercept)`.
  public var key: String {
    switch self {
    case .objective: "objective"
    case .coefficient(let name): "beta:\(name)"
    case .standardError(let name): "se:\(name)"
    case .residualStandardDeviation: "sigma"
    case .sizeParameter: "size"
    case .standardDeviation(let group, let effect): "sd:\(group):\(effect)"
    case .correlation(let group, let effect, let other): "cor:\(group):\(effect):\(other)"
    case .theta(let number): "theta:\(number)"
    }
  }

  /// What tables call it.
  public var title: String {
    switch self {
    case .objective: "objective"
    case .coefficient(let name): name
    case .standardError(let name): "standard error of \(name)"
    case .residualStandardDeviation: "residual standard deviation"
    case .sizeParameter: "size"
    case .standardDeviation(let group, let effect): "\(group): \(effect), standard deviation"
    case .correlation(let group, let effect, let other):
      "\(group): \(effect), \(other), correlation"
    case .theta(let number): "theta \(number)"
    }
  }

  /// Whether it is a parameter of the model that people want an interval for.
  public var isParameter: Bool {
    switch self {
    case .coefficient, .residualStandardDeviation, .sizeParameter, .standardDeviation,
      .correlation:
      true
    case .objective, .standardError, .theta: false
    }
  }
}

/// What a fit of a replicate gives, from which all its quantities follow.
struct ReplicateEstimates: Sendable {
  let coefficients: [Double]
  let standardErrors: [Double]
  let sigma: Double?
  let sizeParameter: Double?
  let theta: [Double]
  let objective: Double
  let isSingular: Bool
  let hasConverged: Bool
}

extension ReplicateEstimates {
  /// - Parameter addedDeviance: what the objective lacks.
  init(_ model: some MixedModel, addedDeviance: Double = 0) {
    coefficients = model.fixedEffects.estimates
    standardErrors = model.fixedEffects.standardErrors
    sigma = model.residualStandardDeviation
    sizeParameter = model.sizeParameter
    theta = model.theta
    objective = model.objective + addedDeviance
    isSingular = model.isSingular
    hasConverged = model.hasConverged
  }

  init(_ refit: LinearRefit) {
    coefficients = refit.coefficients
    standardErrors = refit.standardErrors
    sigma = refit.sigma
    sizeParameter = nil
    theta = refit.theta
    objective = refit.objective
    isSingular = refit.isSingular
    hasConverged = refit.hasConverged
  }
}

/// The quantities of a model's replicates, in the order of the columns of a sample: objective,
/// fixed effects, their standard errors, sigma and size where there are such, standard deviations
/// and correlations term by term, theta.
struct BootstrapLayout: Sendable {
  let quantities: [BootstrapQuantity]
  private let covariance: RelativeCovarianceFactor
  private let terms: [Term]
  private let hasSigma: Bool
  private let hasSize: Bool
  /// Whether theta is relative to sigma.
  private let isRelative: Bool

  private struct Term: Sendable {
    let dimension: Int
    /// The correlations that are estimated.
    let pairs: [(Int, Int)]
  }

  init(_ model: some MixedModel) {
    let estimates = ReplicateEstimates(model)
    hasSigma = estimates.sigma != nil
    hasSize = estimates.sizeParameter != nil
    isRelative = model is LinearMixedModel
    covariance = RelativeCovarianceFactor(model.design.randomEffects)
    let names = model.fixedEffects.map(\.name)
    var quantities: [BootstrapQuantity] = [.objective]
    quantities += names.map { .coefficient($0) }
    quantities += names.map { .standardError($0) }
    if hasSigma { quantities.append(.residualStandardDeviation) }
    if hasSize { quantities.append(.sizeParameter) }
    var terms: [Term] = []
    for group in model.varianceComponents {
      let factor = group.groupingFactor
      quantities += group.names.map { .standardDeviation(groupingFactor: factor, effect: $0) }
      var pairs: [(Int, Int)] = []
      for j in group.names.indices {
        for i in 0..<j where group.correlation(i, j) != .fixedAtZero { pairs.append((i, j)) }
      }
      quantities += pairs.map {
        .correlation(groupingFactor: factor, effect: group.names[$0], other: group.names[$1])
      }
      terms.append(Term(dimension: group.names.count, pairs: pairs))
    }
    quantities += estimates.theta.indices.map { .theta($0 + 1) }
    self.quantities = quantities
    self.terms = terms
  }

  /// The values of all quantities; NaN for a correlation with an effect that does not vary.
  func values(_ estimates: ReplicateEstimates) -> [Double] {
    var values: [Double] = []
    values.reserveCapacity(quantities.count)
    values.append(estimates.objective)
    values += estimates.coefficients
    values += estimates.standardErrors
    if hasSigma { values.append(estimates.sigma ?? .nan) }
    if hasSize { values.append(estimates.sizeParameter ?? .nan) }
    let scale = isRelative ? estimates.sigma ?? 1 : 1
    let factors = covariance.factors(estimates.theta)
    var start = 0
    for term in terms {
      let lambda = CovarianceFactor(
        factors[start..<start + term.dimension * term.dimension], dimension: term.dimension)
      start += term.dimension * term.dimension
      for effect in 0..<term.dimension { values.append(scale * lambda.norm(effect)) }
      for (i, j) in term.pairs { values.append(lambda.correlation(i, j) ?? .nan) }
    }
    values += estimates.theta
    return values
  }
}
