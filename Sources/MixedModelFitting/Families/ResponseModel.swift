// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import RealModule

/// A response with its family and link: the log-likelihood as a function of the linear predictor
/// and of t, the logarithm of the dispersion or size, with derivatives row by row.
package struct ResponseModel: Sendable {
  package let family: any Family
  package let link: any Link
  /// n responses: counts or proportions already divided by their weights.
  package let response: [Double]
  /// Prior weights, all positive; `nil` if every weight is one.
  package let weights: [Double]?
  /// The number of identical observations that each row stands for; `nil` if one each.
  package let frequencies: [Double]?
  /// What each row weighs in a sum over observations: its prior weight times its frequency; `nil`
  /// if all are one.
  package let totalWeights: [Double]?

  private let kernel: any RowKernel
  /// The normalizers of a family without a parameter, which never change.
  private let constants: Normalizers?
  private let identity = Identity()

  /// Tells two models apart in what a workspace remembers of the last one.
  final class Identity: Sendable {}

  /// - Parameter constants: added to the log-density of each row; only for a family without a
  ///   parameter.
  /// - Precondition: the responses are within the family's domain; see
  ///   ``ResponseModel/check(_:weights:family:name:tableRows:)``.
  package init(
    family: any Family, link: any Link, response: [Double], weights: [Double]? = nil,
    frequencies: [Double]? = nil, constants added: [Double]? = nil
  ) {
    precondition(weights.map { $0.count == response.count } ?? true, "a weight for every row")
    self.family = family
    self.link = link
    self.response = response
    self.weights = weights
    self.frequencies = frequencies
    totalWeights = product(weights, frequencies)
    kernel = rowKernel(family, link)
    if family.dispersion.hasLikelihoodParameter {
      precondition(added == nil, "constants of a family without a parameter")
      constants = nil
    } else {
      var constants = Normalizers()
      constants.update(
        identity, 0, Self.parameter(of: family, 0), kernel, family, response, weights, frequencies)
      if let added { constants.add(added) }
      self.constants = constants
    }
  }

  package var rowCount: Int { response.count }

  /// The number of observations that the rows stand for.
  package var observationCount: Double {
    frequencies.map { $0.reduce(0, +) } ?? Double(rowCount)
  }

  /// Whether the likelihood has a parameter t beside the linear predictor.
  package var hasParameter: Bool { constants == nil }

  /// Evaluates the log-likelihood, and the derivatives that the request asks for.
  /// - Parameters:
  ///   - eta: the linear predictors, n of them, offsets included.
  ///   - t: the logarithm of the dispersion or size; not used if there is no parameter.
  ///   - result: a workspace; its arrays are reused.
  /// - Complexity: O(n), with one to three transcendental functions a row.
  package func evaluate(
    _ eta: UnsafeBufferPointer<Double>, t: Double = 0, _ request: ResponseRequest,
    into result: inout ResponseDerivatives
  ) {
    precondition(eta.count == rowCount, "a linear predictor for every row")
    let parameter = Self.parameter(of: family, t)
    result.reserve(request, rowCount: rowCount, hasParameter: hasParameter)
    let varying = response.withUnsafeBufferPointer { y in
      (totalWeights ?? []).withUnsafeBufferPointer { weights in
        let rows = KernelRows(eta: eta, y: y, weights: weights, parameter: parameter)
        return result.withColumns { kernel.evaluate(rows, request, into: $0) }
      }
    }
    if constants == nil {
      result.normalizers.update(
        identity, t, parameter, kernel, family, response, weights, frequencies)
    }
    let value = varying + (constants ?? result.normalizers).total
    result.value = value.isNaN || value == .infinity ? -.infinity : value
    if request.storesRowValues { addNormalizers(to: &result) }
    if request.order == .gradient, hasParameter {
      for i in 0..<rowCount { result.parameterScore[i] += result.normalizers.slopes[i] }
    }
  }

  /// Evaluates at an array of linear predictors.
  package func evaluate(
    _ eta: [Double], t: Double = 0, _ request: ResponseRequest,
    into result: inout ResponseDerivatives
  ) {
    eta.withUnsafeBufferPointer { evaluate($0, t: t, request, into: &result) }
  }

  /// The log-likelihood of the saturated model, whose means are the responses: the deviance of a
  /// fit is twice this less the log-likelihood, at the same t.
  package func saturatedLogLikelihood(t: Double = 0) -> Double {
    let parameter = Self.parameter(of: family, t)
    var sum = 0.0
    for i in 0..<rowCount {
      sum +=
        (frequencies?[i] ?? 1)
        * family.saturatedLogDensity(
          response[i], weight: weights?[i] ?? 1, parameter: parameter.value
        ).value
    }
    return sum
  }

  private func addNormalizers(to result: inout ResponseDerivatives) {
    let values = constants?.values ?? result.normalizers.values
    for i in 0..<rowCount {
      let value = result.rowValues[i] + values[i]
      result.rowValues[i] = value.isNaN || value == .infinity ? -.infinity : value
    }
  }

  private static func parameter(of family: any Family, _ t: Double) -> KernelParameter {
    if family.dispersion.hasLikelihoodParameter {
      return KernelParameter(value: Double.exp(t), inverse: Double.exp(-t), logarithm: t)
    }
    guard let size = (family as? NegativeBinomial)?.size else { return .one }
    return KernelParameter(value: size, inverse: 1 / size, logarithm: Double.log(size))
  }
}

/// The parts of the log-densities that do not depend on the linear predictor, at one t.
struct Normalizers: Sendable {
  private var identity: ResponseModel.Identity?
  private var t = 0.0
  private(set) var total = 0.0
  private(set) var values: [Double] = []
  /// The derivatives in t.
  private(set) var slopes: [Double] = []

  /// Computes them anew unless they are those of the same model at the same t.
  mutating func update(
    _ identity: ResponseModel.Identity, _ t: Double, _ parameter: KernelParameter,
    _ kernel: any RowKernel, _ family: any Family, _ response: [Double], _ weights: [Double]?,
    _ frequencies: [Double]?
  ) {
    guard self.identity !== identity || self.t != t else { return }
    self.identity = identity
    self.t = t
    if values.count != response.count {
      values = [Double](repeating: 0, count: response.count)
      slopes = values
    }
    total = 0
    for i in response.indices {
      let weight = weights?[i] ?? 1
      let greatest = kernel.greatestValue(response[i], parameter)
      let saturated = family.saturatedLogDensity(
        response[i], weight: weight, parameter: parameter.value)
      let frequency = frequencies?[i] ?? 1
      values[i] = frequency * (saturated.value - weight * greatest.value)
      slopes[i] = frequency * (saturated.slope - weight * greatest.slope)
      total += values[i]
    }
  }

  /// Adds what does not change with t.
  mutating func add(_ constants: [Double]) {
    precondition(constants.count == values.count, "a constant for every row")
    for i in values.indices { values[i] += constants[i] }
    total = values.reduce(0, +)
  }
}
