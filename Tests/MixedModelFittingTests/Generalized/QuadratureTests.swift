// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import ModelFormulas
import ModelOptimization
import RealModule
import TestSupport
import Testing

@testable import MixedModelFitting

@Suite("Adaptive quadrature")
struct QuadratureTests {
  @Test("With one point it is the Laplace approximation", arguments: QuadratureModel.all)
  func onePoint(_ model: QuadratureModel) throws {
    let problem = try model.problem()
    var random = SplitMix(seed: 1)
    for information in [LaplaceInformation.observed, .expected] {
      for isProfiled in [false, true] {
        var quadrature = try problem.quadrature(
          points: 1, information: information, profilesFixedEffects: isProfiled)
        var laplace = quadrature.laplace
        let parameters = try problem.parameters(&random, profilesFixedEffects: isProfiled)
        // The sums over groups and over rows round differently.
        let value = laplace.value(at: parameters)
        #expect(abs(quadrature.value(at: parameters) - value) < 1e-11 * abs(value))
        var expected = ObjectivePoint(parameterCount: parameters.count)
        laplace.evaluate(at: parameters, into: &expected)
        var point = ObjectivePoint(parameterCount: parameters.count)
        quadrature.evaluate(at: parameters, into: &point)
        #expect(abs(point.value - value) < 1e-11 * abs(value))
        let scale = expected.gradient.reduce(1) { max($0, abs($1)) }
        for (ours, theirs) in zip(point.gradient, expected.gradient) {
          #expect(abs(ours - theirs) < 1e-10 * scale)
        }
      }
    }
  }

  @Test(
    "The gradient agrees with sixth-order central differences of the value",
    arguments: QuadratureModel.all, [false, true])
  func gradient(_ model: QuadratureModel, profilesFixedEffects: Bool) throws {
    let problem = try model.problem()
    var random = SplitMix(seed: 2)
    for information in [LaplaceInformation.observed, .expected] {
      var objective = try problem.quadrature(
        points: model.points, information: information, profilesFixedEffects: profilesFixedEffects)
      let parameters = try problem.parameters(
        &random, profilesFixedEffects: profilesFixedEffects)
      var point = ObjectivePoint(parameterCount: parameters.count)
      objective.evaluate(at: parameters, into: &point)
      // The value is found in another way where derivatives are wanted.
      #expect(abs(point.value - objective.value(at: parameters)) < 1e-10 * abs(point.value))
      let differences = try FiniteDifferences.gradient(
        of: &objective, at: parameters, order: .sixth)
      let scale = differences.reduce(1) { max($0, abs($1)) }
      for (exact, difference) in zip(point.gradient, differences) {
        // The differences themselves are good to about 1e-9.
        #expect(abs(exact - difference) < 1e-8 * scale)
      }
    }
  }

  @Test("The gradient vanishes in a variance of zero, and is exact beside it")
  func singularGradient() throws {
    let problem = try QuadratureModel.poisson.problem()
    var objective = try problem.quadrature(points: 5)
    var random = SplitMix(seed: 3)
    var parameters = try problem.parameters(&random)
    // A diagonal entry of zero with the entry below it, as in canonical form.
    parameters[objective.thetaRange.upperBound - 1] = 0
    var point = ObjectivePoint(parameterCount: parameters.count)
    objective.evaluate(at: parameters, into: &point)
    let differences = try FiniteDifferences.gradient(of: &objective, at: parameters, order: .sixth)
    for (exact, difference) in zip(point.gradient, differences) {
      #expect(abs(exact - difference) < 1e-7)
    }
  }

  @Test("For a normal response with the identity link, any number of points is exact")
  func normalResponse() throws {
    let problem = try GeneralizedProblem(
      Formula("gaussian ~ 1 + x + (1 + x | g)"), data: quadratureTable(), family: .gaussian)
    var random = SplitMix(seed: 4)
    var objective = try problem.quadrature(points: 9)
    let parameters = try problem.parameters(&random)
    let value = objective.laplace.value(at: parameters)
    #expect(abs(objective.value(at: parameters) - value) < 1e-10 * abs(value))
  }

  @Test("The value is the integral", arguments: Integral.all)
  func value(_ integral: Integral) throws {
    let problem = try integral.model.problem()
    var random = SplitMix(seed: 5)
    var objective = try problem.quadrature(points: integral.model.points)
    let parameters = try problem.parameters(&random)
    let expected = integral.value(problem, at: parameters)
    #expect(abs(objective.value(at: parameters) - expected) < integral.tolerance)
  }

