// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import MixedModelErrors
import MixedModelFitting
import MixedModelInference
import ModelFormulas
import Testing

@Suite("Likelihood-ratio tests and information criteria")
struct LikelihoodRatioTestTests {
  private static func linear(
    _ formula: Formula, _ dataset: Dataset = .sleepstudy,
    _ criterion: Criterion = .maximumLikelihood
  ) throws -> LinearMixedModel {
    try .fit(formula, data: dataset.table, criterion: criterion)
  }

  private static let formulas: [Formula] = [
    "reaction ~ 1 + days + (1 | subj)", "reaction ~ 1 + days + (1 | subj) + (0 + days | subj)",
    "reaction ~ 1 + days + (1 + days | subj)",
  ]

  /// lme4 1.1-31, `anova` of fits by maximum likelihood.
  @Test("Three nested models have the statistics of lme4, whatever their order")
  func sleepstudy() throws {
    let models = try Self.formulas.map { try Self.linear($0) }
    let test = try likelihoodRatioTest(models[2], models[0], models[1])
    #expect(test.rows.map(\.criteria.parameterCount) == [4, 5, 6])
    #expect(test.rows.map(\.degreesOfFreedom) == [nil, 1, 1])
    #expect(test.rows[0].statistic == nil && test.rows[0].pValue == nil)
    #expect(agree(test.rows[1].statistic, 42.075387865350194, 1e-7))
    #expect(agree(test.rows[1].pValue, 8.782158485256218e-11, 1e-5))
    #expect(agree(test.rows[2].statistic, 0.06391067667982497, 1e-5))
    #expect(agree(test.rows[2].pValue, 0.8004184319851436, 1e-5))
    #expect(test.isNestingChecked)
    #expect(test.notes.count == 1 && test.notes[0].hasPrefix("A variance is tested"))
    #expect(test.description.hasPrefix("Likelihood-ratio tests\n"))
  }

  @Test("Fits by REML are fitted again by maximum likelihood, and a note says so")
  func restricted() throws {
    let small = try Self.linear(Self.formulas[0], .sleepstudy, .restrictedMaximumLikelihood)
    let large = try Self.linear(Self.formulas[2], .sleepstudy, .restrictedMaximumLikelihood)
    let test = try likelihoodRatioTest(small, large)
    #expect(agree(test.rows[1].statistic, 42.13929854203, 1e-7))
    #expect(test.notes.contains { $0.contains("by REML, and for the comparison again") })
  }

  /// lme4 1.1-31: 68.43380886169604 and 8.851619630162986.
  @Test("Where nesting cannot be told the test is made, and a note says so")
  func machines() throws {
    let chain: [Formula] = [
      "score ~ 1 + Machine + (1 | Worker)",
      "score ~ 1 + Machine + (1 | Worker) + (1 | Worker & Machine)",
      "score ~ 1 + Machine + (0 + Machine | Worker)",
    ]
    let models = try chain.map { try Self.linear($0, .machines) }
    let test = try likelihoodRatioTest(of: models, names: ["a", "b", "c"])
    #expect(agree(test.rows[1].statistic, 68.43380886169604, 1e-6))
    #expect(agree(test.rows[2].statistic, 8.851619630162986, 1e-5))
    #expect(test.rows[2].degreesOfFreedom == 4)
    #expect(agree(test.rows[2].pValue, 0.06491720098324298, 1e-4))
    #expect(!test.isNestingChecked)
    #expect(test.notes.contains { $0.contains("that b is nested in c") })
    #expect(try likelihoodRatioTest(models[0], models[1]).isNestingChecked)
  }

  @Test("Other contrasts, or names of the same columns, are nested all the same")
  func codings() throws {
    let effects = try DesignOptions(
      contrasts: ["recipe": ContrastSpecification(parsing: "effects")])
    let small = try LinearMixedModel.fit(
      "angle ~ 1 + recipe + temp + (1 | recipe & replicate)", data: Dataset.cake.table,
      options: effects)
    let large = try Self.linear("angle ~ 1 + recipe * temp + (1 | recipe & replicate)", .cake)
    let test = try likelihoodRatioTest(small, large)
    #expect(test.isNestingChecked)
    // lme4 1.1-31.
    #expect(agree(test.rows[1].statistic, 0.08449584382992725, 1e-5))
    // Only the rows tell that this is a combination of columns.
    let shifted = try Self.linear("reaction ~ 1 + I(2 * days + 1) + (1 | subj)")
    #expect(try likelihoodRatioTest(shifted, Self.linear(Self.formulas[2])).isNestingChecked)
  }

