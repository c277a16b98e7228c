// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ModelFormulas
import Testing

@testable import MixedModelFitting

/// With a normal response and the identity link the Laplace approximation is exact.
@Suite("Generalized fits of normal responses with the identity link")
struct GaussianIdentityTests {
  @Test(
    "They are the linear model's maximum-likelihood fits", arguments: RandomStructure.all,
    GeneralizedCriterion.allForTests)
  func linear(_ structure: RandomStructure, _ criterion: GeneralizedCriterion) throws {
    let linearProblem = try LinearProblem(
      Formula("positive ~ \(structure.predictors)"), data: generalizedTable,
      options: structure.options)
    let linear = try linearProblem.fit(criterion: .maximumLikelihood)
    let model = try GeneralizedProblem(
      Formula("positive ~ \(structure.predictors)"), data: generalizedTable, family: .gaussian,
      options: structure.options
    ).fit(criterion: criterion, covariance: .conditional)
    #expect(model.certificate.isMinimum)
    // Both end where the criterion is stationary to 1e-8 or better.
    #expect(abs(model.objective - linear.objective) < 1e-7)
    #expect(abs(model.dispersion - linear.sigma * linear.sigma) < 1e-5 * model.dispersion)
    for (ours, expected) in zip(model.fixedEffects, linear.fixedEffects) {
      #expect(abs(ours.estimate - expected.estimate) < 1e-5 * expected.standardError)
      #expect(abs(ours.standardError - expected.standardError) < 1e-5 * expected.standardError)
    }
    // Theta is absolute here and relative to sigma there.
    for (ours, expected) in zip(model.theta, linear.theta) {
      #expect(abs(ours - expected * linear.sigma) < 1e-5 * linear.sigma)
    }
  }
}

extension GeneralizedCriterion {
  fileprivate static let allForTests: [GeneralizedCriterion] = [.laplace, .profiledLaplace]
}