  @Test("A model for which there is no quadrature is refused with what is accepted")
  func refusals() throws {
    func message(_ formula: String, points: Int) throws -> String? {
      let problem = try GeneralizedProblem(
        Formula(formula), data: quadratureTable(), family: .poisson)
      do {
        _ = try problem.fit(criterion: .quadrature(points: points))
        return nil
      } catch {
        #expect(error.kind == .option)
        #expect(error.subject == .option("nagq"))
        return error.description
      }
    }
    #expect(
      try message("count ~ 1 + (1 | g) + (1 | h)", points: 5)
        == "Quadrature with 5 points needs a single grouping factor, and the model has 2: g, h. "
        + "Use the Laplace approximation, 1 point, which every model accepts.")
    #expect(
      try message("count ~ 1 + (1 + x + z + gaussian | g)", points: 3)
        == "Quadrature with 3 points is over 4 random effects per level of g: (Intercept), x, z, "
        + "gaussian. It accepts up to 3; the Laplace approximation, 1 point, accepts every model.")
    #expect(
      try message("count ~ 1 + (1 + x | g)", points: 12)
        == "Quadrature cannot have 12 points for 2 random effects per level of g. It accepts from "
        + "1, the Laplace approximation, to 11 points for each effect.")
    #expect(
      try message("count ~ 1 + (1 | g)", points: 0)
        == "Quadrature cannot have 0 points for 1 random effect per level of g. It accepts from "
        + "1, the Laplace approximation, to 100 points for each effect.")
    #expect(try message("count ~ 1 + (1 | g) + (1 | h)", points: 1) == nil)
  }
}

/// A model whose likelihood is integrated group by group on a dense lattice.
///
/// The trapezoidal rule on a lattice converges faster than any power of the spacing for an analytic
/// integrand that vanishes at both ends, and shares nothing with quadrature about the mode.
struct Integral: Sendable, CustomTestStringConvertible {
  let model: QuadratureModel
  let spacing: Double
  /// What quadrature with this many points leaves.
  let tolerance: Double

  var testDescription: String { model.testDescription }

  static let all: [Integral] = [
    Integral(
      model: QuadratureModel(
        "bernoulli, k = 1", "binary ~ 1 + x + (1 | g)", .bernoulli, points: 40),
      spacing: 0.05, tolerance: 1e-11),
    Integral(
      model: QuadratureModel("poisson, k = 1", "count ~ 1 + x + (1 | g)", .poisson, points: 40),
      spacing: 0.05, tolerance: 1e-11),
    Integral(
      model: QuadratureModel(
        "bernoulli, k = 2", "binary ~ 1 + x + (1 + x | g)", .bernoulli, points: 25),
      spacing: 0.2, tolerance: 1e-8),
    Integral(
      model: QuadratureModel(
        "bernoulli, k = 2, as offered", "binary ~ 1 + x + (1 + x | g)", .bernoulli, points: 11),
      spacing: 0.2, tolerance: 1e-6),
    Integral(
      model: QuadratureModel("poisson, k = 2", "count ~ 1 + x + (1 + x | g)", .poisson, points: 25),
      spacing: 0.15, tolerance: 1e-8),
    Integral(
      model: QuadratureModel(
        "bernoulli, k = 3", "binary ~ 1 + x + (1 + x + z | g)", .bernoulli, points: 15),
      spacing: 0.5, tolerance: 1e-5),
  ]

  func value(_ problem: GeneralizedProblem, at parameters: [Double]) -> Double {
    let numbers = problem.numbers
    let term = numbers.terms[0]
    let k = term.dimension
    let rank = numbers.rank
    let lambda = problem.covariance.factors(Array(parameters[rank...]))
    var fixed = [Double](repeating: 0, count: numbers.rowCount)
    numbers.setFixedPart(&fixed, gamma: Array(parameters[..<rank]))
    let axis = Array(stride(from: -7.0, through: 7, by: spacing))
    var result = 0.0
    for group in 0..<term.levelCount {
      let rows = term.levelCodes.indices.filter { Int(term.levelCodes[$0]) == group }
      var sum = 0.0
      var indices = [Int](repeating: 0, count: k)
      lattice: while true {
        let u = indices.map { axis[$0] }
        var logDensity = 0.0
        for i in 0..<k { logDensity -= u[i] * u[i] / 2 + 0.5 * Double.log(2 * Double.pi) }
        for row in rows {
          var eta = fixed[row]
          for i in 0..<k {
            for j in 0...i { eta += term.values[row * k + i] * lambda[i + j * k] * u[j] }
          }
          logDensity += self.logDensity(numbers.response.response[row], eta)
        }
        sum += Double.exp(logDensity)
        var place = 0
        while true {
          indices[place] += 1
          if indices[place] < axis.count { break }
          indices[place] = 0
          place += 1
          if place == k { break lattice }
        }
      }
      var cell = 1.0
      for _ in 0..<k { cell *= spacing }
      result -= 2 * Double.log(sum * cell)
    }
    return result
  }

  private func logDensity(_ y: Double, _ eta: Double) -> Double {
    if model.family is Poisson { return y * eta - Double.exp(eta) - Double.logGamma(y + 1) }
    return y * eta - Double.log(onePlus: Double.exp(eta))
  }
}
