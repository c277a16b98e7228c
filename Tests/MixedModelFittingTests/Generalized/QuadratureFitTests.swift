// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelDatasets
import MixedModelFitting
import ModelFormulas
import Testing

/// A fit by lme4 1.1-31, polished with Newton steps, on a data set of the package.
struct QuadratureFit: Sendable, CustomTestStringConvertible {
  let dataset: String
  let formula: String
  let family: any Family
  let points: Int
  /// lme4's objective, the deviance, plus minus twice the log-likelihood of the saturated model.
  let objective: Double
  let theta: Double
  let beta: [Double]
  /// From the Hessian over all parameters, by finite differences.
  let standardErrors: [Double]

  var testDescription: String { "\(dataset), \(points) points" }

  private static let cbpp = "incidence / size ~ period + (1 | herd)"
  private static let cbppSaturated = 83.95670753787121

  static let all: [QuadratureFit] = [
    QuadratureFit(
      dataset: "cbpp", formula: cbpp, family: .binomial, points: 3,
      objective: 100.078616640549 + cbppSaturated, theta: 0.643984685268037,
      beta: [-1.39804944055665, -0.992356431590344, -1.12879246102677, -1.58064996980472],
      standardErrors: [0.232748053529223, 0.306745733118303, 0.326751286682201, 0.427575082846719]),
    QuadratureFit(
      dataset: "cbpp", formula: cbpp, family: .binomial, points: 10,
      objective: 100.010029966993 + cbppSaturated, theta: 0.647518507196741,
      beta: [-1.39923048734612, -0.991403649157807, -1.1278194408525, -1.57947071498575],
      standardErrors: [0.233511609865059, 0.306767986646561, 0.326768371723264, 0.427594501265055]),
    QuadratureFit(
      dataset: "cbpp", formula: cbpp, family: .binomial, points: 11,
      objective: 100.010031250995 + cbppSaturated, theta: 0.64751833216268,
      beta: [-1.39923040061132, -0.99140370887306, -1.12781950349344, -1.57947079375009],
      standardErrors: [0.233511551703353, 0.306767981620642, 0.326768366566288, 0.427594494486928]),
    QuadratureFit(
      dataset: "cbpp", formula: cbpp, family: .binomial, points: 25,
      objective: 100.01003053675 + cbppSaturated, theta: 0.647518478006314,
      beta: [-1.39923044420722, -0.991403672634389, -1.1278194670463, -1.57947075048807],
      standardErrors: [0.233511591466771, 0.306767987469832, 0.326768372084392, 0.427594500611649]),
    QuadratureFit(
      dataset: "contra", formula: "use ~ 1 + age + I(age ^ 2) + livch + urban + (1 | dist)",
      family: .bernoulli, points: 9, objective: 2372.45888497659, theta: 0.478636583895108,
      beta: [
        -1.03542240754455, 0.00353269660902115, -0.00456320288981793, 0.815150494336787,
        0.916524605751552, 0.915364567535214, 0.696707875489846,
      ],
      standardErrors: [
        0.176102486082081, 0.00928717943878287, 0.000730256970808513, 0.163352558152335,
        0.186507954492261, 0.187490535980046, 0.120956859246662,
      ]),
    QuadratureFit(
      dataset: "epil", formula: "y ~ 1 + lbase * trt + lage + V4 + (1 | subject)",
      family: .poisson, points: 9, objective: 564.908488022981 + 765.9046776693191,
      theta: 0.502387366875311,
      beta: [
        1.8327644129254, 0.883405440022997, -0.334255925957411, 0.480567834437239,
        -0.159769600490847, 0.338783874833614,
      ],
      standardErrors: [
        0.105502184866472, 0.131137275916471, 0.147947097739248, 0.34703735488632,
        0.0545837099800989, 0.203194417211977,
      ]),
  ]
}

@Suite("Fits by adaptive quadrature")
struct QuadratureFitTests {
  @Test("lme4 1.1-31 finds the same optimum", arguments: QuadratureFit.all)
  func lme4(_ fit: QuadratureFit) throws {
    let model = try GeneralizedLinearMixedModel.fit(
      Formula(fit.formula), data: Dataset.named(fit.dataset).table, family: fit.family,
      criterion: .quadrature(points: fit.points))
    #expect(model.fitReport.termination.isSuccess)
    // lme4 stops its search for the mode early, which moves its objective by up to 2e-5.
    #expect(abs(model.objective - fit.objective) < 2e-5)
    #expect(abs(model.theta[0] - fit.theta) < 1e-4)
    for (j, beta) in fit.beta.enumerated() {
      let standardError = model.fixedEffects.standardErrors[j]
      #expect(abs(model.fixedEffects.estimates[j] - beta) < 1e-4 * standardError)
      #expect(abs(standardError / fit.standardErrors[j] - 1) < 1e-4)
    }
  }

  @Test("MixedModels.jl prints the same deviances for contra with nine points")
  func contra() throws {
    let problem = try GeneralizedProblem(
      "use ~ 1 + age + abs2(age) + livch + urban + (1 | dist)", data: Dataset.contra.table,
      family: .bernoulli)
    // Source: the documentation of MixedModels.jl 4, to two decimals.
    let joint = try problem.fit(criterion: .quadrature(points: 9))
    #expect(abs(joint.objective - 2372.46) < 0.005)
    let fast = try problem.fit(criterion: .profiledQuadrature(points: 9))
    #expect(abs(fast.objective - 2372.51) < 0.005)
    #expect(fast.covarianceKind == .conditional)
  }

  @Test("With one point the fit is that of the Laplace approximation")
  func onePoint() throws {
    let problem = try GeneralizedProblem(
      "incidence / size ~ period + (1 | herd)", data: Dataset.cbpp.table, family: .binomial)
    let laplace = try problem.fit()
    let quadrature = try problem.fit(criterion: .quadrature(points: 1))
    #expect(quadrature.objective == laplace.objective)
    #expect(quadrature.criterion.name == "Laplace")
  }

  @Test("Vector-valued terms are fitted", arguments: [2, 5, 9])
  func vectorTerm(points: Int) throws {
    let problem = try GeneralizedProblem(
      "y ~ 1 + lbase + trt + V4 + (1 + V4 | subject)", data: Dataset.epil.table, family: .poisson)
    let model = try problem.fit(criterion: .quadrature(points: points))
    #expect(model.fitReport.termination.isSuccess)
    #expect(model.certificate.gradientNorm < 1e-4)
    #expect(model.criterion.quadraturePoints == points)
  }
}