  @Test("Saved models compare without their rows")
  func saved() throws {
    let data = Dataset.sleepstudy.table
    let models = try Self.formulas.map { try SavedModel(Self.linear($0), data: data) }
    let test = try likelihoodRatioTest(of: models)
    #expect(agree(test.rows[1].statistic, 42.075387865350194, 1e-7))
    #expect(test.isNestingChecked)
    // One with its rows and one without: their number is all that can be seen.
    let mixed = try likelihoodRatioTest(models[0], Self.linear(Self.formulas[2]))
    #expect(mixed.notes.contains { $0.contains("could not be checked beyond their number") })
    let restricted = try SavedModel(
      Self.linear(Self.formulas[0], .sleepstudy, .restrictedMaximumLikelihood), data: data)
    let error = #expect(throws: MixedModelError.self) {
      try likelihoodRatioTest(restricted, models[2])
    }
    #expect(error?.kind == .unavailable)
  }

  @Test("Models that do not compare are refused, with the difference")
  func refused() throws {
    let data = Dataset.sleepstudy.table
    let model = try Self.linear(Self.formulas[0])
    let numbers = try #require(data["days"])
    let response = try #require(data["reaction"])
    let groups = try #require(data["subj"])
    let half = Array(0..<90)
    let part = try DataTable([
      ("days", numbers.rows(half)), ("reaction", response.rows(half)), ("subj", groups.rows(half)),
    ])
    let reversed = try DataTable([
      ("days", numbers), ("reaction", response.rows((0..<180).reversed())), ("subj", groups),
    ])
    let saved = try SavedModel(model, data: data)
    let otherSaved = try SavedModel(
      .fit(Self.formulas[2], data: reversed), data: reversed)
    let pairs: [(any MixedModel, any MixedModel, String)] = [
      (model, try LinearMixedModel.fit(Self.formulas[2], data: part), "180 and 90 rows"),
      (
        model, try LinearMixedModel.fit(Self.formulas[2], data: reversed),
        "their responses or rows are not the same"
      ),
      (saved, otherSaved, "the column \"reaction\" has not the same rows"),
      (
        model, try Self.linear("log(reaction) ~ 1 + days + (1 + days | subj)"),
        "their responses or rows"
      ),
      (
        saved,
        try SavedModel(
          Self.linear("log(reaction) ~ 1 + days + (1 + days | subj)"), data: data),
        "their responses are"
      ),
      (
        model, try Self.linear("reaction ~ 1 + I(days^2) + (1 + days | subj)"),
        "the column \"days\" of reaction ~ 1 + days + (1 | subj) is no combination"
      ),
      (
        try Self.linear("reaction ~ 1 + days + (0 + days | subj)"),
        try Self.linear("reaction ~ 1 + days + I(days^2) + (1 | subj)"),
        "the random effects by subj of the one with fewer parameters"
      ),
      (
        try Self.linear(Self.formulas[2]),
        try Self.linear(
          "reaction ~ 1 + days + I(days^2) + I(days^3) + (1 | subj) + (0 + days | subj)"),
        "correlations of the random effects by subj"
      ),
      (
        try Self.linear("diameter ~ 1 + (1 | plate)", .penicillin),
        try Self.linear("diameter ~ 1 + plate + (1 | sample)", .penicillin),
        "has no random effects by plate"
      ),
    ]
    for (small, large, difference) in pairs {
      let error = #expect(throws: MixedModelError.self) { try likelihoodRatioTest(small, large) }
      #expect(error?.description.contains(difference) ?? false, "\(error?.description ?? "")")
    }
    let one = #expect(throws: MixedModelError.self) { try likelihoodRatioTest(model) }
    #expect(one?.description == "There is one model only to compare. Give two models or more.")
    #expect(throws: MixedModelError.self) {
      try likelihoodRatioTest(of: [model, model], names: ["a"])
    }
  }

  @Test("Likelihoods of other kinds are refused")
  func generalized() throws {
    let data = Dataset.cbpp.table
    let formula: Formula = "incidence / size ~ period + (1 | herd)"
    let problem = try GeneralizedProblem(formula, data: data, family: .binomial)
    let laplace = try problem.fit()
    let null = try GeneralizedLinearMixedModel.fit(
      "incidence / size ~ 1 + (1 | herd)", data: data, family: .binomial)
    let test = try likelihoodRatioTest(null, laplace)
    #expect(test.rows[1].degreesOfFreedom == 3)
    // lme4 1.1-31, whose Laplace values are exact to 5e-5.
    #expect(agree(test.rows[1].statistic, 25.6100634402, 1e-5))
    for other in [
      try problem.fit(criterion: .quadrature(points: 5)),
      try problem.fit(criterion: .pseudoLikelihood),
      try GeneralizedProblem(formula, data: data, family: .binomial, link: .probit).fit(),
    ] {
      #expect(throws: MixedModelError.self) { try likelihoodRatioTest(null, other) }
    }
  }

  @Test("Information criteria need no nesting, and their weights add up to one")
  func criteria() throws {
    let models = [
      try Self.linear(Self.formulas[0]),
      try Self.linear("reaction ~ 1 + (1 + days | subj)"), try Self.linear(Self.formulas[2]),
    ]
    let table = try InformationCriteriaTable(of: models)
    #expect(table.rows.map(\.name) == models.map { "\($0.formula)" })
    #expect(abs(table.rows.reduce(0) { $0 + $1.weight } - 1) < 1e-12)
    // lme4 1.1-31: 1802.0786, 1785.4759 and 1763.9393.
    #expect(table.rows[2].deltaAIC == 0)
    #expect(agree(table.rows[0].deltaAIC, 1802.07864300523 - 1763.9393444632, 1e-6))
    #expect(agree(table.rows[1].deltaAIC, 1785.47588196107 - 1763.9393444632, 1e-6))
    #expect(agree(table.rows[1].weight / table.rows[2].weight, 2.1056e-5, 1e-3))
  }
}
