// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelDatasets
import MixedModelErrors
import TestSupport
import Testing

@testable import MixedModelFitting

@Suite("Refits of linear models")
struct LinearRefitTests {
  /// The response of a model in disorder: a residual for each row from another row, scaled, so that
  /// variances differ from those of the fit and some vanish.
  private static func responses(_ problem: LinearProblem, count: Int) -> [[Double]] {
    var random = SplitMix(seed: 11)
    let y = problem.rows.response
    let mean = y.reduce(0, +) / Double(y.count)
    let deviation =
      (y.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(y.count)).squareRoot()
    return (0..<count).map { replicate in
      let noise = random.normals(y.count)
      // From the data themselves with some noise to noise alone.
      let share = Double(replicate) / Double(count - 1)
      return zip(y, noise).map {
        mean + (1 - share) * ($0 - mean) + (0.2 + share) * deviation * $1
      }
    }
  }

  @Test(
    "A refit is the fit of a problem with that response, in every structure",
    arguments: TestModel.structures, TestModel.criteria)
  func sameAsFreshFit(_ model: TestModel, criterion: Criterion) throws {
    let problem = try model.problem()
    let original = try problem.fit(criterion: criterion)
    var refitter = try LinearRefitter(original)
    for response in Self.responses(problem, count: 4) {
      let fresh = try LinearProblem(problem.design, problem.rows.replacingResponse(response))
        .fit(criterion: criterion)
      let refitted = try original.refitted(to: response)
      let light = try refitter.refit(to: response)
      #expect(refitted.problem.rows.response == response)
      #expect(refitted.criterion == criterion)
      #expect(refitted.hasConverged && light.hasConverged)
      #expect(refitted.isSingular == fresh.isSingular)
      #expect(light.isSingular == fresh.isSingular)
      for (objective, sigma, coefficients, standardErrors) in [
        (
          refitted.objective, refitted.sigma, refitted.fixedEffects.estimates,
          refitted.fixedEffects.standardErrors
        ),
        (light.objective, light.sigma, light.coefficients, light.standardErrors),
      ] {
        #expect(abs(objective - fresh.objective) < 1e-8 * abs(fresh.objective))
        #expect(abs(sigma - fresh.sigma) < 1e-6 * fresh.sigma)
        for (value, coefficient) in zip(coefficients, fresh.fixedEffects) {
          // One that is nearly zero is compared in its standard error.
          let scale = max(abs(coefficient.estimate), coefficient.standardError)
          #expect(abs(value - coefficient.estimate) < 1e-6 * scale)
        }
        for (value, expected) in zip(standardErrors, fresh.fixedEffects.standardErrors) {
          #expect(abs(value - expected) < 1e-5 * expected)
        }
      }
      for (value, expected) in zip(light.theta, fresh.theta) {
        #expect(abs(value - expected) < 1e-4 * max(1, abs(expected)))
      }
    }
  }

  @Test("A refit to the model's own response is the model, and leaves it as it was")
  func ownResponse() throws {
    let model = try LinearMixedModel.fit(
      "reaction ~ 1 + days + (1 + days | subj)", data: Dataset.sleepstudy.table)
    let objective = model.objective
    let again = try model.refitted(to: model.problem.rows.response)
    #expect(abs(again.objective - objective) < 1e-10 * objective)
    #expect(again.fitReport.evaluations <= 2)
    let doubled = try model.refitted(to: model.problem.rows.response.map { 2 * $0 })
    // Twice the response: everything but theta doubles, and the old model does not change.
    #expect(abs(doubled.sigma - 2 * model.sigma) < 1e-7 * model.sigma)
    #expect(model.objective == objective)
    #expect(model.problem.rows.response != doubled.problem.rows.response)
  }

  @Test("A refit does not depend on those before it")
  func independence() throws {
    let model = try LinearMixedModel.fit(
      "yield ~ 1 + (1 | batch)", data: Dataset.dyestuff2.table)
    let responses = Self.responses(model.problem, count: 5)
    var refitter = try LinearRefitter(model)
    let forward = try responses.map { try refitter.refit(to: $0) }
    let backward = try responses.reversed().map { try refitter.refit(to: $0) }
    #expect(forward == backward.reversed())
    #expect(Set(forward.map(\.isSingular)).count == 2)
  }

  @Test("A response that cannot be fitted is refused, and the workspace remains usable")
  func refusals() throws {
    let model = try LinearMixedModel.fit(
      "yield ~ 1 + (1 | batch)", data: Dataset.dyestuff.table)
    let own = model.problem.rows.response
    var refitter = try LinearRefitter(model)
    let expected = try refitter.refit(to: own)
    var broken = own
    broken[3] = .nan
    let refused: [([Double], String)] = [
      (
        [1, 2],
        "The new response has 2 values, but the model was fitted to 30 rows. "
          + "Give one value for each row used, in the order of the rows."
      ),
      (
        broken,
        "The new response is nan in row 4 of the rows used. Every value must be a finite number."
      ),
      (
        own.map { _ in 3 },
        "The fixed effects reproduce the response exactly, so that no variance is left. "
          + "Is the response a function of a predictor?"
      ),
      (
        own.map { $0 * 1e200 },
        "The largest magnitude in the column \"yield\" is 1.635e+203, beyond what sums of squares "
          + "can hold. Change its unit, so that magnitudes lie between 1e-120 and 1e+120."
      ),
    ]
    for (response, message) in refused {
      let error = #expect(throws: MixedModelError.self) { try model.refitted(to: response) }
      #expect(error?.description == message)
      let lightError = #expect(throws: MixedModelError.self) { try refitter.refit(to: response) }
      #expect(lightError == error)
    }
    #expect(try refitter.refit(to: own) == expected)
  }
}
