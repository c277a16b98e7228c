// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelFitting
import MixedModels
import Testing

/// A fit of lme4, polished beyond the tolerance of its own optimizers.
struct Lme4Fit: Sendable, Decodable, CustomTestStringConvertible {
  let id: String
  let model: ReferenceModel
  let objective: Double
  let theta: [Double]
  let beta: [Double]
  let standardErrors: [Double]
  let sigma: Double
  let leverage: Double
  let isSingular: Bool

  private enum CodingKeys: String, CodingKey {
    case id, objective, theta, beta, sigma, leverage
    case standardErrors = "se"
    case isSingular = "singular"
  }

  init(from decoder: any Decoder) throws {
    model = try ReferenceModel(from: decoder)
    let values = try decoder.container(keyedBy: CodingKeys.self)
    id = try values.decode(String.self, forKey: .id)
    objective = try values.decode(Double.self, forKey: .objective)
    theta = try values.decode([Double].self, forKey: .theta)
    beta = try values.decode([Double].self, forKey: .beta)
    standardErrors = try values.decode([Double].self, forKey: .standardErrors)
    sigma = try values.decode(Double.self, forKey: .sigma)
    leverage = try values.decode(Double.self, forKey: .leverage)
    isSingular = try values.decodeIfPresent(Bool.self, forKey: .isSingular) ?? false
  }

  var testDescription: String { id }
}

@Suite("Linear fits of lme4 1.1-31")
struct Lme4FitsTests {
  static let all: [Lme4Fit] = Fixture.items("lme4-fits")

  // The tolerances are those that the fixture states.
  @Test("Objective, estimates, standard errors and leverages are those of lme4", arguments: all)
  func fit(_ reference: Lme4Fit) throws {
    let problem = try reference.model.problem()
    let model = try problem.fit(criterion: reference.model.criterion)
    #expect(abs(model.objective - reference.objective) < 1e-6 * max(1, abs(reference.objective)))
    // Ours is a minimum of the same function, so no reference can be lower.
    #expect(model.objective < reference.objective + 1e-8 * max(1, abs(reference.objective)))
    #expect(model.fixedEffects.count == reference.beta.count)
    for (index, coefficient) in model.fixedEffects.enumerated() {
      let error = reference.standardErrors[index]
      #expect(abs(coefficient.estimate - reference.beta[index]) < 1e-3 * error)
      #expect(abs(coefficient.standardError - error) < 1e-4 * error)
    }
    #expect(abs(model.sigma - reference.sigma) < 1e-4 * reference.sigma)
    let leverage = try model.leverage().reduce(0, +)
    #expect(abs(leverage - reference.leverage) < 1e-4 * reference.leverage)
    let scale = reference.theta.reduce(0) { max($0, abs($1)) }
    #expect(model.theta.count == reference.theta.count)
    for (ours, expected) in zip(model.theta, reference.theta) {
      #expect(abs(ours - expected) < 2e-3 * scale + 1e-9)
    }
    #expect(model.fitReport.termination.isSuccess)
    #expect(model.certificate.isMinimum)
    #expect(model.certificate.boundaryConditions.isEmpty == !reference.isSingular)
  }
}
