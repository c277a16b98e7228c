// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import Foundation
import MixedModelDatasets
import ModelFormulas
import ModelOptimization
import TestSupport
import Testing

@testable import MixedModelFitting

@Suite("The joint covariance of generalized models")
struct JointCovarianceTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let dataset: String
    let formula: String
    let family: any Family
    var link: (any Link)?
    var information = LaplaceInformation.observed

    var testDescription: String { "\(dataset), \(family.name), \(information.rawValue)" }
  }

  static let cases = [
    Case(dataset: "cbpp", formula: "incidence / size ~ period + (1 | herd)", family: .binomial),
    Case(
      dataset: "cbpp", formula: "incidence / size ~ period + (1 | herd)", family: .binomial,
      link: .probit),
    Case(
      dataset: "epil", formula: "y ~ 1 + lbase * trt + lage + V4 + (1 | subject)",
      family: .negativeBinomial),
    Case(
      dataset: "epil", formula: "y ~ 1 + lbase * trt + lage + V4 + (1 | subject)",
      family: .negativeBinomial, information: .expected),
    Case(
      dataset: "sleepstudy", formula: "reaction ~ 1 + days + (1 + days | subj)", family: .gamma,
      link: .log),
    Case(
      dataset: "grouseticks",
      formula: "ticks ~ 1 + year + center(height) + (1 | brood) + (1 | location)",
      family: .poisson),
  ]

  @Test("It is twice the inverse Hessian of the criterion's values", arguments: cases)
  func hessian(_ example: Case) throws {
    let problem = try GeneralizedProblem(
      Formula(example.formula), data: Dataset.named(example.dataset).table,
      family: example.family, link: example.link)
    let model = try problem.fit(information: example.information, covariance: .joint)
    try #require(model.certificate.isMinimum)
    var objective = problem.deviance(.laplace, information: example.information)
    let transform = problem.numbers.basis.transform
    let rank = problem.numbers.rank
    let gamma = transform.solve(Matrix(column: model.fixedEffects.estimates)).values
    let t =
      problem.numbers.response.hasParameter
      ? [log(model.sizeParameter ?? model.dispersion)] : []
    let hessian = try FiniteDifferences.hessian(
      of: &objective, at: gamma + model.theta + t, order: .sixth)
    let phi = hessian.inverse.block(0..<rank, 0..<rank)
    let expected = transform * phi * transform.transposed
    for i in 0..<rank {
      let error = (2 * expected[i, i]).squareRoot()
      // Forward differences with steps of 3e-6 leave about 1e-6.
      #expect(abs(model.fixedEffects[i].standardError - error) < 1e-5 * error)
    }
  }
}
