// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelFitting
import RealModule

/// The checks that every family must pass, with every link it is used with; run by the tests of
/// the built-in families, and meant for those of a family of your own.
public enum FamilyChecks {
  /// What is wrong with a family and link, one sentence each; empty if nothing is.
  /// - Parameters:
  ///   - responses: some that the family accepts, at the weights.
  ///   - weights: one for each response.
  ///   - linearPredictors: places at which derivatives are checked, of moderate size and with a
  ///     mean in the interior of the family's range.
  ///   - parameter: the dispersion or size; not used if the family has neither.
  public static func breaches(
    of family: some Family, link: some Link, responses: [Double], weights: [Double],
    linearPredictors: [Double], parameter: Double = 1
  ) -> [String] {
    var breaches = scalarBreaches(
      of: family, responses: responses, weights: weights,
      means: linearPredictors.map { link.mean($0).value }, parameter: parameter)
    let rows = Rows(family, link, responses, weights, t: Double.log(parameter))
    for eta in linearPredictors {
      breaches += rows.derivativeBreaches(at: eta)
      breaches += rows.expectationBreaches(at: eta)
      breaches += rows.consistencyBreaches(at: eta)
    }
    for eta in LinkChecks.tailPlaces { breaches += rows.tailBreaches(at: eta) }
    return breaches
  }

  /// Checks what the family itself states: deviance, variance and saturated log-density.
  private static func scalarBreaches(
    of family: some Family, responses: [Double], weights: [Double], means: [Double],
    parameter: Double
  ) -> [String] {
    var breaches: [String] = []
    func check(_ what: String, _ exact: Double, _ difference: Difference) {
      if !difference.agrees(with: exact) {
        breaches.append("\(what) is \(exact); differences give \(difference.derivative).")
      }
    }
    if family.name.isEmpty { breaches.append("The family has no name.") }
    let t = Double.log(parameter)
    for mean in means {
      let variance = family.variance(mean, parameter: parameter)
      let room = min(mean - family.meanRange.lowerBound, family.meanRange.upperBound - mean)
      let scale = room.isFinite ? room : 1
      if !(variance.value > 0) { breaches.append("The variance at \(mean) is not positive.") }
      check(
        "The slope of the variance at \(mean)", variance.first,
        Difference(at: mean, scale: scale) { family.variance($0, parameter: parameter).value })
      check(
        "The curvature of the variance at \(mean)", variance.second,
        Difference(at: mean, scale: scale) { family.variance($0, parameter: parameter).first })
      for y in responses {
        if !(family.unitDeviance(y, mean: mean, parameter: parameter) >= 0) {
          breaches.append("The unit deviance of \(y) at the mean \(mean) is negative.")
        }
        check(
          "The slope -2 (y - mu)/V of the unit deviance of \(y) at the mean \(mean)",
          -2 * (y - mean) / variance.value,
          Difference(at: mean, scale: scale) {
            family.unitDeviance(y, mean: $0, parameter: parameter)
          })
      }
      if family.unitDeviance(mean, mean: mean, parameter: parameter) != 0 {
        breaches.append("The unit deviance at the response \(mean) itself is not zero.")
      }
    }
    for (y, weight) in zip(responses, weights) {
      if let problem = family.problem(with: y, weight: weight) {
        breaches.append("The response \(y) is refused as \(problem.fault).")
      }
      let start = family.startingMean(y, weight: weight)
      if !(start > family.meanRange.lowerBound && start < family.meanRange.upperBound) {
        breaches.append("The starting mean \(start) of the response \(y) is outside the range.")
      }
      guard family.dispersion.hasLikelihoodParameter else { continue }
      check(
        "The slope of the saturated log-density of \(y)",
        family.saturatedLogDensity(y, weight: weight, parameter: parameter).slope,
        Difference(at: t, scale: 1) {
          family.saturatedLogDensity(y, weight: weight, parameter: Double.exp($0)).value
        })
    }
    return breaches
  }
}

// MARK: - The response model

/// A response model all of whose rows have the same linear predictor.
private struct Rows {
  let model: ResponseModel
  let family: any Family
  let t: Double
  let name: String

  init(
    _ family: some Family, _ link: some Link, _ responses: [Double], _ weights: [Double], t: Double
  ) {
    model = ResponseModel(family: family, link: link, response: responses, weights: weights)
    self.family = family
    self.t = t
    name = "\(family.name), \(link.name) link"
  }

  func evaluate(
    at eta: Double, t: Double? = nil, _ order: ResponseOrder,
    _ information: InformationKind = .observed
  ) -> ResponseDerivatives {
    var result = ResponseDerivatives()
    model.evaluate(
      [Double](repeating: eta, count: model.rowCount), t: t ?? self.t,
      ResponseRequest(order, information: information, storesRowValues: true), into: &result)
    return result
  }

