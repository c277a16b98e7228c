// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import ModelOptimization
import RealModule

/// A fitted model whose likelihood can be profiled: it can be fitted again with any one parameter
/// held at a value.
public protocol Profilable: MixedModel {
  /// What the profiles of all parameters start from.
  /// - Throws: ``MixedModelError`` if the model has no likelihood in all of its parameters, or no
  ///   minimum is found.
  func profiler() throws(MixedModelError) -> Profiler
}

/// A fit by maximum likelihood, ready to be profiled.
public struct Profiler: Sendable {
  /// Whether it is another fit than the model's own, which was by REML.
  package let isRefitted: Bool
  private let makePath: @Sendable (ProfiledParameter) throws(MixedModelError) -> any ProfilePath

  init(
    isRefitted: Bool,
    makePath: @escaping @Sendable (ProfiledParameter) throws(MixedModelError) -> any ProfilePath
  ) {
    self.isRefitted = isRefitted
    self.makePath = makePath
  }

  /// The profile of a parameter that the model has.
  package func path(of parameter: ProfiledParameter) throws(MixedModelError) -> any ProfilePath {
    try makePath(parameter)
  }
}

extension LinearMixedModel: Profilable {
  /// The profiles of the likelihood; a model fitted by REML is fitted by maximum likelihood first,
  /// as the restricted criterion is none for the fixed effects.
  public func profiler() throws(MixedModelError) -> Profiler {
    let isRefitted = criterion != .maximumLikelihood
    let model = try fittedByMaximumLikelihood()
    let deviance = try LinearDeviance(model.problem)
    let basis = model.problem.crossProducts.basis
    let parameters = model.internalTheta + [Double.log(model.sigma / basis.responseScale)]
    var objective = deviance
    let curvature = try FiniteDifferences.hessian(of: &objective, at: parameters)
    return Profiler(isRefitted: isRefitted) { parameter throws(MixedModelError) in
      if case .coefficient(let index) = parameter {
        return try LinearCoefficientPath(model, coefficient: index)
      }
      let path = try ConstrainedPath(
        deviance, model.constraint(parameter), minimum: parameters, curvature: curvature
      ) { deviance, parameters in
        deviance.coefficients(at: parameters).map {
          (
            $0, Double.exp(parameters[parameters.count - 1]) * basis.responseScale, nil,
            model.problem.userParameters(Array(parameters.dropLast()))
          )
        }
      }
      guard let path else { throw .noMode() }
      return path
    }
  }

  private func constraint(_ parameter: ProfiledParameter) -> ParameterConstraint {
    let scale = problem.crossProducts.basis.responseScale
    let covariance = problem.covariance
    let last = covariance.parameterCount
    switch parameter {
    case .standardDeviation(let term, let effect):
      return ParameterConstraint(
        form: .standardDeviation(term: term, row: effect),
        unit: scale, covariance: covariance, effectUnits: problem.effectUnits, thetaStart: 0,
        logScale: last)
    case .correlation(let term, let i, let j):
      return ParameterConstraint(
        form: .correlation(term: term, i, j), covariance: covariance,
        effectUnits: problem.effectUnits, thetaStart: 0, logScale: last)
    case .residualStandardDeviation, .size, .coefficient:
      return ParameterConstraint(
        form: .exponential(place: last, power: 1), unit: scale, covariance: covariance,
        effectUnits: problem.effectUnits, thetaStart: 0, logScale: last)
    }
  }
}

extension GeneralizedLinearMixedModel: Profilable {
  public func profiler() throws(MixedModelError) -> Profiler {
    guard !criterion.profilesFixedEffects, family.dispersion != .pearson else {
      throw .noLikelihoodToProfile(criterion.name, family: family.name)
    }
    let laplace = problem.deviance(criterion, information: information)
    guard criterion.quadraturePoints > 1 else { return try profiler(laplace) }
    return try profiler(
      AdaptiveQuadrature(
        laplace, points: criterion.quadraturePoints, terms: problem.design.randomEffects))
  }

  private func profiler(
    _ objective: some GeneralizedObjective & Sendable
  ) throws(MixedModelError) -> Profiler {
    var objective = objective
    let start = GeneralizedStart(self, for: problem)
    let hasParameter = problem.numbers.response.hasParameter
    let optimum = try TrustRegionNewton(modelEvaluations: 4).minimize(
      &objective, from: start.gamma + start.theta + (hasParameter ? [start.t] : []))
    guard optimum.value < .infinity else { throw .noMode() }
    let curvature = try FiniteDifferences.hessian(of: &objective, at: optimum.parameters)
    let basis = problem.numbers.basis
    let (gammaRange, thetaRange) = (objective.laplace.gammaRange, objective.thetaRange)
    let dispersion = family.dispersion
    let settled = objective
    return Profiler(isRefitted: false) { parameter throws(MixedModelError) in
      let path = try ConstrainedPath(
        settled, constraint(parameter), minimum: optimum.parameters, curvature: curvature
      ) { objective, parameters in
        let t = objective.laplace.t(parameters)
        return (
          basis.coefficients(Array(parameters[gammaRange])),
          dispersion == .likelihood ? Double.exp(t / 2) : nil,
          dispersion == .size ? Double.exp(t) : nil,
          problem.userParameters(Array(parameters[thetaRange]))
        )
      }
      guard let path else { throw .noMode() }
      return path
    }
  }

  private func constraint(_ parameter: ProfiledParameter) -> ParameterConstraint {
    let basis = problem.numbers.basis
    let rank = basis.rank
    let last = rank + problem.covariance.parameterCount
    let form: ParameterConstraint.Form
    switch parameter {
    case .coefficient(let index):
      let weights = (0..<rank).map { basis.transform[index, $0] * basis.responseScale }
      form = .linear(
        weights: weights, offset: zip(weights, basis.gamma).reduce(0) { $0 + $1.0 * $1.1 })
    case .residualStandardDeviation: form = .exponential(place: last, power: 0.5)
    case .size: form = .exponential(place: last, power: 1)
    case .standardDeviation(let term, let effect):
      form = .standardDeviation(term: term, row: effect)
    case .correlation(let term, let i, let j): form = .correlation(term: term, i, j)
    }
    return ParameterConstraint(
      form: form, covariance: problem.covariance, effectUnits: problem.effectUnits,
      thetaStart: rank, logScale: nil)
  }
}
