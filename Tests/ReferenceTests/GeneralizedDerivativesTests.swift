// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import ModelOptimization
import TestSupport
import Testing

@testable import MixedModelFitting

/// The Laplace criterion and its gradient at one point, by a program that shares no code with ours.
struct GeneralizedReferenceDerivatives: Sendable, Decodable, CustomTestStringConvertible {
  let model: GeneralizedReferenceModel
  let beta: [Double]
  let parameters: [Double]
  let objective: Double
  let gradient: [Double]

  private enum CodingKeys: String, CodingKey {
    case beta, parameters, objective, gradient
  }

  init(from decoder: any Decoder) throws {
    model = try GeneralizedReferenceModel(from: decoder)
    let values = try decoder.container(keyedBy: CodingKeys.self)
    beta = try values.decode([Double].self, forKey: .beta)
    parameters = try values.decode([Double].self, forKey: .parameters)
    objective = try values.decode(Double.self, forKey: .objective)
    gradient = try values.decode([Double].self, forKey: .gradient)
  }

  var testDescription: String { "\(model.dataset), \(model.family): \(model.formula)" }
}

@Suite("Derivatives of generalized models by an independent prototype")
struct GeneralizedDerivativesTests {
  static let all: [GeneralizedReferenceDerivatives] = Fixture.items("generalized-derivatives")

  // The tolerances are those that the fixture states.
  @Test("The Laplace criterion and its gradient are those of the prototype", arguments: all)
  func values(_ reference: GeneralizedReferenceDerivatives) throws {
    let problem = try reference.model.problem()
    let rank = reference.beta.count
    let transform = problem.numbers.basis.transform
    // With beta = T gamma, the gradient in gamma is T' times that in beta.
    let gamma = transform.solve(Matrix(column: reference.beta)).values
    let inBeta = Matrix(column: Array(reference.gradient.prefix(rank)))
    let expected =
      (transform.transposed * inBeta).values + Array(reference.gradient.dropFirst(rank))
    var objective = problem.deviance(.laplace, information: .observed)
    var point = ObjectivePoint(parameterCount: expected.count)
    objective.evaluate(at: gamma + reference.parameters, into: &point)
    #expect(abs(point.value - reference.objective) < 1e-10 * abs(reference.objective))
    let scale = expected.reduce(1) { max($0, abs($1)) }
    for (ours, theirs) in zip(point.gradient, expected) {
      #expect(abs(ours - theirs) < 1e-7 * scale)
    }
  }
}