  /// Each derivative of each row against differences of the one before it.
  func derivativeBreaches(at eta: Double) -> [String] {
    typealias Column = KeyPath<ResponseDerivatives, [Double]>
    let inEta: [(String, Column, Column, Double, InformationKind)] = [
      ("score", \.rowValues, \.score, 1, .observed),
      ("information", \.score, \.information, -1, .observed),
      ("slope of the information", \.information, \.informationSlope, 1, .observed),
      (
        "slope of the expected information", \.expectedInformation, \.informationSlope, 1,
        .expected
      ),
    ]
    let inParameter: [(String, Column, Column, Double, InformationKind)] = [
      ("parameter score", \.rowValues, \.parameterScore, 1, .observed),
      ("slope of the score in t", \.score, \.scoreParameterSlope, 1, .observed),
      ("slope of the information in t", \.information, \.informationParameterSlope, 1, .observed),
      (
        "slope of the expected information in t", \.expectedInformation,
        \.informationParameterSlope, 1, .expected
      ),
    ]
    var breaches: [String] = []
    for (what, lower, upper, sign, kind) in inEta {
      breaches += compare(what, at: eta, evaluate(at: eta, .gradient, kind)[keyPath: upper]) { i in
        Difference(at: eta, scale: scale(at: eta)) {
          sign * evaluate(at: $0, .newton, kind)[keyPath: lower][i]
        }
      }
    }
    guard model.hasParameter else { return breaches }
    for (what, lower, upper, sign, kind) in inParameter {
      breaches += compare(what, at: eta, evaluate(at: eta, .gradient, kind)[keyPath: upper]) { i in
        Difference(at: t, scale: 1) {
          sign * evaluate(at: eta, t: $0, .newton, kind)[keyPath: lower][i]
        }
      }
    }
    return breaches
  }

  /// The distance to where the mean or the link ends, or one.
  private func scale(at eta: Double) -> Double {
    let mean = model.link.mean(eta)
    let room = min(
      mean.value - family.meanRange.lowerBound, family.meanRange.upperBound - mean.value)
    return min(1, abs(eta), room / abs(mean.first))
  }

  private func compare(
    _ what: String, at eta: Double, _ exact: [Double], _ difference: (Int) -> Difference
  ) -> [String] {
    exact.indices.compactMap { i in
      let difference = difference(i)
      guard !difference.agrees(with: exact[i]) else { return nil }
      return "\(name): the \(what) of the response \(model.response[i]) at \(eta) is \(exact[i]); "
        + "differences give \(difference.derivative)."
    }
  }

  /// The observed information is linear in the response, so that its expectation is its value at
  /// the mean.
  func expectationBreaches(at eta: Double) -> [String] {
    let mean = model.link.mean(eta).value
    let atMean = ResponseModel(family: family, link: model.link, response: [mean])
    var result = ResponseDerivatives()
    atMean.evaluate([eta], t: t, ResponseRequest(.newton, information: .expected), into: &result)
    let expected = result.expectedInformation[0]
    guard !(abs(result.information[0] - expected) <= 1e-9 * abs(expected)) else { return [] }
    return [
      "\(name): the expected information at \(eta) is \(expected), "
        + "and \(result.information[0]) at the mean."
    ]
  }

  /// Values of all orders agree, with the scalar log-density, and with their sum.
  func consistencyBreaches(at eta: Double) -> [String] {
    let value = evaluate(at: eta, .value)
    let gradient = evaluate(at: eta, .gradient)
    let mean = model.link.mean(eta).value
    let parameter = model.hasParameter ? Double.exp(t) : 1
    var breaches: [String] = []
    for i in 0..<model.rowCount {
      let density = family.logDensity(
        model.response[i], mean: mean, weight: model.weights?[i] ?? 1, parameter: parameter)
      // The parts that are summed are of the size of the predictor and of the weight.
      let allowed = 1e-11 * (1 + abs(density) + abs(eta) * (model.weights?[i] ?? 1))
      if !(abs(value.rowValues[i] - density) <= allowed)
        || !(abs(gradient.rowValues[i] - density) <= allowed)
      {
        breaches.append(
          "\(name): the log-density of \(model.response[i]) at \(eta) is \(density); "
            + "rows have \(value.rowValues[i]) and \(gradient.rowValues[i]).")
      }
    }
    let sum = value.rowValues.reduce(0, +)
    if !(abs(sum - value.value) <= 1e-11 * (1 + abs(sum))) {
      breaches.append("\(name): the rows sum to \(sum) at \(eta), and the value is \(value.value).")
    }
    return breaches
  }

  /// Far out there is no NaN: the value is minus infinity, or everything is a number.
  func tailBreaches(at eta: Double) -> [String] {
    var breaches: [String] = []
    for kind in [InformationKind.observed, .expected] {
      let result = evaluate(at: eta, .gradient, kind)
      if result.value.isNaN || result.value == .infinity {
        breaches.append("\(name): the value at \(eta) is \(result.value).")
      }
      guard result.value > -.infinity else { continue }
      let columns = [
        result.score, result.information, result.expectedInformation, result.informationSlope,
        result.parameterScore, result.scoreParameterSlope, result.informationParameterSlope,
      ]
      if columns.contains(where: { $0.contains(where: \.isNaN) }) {
        breaches.append("\(name): a derivative at \(eta) is NaN.")
      }
    }
    return breaches
  }
}
