// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelDatasets
import ModelFormulas
import TestSupport
import Testing

@testable import MixedModelFitting

/// A generalized model's fit by glmmTMB or lme4, polished beyond the tolerance of their optimizers.
struct GeneralizedReferenceFit: Sendable, Decodable, CustomTestStringConvertible {
  enum Kind: String, Sendable, Decodable {
    /// glmmTMB: the Laplace approximation with observed information, joint standard errors.
    case glmmTMB
    /// lme4 with `nAGQ = 0`.
    case fast
    /// lme4's Laplace approximation with expected information.
    case expected
  }

  let id: String
  let model: GeneralizedReferenceModel
  let kind: Kind
  let objective: Double
  let beta: [Double]
  let standardErrors: [Double]
  /// The standard deviations of all random effects, ascending.
  let standardDeviations: [Double]
  let size: Double?
  let dispersion: Double?
  /// The most evaluations that a fit may take.
  let evaluations: Int?

  private enum CodingKeys: String, CodingKey {
    case id, kind, objective, beta, sd, size, dispersion, evaluations
    case standardErrors = "se"
  }

  init(from decoder: any Decoder) throws {
    model = try GeneralizedReferenceModel(from: decoder)
    let values = try decoder.container(keyedBy: CodingKeys.self)
    id = try values.decode(String.self, forKey: .id)
    kind = try values.decodeIfPresent(Kind.self, forKey: .kind) ?? .glmmTMB
    objective = try values.decode(Double.self, forKey: .objective)
    beta = try values.decode([Double].self, forKey: .beta)
    standardErrors = try values.decode([Double].self, forKey: .standardErrors)
    standardDeviations = try values.decode([Double].self, forKey: .sd)
    size = try values.decodeIfPresent(Double.self, forKey: .size)
    dispersion = try values.decodeIfPresent(Double.self, forKey: .dispersion)
    evaluations = try values.decodeIfPresent(Int.self, forKey: .evaluations)
  }

  var testDescription: String { "\(id) \(kind.rawValue)" }

  func fit() throws -> GeneralizedLinearMixedModel {
    try model.problem().fit(
      criterion: kind == .fast ? .profiledLaplace : .laplace,
      information: kind == .expected ? .expected : .observed,
      covariance: kind == .glmmTMB ? .joint : .conditional)
  }
}

@Suite("Generalized fits of glmmTMB 1.1.5 and lme4 1.1-31")
struct GeneralizedFitsTests {
  static let all: [GeneralizedReferenceFit] = Fixture.items("generalized-fits")

  // The tolerances are those that the fixture states.
  @Test("Objective, estimates and standard errors are those of the reference", arguments: all)
  func fit(_ reference: GeneralizedReferenceFit) throws {
    let model = try reference.fit()
    let isExact = reference.kind == .glmmTMB
    let tolerance = isExact ? 1e-6 : 2e-5 * max(1, abs(reference.objective) / 1e3)
    #expect(abs(model.objective - reference.objective) < tolerance)
    #expect(model.fixedEffects.count == reference.beta.count)
    for (index, coefficient) in model.fixedEffects.enumerated() {
      let error = reference.standardErrors[index]
      #expect(abs(coefficient.estimate - reference.beta[index]) < 1e-3 * error)
      // Both programs difference gradients in unscaled covariates, or stop a step early.
      #expect(abs(coefficient.standardError - error) < 5e-3 * error)
    }
    let layout = model.problem.numbers.layout
    let factors = model.problem.covariance.factors(model.theta)
    let deviations = layout.terms.enumerated().flatMap { index, term in
      (0..<term.dimension).map { i in
        (0...i).reduce(0) { sum, j in
          let entry = factors[layout.factorStart[index] + i + j * term.dimension]
          return sum + entry * entry
        }.squareRoot()
      }
    }
    let largest = reference.standardDeviations.max() ?? 0
    #expect(deviations.count == reference.standardDeviations.count)
    for (ours, expected) in zip(deviations.sorted(), reference.standardDeviations) {
      #expect(abs(ours - expected) < 1e-3 * largest)
    }
    if let size = reference.size {
      let ours = try #require(model.sizeParameter)
      #expect(abs(ours - size) < 1e-3 * size)
    }
    if let dispersion = reference.dispersion {
      #expect(abs(model.dispersion - dispersion) < 1e-4 * dispersion)
    }
    #expect(model.fitReport.termination.isSuccess)
    #expect(model.certificate.isMinimum)
    if let evaluations = reference.evaluations {
      #expect(model.fitReport.evaluations <= evaluations)
    }
  }

  /// The difference is that of the documentation of MixedModels.jl 4.31.
  @Test("The deviance of the fast criterion is little above that of Laplace's (A8.5)")
  func fast() throws {
    let problem = try GeneralizedProblem(
      "r2 ~ 1 + anger + gender + btype + situ + mode + (1 | subj) + (1 | item)",
      data: Dataset.verbagg.table, family: .bernoulli)
    let difference =
      try problem.fit(criterion: .profiledLaplace).deviance - problem.fit().deviance
    #expect(abs(difference - 0.33801335722546355) < 1e-4)
  }
}
