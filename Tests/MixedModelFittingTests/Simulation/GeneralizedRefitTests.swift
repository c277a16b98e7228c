// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import MixedModelErrors
import ModelFormulas
import Testing

@testable import MixedModelFitting

@Suite("Refits of generalized models")
struct GeneralizedRefitTests {
  private static func model(
    _ formula: Formula, _ family: any Family, _ dataset: Dataset, link: (any Link)? = nil,
    criterion: GeneralizedCriterion = .laplace
  ) throws -> GeneralizedLinearMixedModel {
    try .fit(formula, data: dataset.table, family: family, link: link, criterion: criterion)
  }

  private static func epil(_ family: any Family = .poisson) throws -> GeneralizedLinearMixedModel {
    try model("y ~ trt + lbase + (1 | subject)", family, .epil)
  }

  private static func models() throws -> [GeneralizedLinearMixedModel] {
    let formula: Formula = "incidence / size ~ period + (1 | herd)"
    return [
      try model(formula, .binomial, .cbpp),
      try model(formula, .binomial, .cbpp, criterion: .profiledLaplace),
      try model(formula, .binomial, .cbpp, criterion: .quadrature(points: 5)),
      try model(formula, .binomial, .cbpp, criterion: .pseudoLikelihood),
      try epil(), try epil(.negativeBinomial),
      try model("reaction ~ days + (1 | subj)", .gamma, .sleepstudy, link: LogLink()),
    ]
  }

  @Test("A refit is the fit of a problem with that response, by every criterion")
  func sameAsFreshFit() throws {
    for model in try Self.models() {
      for response in try model.simulatedResponses(count: 2, seed: 11) {
        let objective = model.objective
        let refitted = try model.refitted(to: response)
        // From the beginning, with compression and basis of its own.
        let fresh = try model.problem.replacingResponse(response).fit(
          criterion: model.criterion, information: model.information,
          covariance: model.covarianceKind)
        #expect(refitted.problem.rows.response == response)
        #expect(refitted.hasConverged)
        #expect(abs(refitted.objective - fresh.objective) < 1e-7 * abs(fresh.objective))
        for (a, b) in zip(refitted.fixedEffects, fresh.fixedEffects) {
          #expect(abs(a.estimate - b.estimate) < 1e-3 * b.standardError)
          #expect(abs(a.standardError - b.standardError) < 1e-3 * b.standardError)
        }
        #expect(refitted.isSingular == fresh.isSingular)
        // The old model is what it was.
        #expect(model.objective == objective)
        #expect(model.problem.rows.response != response)
      }
    }
  }

  @Test("The problem of another response is that of a table with it")
  func sameAsTable() throws {
    let model = try Self.epil()
    let response = try model.simulatedResponses(count: 1, seed: 12)[0]
    let data = Dataset.epil.table
    var columns = try data.columnNames.filter { $0 != "y" }.map {
      (name: $0, column: try data.column($0))
    }
    columns.append(("y", .numeric(NumericColumn(response))))
    let fresh = try GeneralizedLinearMixedModel.fit(
      model.formula, data: DataTable(columns), family: .poisson)
    let refitted = try model.refitted(to: response)
    #expect(abs(refitted.objective - fresh.objective) < 1e-7 * abs(fresh.objective))
    #expect(abs(refitted.deviance - fresh.deviance) < 1e-6 * abs(fresh.deviance))
  }

  @Test("A refit to the model's own response is the model, in few evaluations")
  func ownResponse() throws {
    let model = try Self.epil()
    let again = try model.refitted(to: model.problem.rows.response)
    #expect(abs(again.objective - model.objective) < 1e-8 * model.objective)
    #expect(again.fitReport.evaluations < model.fitReport.evaluations)
  }

  // A7.5 of the domain table of MATLAB's `refit`.
  @Test("A response outside the family's domain is refused, naming value and row")
  func domain() throws {
    let cbpp = try Self.model("incidence / size ~ period + (1 | herd)", .binomial, .cbpp)
    let own = cbpp.problem.rows.response
    var broken = own
    broken[4] = 0.123
    var error = #expect(throws: MixedModelError.self) { try cbpp.refitted(to: broken) }
    #expect(
      error?.problem.hasPrefix("The new response is 0.123 in row 5 of the rows used, which is ")
        == true)
    #expect(error?.subject == .row(5))
    error = #expect(throws: MixedModelError.self) { try cbpp.refitted(to: Array(own.dropLast())) }
    #expect(
      error?.description
        == "The new response has 55 values, but the model was fitted to 56 rows. Give one value for "
        + "each row used, in the order of the rows.")
    for (family, value) in [
      (.poisson, 1.5), (.poisson, -1), (.negativeBinomial, .infinity),
    ] as [(any Family, Double)] {
      try Self.expectRefusal(of: value, by: Self.epil(family))
    }
    for (family, value) in [
      (.gamma, 0), (.inverseGaussian, -2), (.gaussian, .infinity),
    ] as [(any Family, Double)] {
      try Self.expectRefusal(
        of: value,
        by: Self.model("reaction ~ days + (1 | subj)", family, .sleepstudy, link: LogLink()))
    }
    try Self.expectRefusal(
      of: 0.5, by: Self.model("use ~ 1 + age + (1 | dist)", .bernoulli, .contra))
  }

  private static func expectRefusal(
    of value: Double, by model: GeneralizedLinearMixedModel
  ) throws {
    var response = model.problem.rows.response
    response[7] = value
    let error = #expect(throws: MixedModelError.self) { try model.refitted(to: response) }
    #expect(error?.subject == .row(8))
  }

  @Test("A response that the fixed effects separate is refused as in a fit")
  func separation() throws {
    let model = try Self.model("use ~ 1 + age + (1 | dist)", .bernoulli, .contra)
    let x = model.problem.rows.fixedEffects.column(1)
    let middle = x.sorted()[x.count / 2]
    let error = #expect(throws: MixedModelError.self) {
      try model.refitted(to: x.map { $0 > middle ? 1 : 0 })
    }
    #expect(error?.problem.contains("complete separation") == true)
  }
}
