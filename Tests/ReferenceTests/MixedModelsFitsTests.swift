// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelDatasets
import MixedModelFitting
import MixedModels
import Testing

/// A fit as the documentation of MixedModels.jl prints it.
struct MixedModelsFit: Sendable, Decodable, CustomTestStringConvertible {
  let id: String
  let model: ReferenceModel
  let objective: Double
  let logLikelihood: Double?
  let variances: [[Double]]
  let residualVariance: Double
  let beta: [Double]
  let standardErrors: [Double]

  private enum CodingKeys: String, CodingKey {
    case id, objective, logLikelihood, variances, residualVariance, beta
    case standardErrors = "se"
  }

  init(from decoder: any Decoder) throws {
    model = try ReferenceModel(from: decoder)
    let values = try decoder.container(keyedBy: CodingKeys.self)
    id = try values.decode(String.self, forKey: .id)
    objective = try values.decode(Double.self, forKey: .objective)
    logLikelihood = try values.decodeIfPresent(Double.self, forKey: .logLikelihood)
    variances = try values.decode([[Double]].self, forKey: .variances)
    residualVariance = try values.decode(Double.self, forKey: .residualVariance)
    beta = try values.decode([Double].self, forKey: .beta)
    standardErrors = try values.decode([Double].self, forKey: .standardErrors)
  }

  var testDescription: String { id }
}

@Suite("Linear fits of MixedModels.jl 4.31")
struct MixedModelsFitsTests {
  static let all: [MixedModelsFit] = Fixture.items("mixedmodels-jl-fits")

  // The tolerances are those that the fixture states.
  @Test("Objective, variances, estimates and standard errors are the printed ones", arguments: all)
  func fit(_ reference: MixedModelsFit) throws {
    let problem = try reference.model.problem()
    let model = try problem.fit(criterion: reference.model.criterion)
    #expect(abs(model.objective - reference.objective) < 1e-4)
    // Objectives printed with all digits are not rounded, so ours may not be higher.
    #expect(model.objective < reference.objective + 6e-5)
    if let expected = reference.logLikelihood {
      #expect(abs(-model.objective / 2 - expected) < 1e-4)
    }
    #expect(agrees(model.sigma * model.sigma, reference.residualVariance))
    for (term, expected) in reference.variances.enumerated() {
      let factor = problem.covariance.factor(model.theta, term: term)
      for (effect, variance) in expected.enumerated() {
        let relative = (0...effect).reduce(0) { $0 + factor[effect, $1] * factor[effect, $1] }
        #expect(agrees(relative * model.sigma * model.sigma, variance))
      }
    }
    #expect(model.fixedEffects.count == reference.beta.count)
    for (index, coefficient) in model.fixedEffects.enumerated() {
      #expect(agrees(coefficient.estimate, reference.beta[index], unit: coefficient.standardError))
      #expect(agrees(coefficient.standardError, reference.standardErrors[index]))
    }
    #expect(model.certificate.isMinimum)
  }

  /// Equality in five significant digits, or to a thousandth of the unit given.
  private func agrees(_ ours: Double, _ printed: Double, unit: Double = 0) -> Bool {
    printed == 0 ? ours == 0 : abs(ours - printed) <= max(5e-5 * abs(printed), 1e-3 * unit)
  }
}
