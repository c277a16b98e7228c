// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelFitting
import MixedModels
import Testing

/// A fit by pseudo-likelihood; the fixture says of which program.
struct PseudoLikelihoodFit: Sendable, Decodable, CustomTestStringConvertible {
  let id: String
  let model: GeneralizedReferenceModel
  let criterion: GeneralizedCriterion
  let beta: [Double]
  let standardErrors: [Double]
  let standardDeviations: [Double]
  let sigma: Double?
  let objective: Double?

  private enum CodingKeys: String, CodingKey {
    case id, restricted, beta, sigma, objective
    case standardErrors = "se"
    case standardDeviations = "sd"
  }

  init(from decoder: any Decoder) throws {
    model = try GeneralizedReferenceModel(from: decoder)
    let values = try decoder.container(keyedBy: CodingKeys.self)
    id = try values.decode(String.self, forKey: .id)
    criterion =
      try values.decode(Bool.self, forKey: .restricted)
      ? .restrictedPseudoLikelihood : .pseudoLikelihood
    beta = try values.decode([Double].self, forKey: .beta)
    standardErrors = try values.decode([Double].self, forKey: .standardErrors)
    standardDeviations = try values.decode([Double].self, forKey: .standardDeviations)
    sigma = try values.decodeIfPresent(Double.self, forKey: .sigma)
    objective = try values.decodeIfPresent(Double.self, forKey: .objective)
  }

  var testDescription: String { id }
}

@Suite("Pseudo-likelihood fits of MASS::glmmPQL")
struct PseudoLikelihoodFitsTests {
  static let all: [PseudoLikelihoodFit] = Fixture.items("pseudo-likelihood-fits")

  // The tolerances are those that the fixture states.
  @Test("Estimates and standard errors are those of the reference", arguments: all)
  func fit(_ reference: PseudoLikelihoodFit) throws {
    let model = try reference.model.problem().fit(criterion: reference.criterion)
    #expect(model.hasConverged)
    #expect(model.fixedEffects.count == reference.beta.count)
    for (index, coefficient) in model.fixedEffects.enumerated() {
      let error = reference.standardErrors[index]
      #expect(abs(coefficient.estimate - reference.beta[index]) < 1e-4 * error)
      #expect(abs(coefficient.standardError - error) < 1e-5 * error)
    }
    let deviations = model.varianceComponents.flatMap(\.standardDeviations)
    #expect(deviations.count == reference.standardDeviations.count)
    for (ours, expected) in zip(deviations, reference.standardDeviations) {
      #expect(abs(ours - expected) < 1e-5 * expected)
    }
    #expect((model.sigma == nil) == (reference.sigma == nil))
    if let ours = model.sigma, let expected = reference.sigma {
      #expect(abs(ours - expected) < 1e-5 * expected)
    }
    if let expected = reference.objective {
      #expect(abs(model.objective - expected) < 1e-8 * expected)
    }
  }
}
