// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import MixedModelErrors
import ModelFormulas
import ModelOptimization
import TestSupport
import Testing

@testable import MixedModelFitting

@Suite("Pseudo-likelihood")
struct PseudoLikelihoodTests {
  private static let criteria: [GeneralizedCriterion] = [
    .pseudoLikelihood, .restrictedPseudoLikelihood,
  ]

  @Test(
    "With a normal response and the identity link it is the linear model's fit",
    arguments: RandomStructure.all, criteria)
  func linear(_ structure: RandomStructure, _ criterion: GeneralizedCriterion) throws {
    let formula = try Formula("positive ~ \(structure.predictors)")
    let linear = try LinearProblem(formula, data: generalizedTable, options: structure.options)
      .fit(criterion: try #require(criterion.linearCriterion))
    let model = try GeneralizedProblem(
      formula, data: generalizedTable, family: .gaussian, options: structure.options
    ).fit(criterion: criterion)
    #expect(model.hasConverged)
    #expect(abs(model.objective - linear.objective) < 1e-8 * max(1, abs(linear.objective)))
    // Both end where the criterion is stationary to 1e-8 or better.
    #expect(abs(try #require(model.sigma) - linear.sigma) < 1e-6 * linear.sigma)
    for (ours, expected) in zip(model.fixedEffects, linear.fixedEffects) {
      #expect(abs(ours.estimate - expected.estimate) < 1e-6 * expected.standardError)
      #expect(abs(ours.standardError - expected.standardError) < 1e-6 * expected.standardError)
    }
    for (ours, expected) in zip(model.theta, linear.theta) {
      #expect(abs(ours - expected * linear.sigma) < 1e-6 * linear.sigma)
    }
    for (ours, expected) in zip(model.linearPredictor, linear.fittedValues()) {
      #expect(abs(ours - expected) < 1e-6 * linear.sigma)
    }
    let variances = zip(
      try model.randomEffects.conditionalCovariances(),
      try linear.randomEffects.conditionalCovariances())
    for (ours, expected) in variances {
      for (a, b) in zip(ours.standardDeviations.values, expected.standardDeviations.values) {
        #expect(abs(a - b) < 1e-6 * linear.sigma)
      }
    }
  }

  @Test(
    "The effects satisfy the penalized score equations of every family",
    arguments: FamilyWithLink.all.filter { $0.family.dispersion != .size })
  func scoreEquations(_ family: FamilyWithLink) throws {
    let problem = try family.problem(.vectorAndScalar)
    let model = try problem.fit(criterion: .pseudoLikelihood)
    #expect(model.hasConverged, "\(model.notes)")
    var derivatives = ResponseDerivatives()
    problem.numbers.response.evaluate(
      model.linearPredictor, ResponseRequest(.newton), into: &derivatives)
    var scores = problem.numbers.transposedProduct(derivatives.score)
    problem.numbers.layout.scaleTransposed(
      &scores, count: 1, by: problem.covariance.factors(model.theta))
    // Λ'Z's = φ u and B's = 0, the penalized likelihood's own equations: the linear predictors
    // have settled to 1e-8 of their size.
    let u = model.sphericalRandomEffects + [Double](repeating: 0, count: problem.numbers.rank)
    let sizes = problem.numbers.transposedProduct(derivatives.score.map { abs($0) })
    let scale = sizes.reduce(0) { max($0, abs($1)) }
    for (score, mode) in zip(scores, u) {
      #expect(abs(score - model.dispersion * mode) < 1e-6 * scale)
    }
  }

  @Test("The end does not depend on the start", arguments: criteria)
  func start(_ criterion: GeneralizedCriterion) throws {
    let problem = try FamilyWithLink.gammaLog.problem(.vectorAndScalar)
    let first = try problem.fit(criterion: criterion)
    let second = try problem.fit(
      criterion: criterion, options: OptimizationOptions(start: [0.5, 0.1, 0.4, 0.02]))
    #expect(abs(first.objective - second.objective) < 1e-6)
    for (a, b) in zip(first.theta, second.theta) { #expect(abs(a - b) < 1e-5) }
  }

  @Test("There is no likelihood, and the standard errors are conditional")
  func noLikelihood() throws {
    let model = try GeneralizedLinearMixedModel.fit(
      "incidence / size ~ period + (1 | herd)", data: Dataset.cbpp.table, family: .binomial,
      criterion: .restrictedPseudoLikelihood)
    #expect(model.informationCriteria == nil)
    #expect(model.criterionName == "REMPL")
    #expect(model.quadraturePointCount == nil)
    #expect(model.covarianceKind == .conditional)
    #expect(model.sigma == nil)
    #expect(model.parameterCount == 5)
    let lines = model.description.split(separator: "\n")
    #expect(lines[0] == "Generalized Linear Mixed Model fit by pseudo-likelihood (REMPL)")
    #expect(lines[4].hasPrefix(" criterion of the pseudo-data: 193.42"))
  }

  @Test("A size to be estimated is refused, and a given one is not")
  func size() throws {
    let problem = try FamilyWithLink.negativeBinomialLog.problem(.vectorAndScalar)
    let error = try #require(throws: MixedModelError.self) {
      try problem.fit(criterion: .pseudoLikelihood)
    }
    #expect(
      error.description
        == "Pseudo-likelihood does not estimate the size parameter of the negativebinomial family."
        + " Give the size parameter, or fit by the Laplace approximation.")
    let given = try GeneralizedLinearMixedModel.fit(
      "count ~ 1 + x + (1 | g)", data: generalizedTable, family: NegativeBinomial(size: 2.5),
      criterion: .pseudoLikelihood)
    #expect(given.hasConverged)
    #expect(given.sizeParameter == 2.5)
  }

  @Test("An effect for every row is refused where it is the dispersion by another name")
  func oneRowPerLevel() throws {
    let table = try generalizedTable.withRowLabels()
    #expect(throws: MixedModelError.self) {
      try GeneralizedLinearMixedModel.fit(
        "positive ~ 1 + x + (1 | row)", data: table, family: .gamma, link: .log,
        criterion: .pseudoLikelihood)
    }
    let poisson = try GeneralizedLinearMixedModel.fit(
      "count ~ 1 + x + (1 | row)", data: table, family: .poisson, criterion: .pseudoLikelihood)
    #expect(poisson.hasConverged)
  }

  @Test("A limit on the evaluations counts those of all linear models, and is told")
  func limit() throws {
    let problem = try FamilyWithLink.poissonLog.problem(.vectorAndScalar)
    let model = try problem.fit(
      criterion: .pseudoLikelihood, options: OptimizationOptions(maxEvaluations: 9))
    #expect(!model.hasConverged)
    #expect(model.fitReport.evaluations == 9)
    #expect(model.fitReport.steps.map(\.evaluation) == Array(1...9))
    #expect(
      model.notes.first?.description.hasPrefix("The fit did not converge in 9 evaluations") == true)
  }
}

extension DataTable {
  /// The table with a column "row" that has a level for every row.
  fileprivate func withRowLabels() throws -> DataTable {
    var columns: [(name: String, column: Column)] = []
    for name in columnNames { columns.append((name, try column(name))) }
    let labels = (0..<rowCount).map { "row \($0 + 100)" }
    return try DataTable(columns + [("row", .categorical(CategoricalColumn(labels)))])
  }
}
