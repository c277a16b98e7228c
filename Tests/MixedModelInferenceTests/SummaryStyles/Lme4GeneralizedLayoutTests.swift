// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelDatasets
import MixedModels
import Testing

/// Byte for byte what lme4 1.1-31 prints of `glmer`, at the minimum and with our names.
@Suite("The layout of lme4 for generalized models")
struct Lme4GeneralizedLayoutTests {
  private static func fit(
    _ formula: Formula, _ dataset: Dataset, _ family: any Family, link: (any Link)? = nil,
    criterion: GeneralizedCriterion = .laplace
  ) throws -> GeneralizedLinearMixedModel {
    try GeneralizedLinearMixedModel.fit(
      formula, data: dataset.table, family: family, link: link, criterion: criterion)
  }

  @Test(
    "Binomial, Poisson and Bernoulli models",
    arguments: [
      ("cbpp", "incidence / size ~ period + (1 | herd)", .cbpp, .binomial, .laplace),
      (
        "grouseticks",
        "ticks ~ 1 + year + center(height) + (1 | index) + (1 | brood) + (1 | location)",
        .grouseticks, .poisson, .laplace
      ),
      (
        "contra", "use ~ 1 + age + urban + livch + (1 | dist)", .contra, .bernoulli,
        .quadrature(points: 9)
      ),
    ] as [(String, Formula, Dataset, any Family, GeneralizedCriterion)])
  func families(
    _ name: String, _ formula: Formula, _ dataset: Dataset, _ family: any Family,
    _ criterion: GeneralizedCriterion
  ) throws {
    let model = try Self.fit(formula, dataset, family, criterion: criterion)
    let text = try model.summaryText(style: .lme4, dataName: dataset.name)
    #expect(text == (try TextFixture.section(name, of: "lme4-summaries")))
  }

  @Test("A dispersion has a row, and statistics are called t; laid out by R from our numbers")
  func gamma() throws {
    let model = try Self.fit(
      "score ~ Machine + (1 | Worker)", .machines, .gamma, link: .log)
    let text = try model.summaryText(style: .lme4, dataName: "machines")
    #expect(text == (try TextFixture.section("machines gamma", of: "lme4-summaries")))
  }

  @Test("The family line has R's names, and a size parameter")
  func familyLines() throws {
    func line(_ family: any Family, _ link: (any Link)? = nil) throws -> String {
      let text = try Self.fit("y ~ 1 + base + (1 | subject)", .epil, family, link: link)
        .summaryText(style: .lme4)
      return String(
        try #require(text.split(separator: "\n").first { $0.hasPrefix(" Family:") }))
    }
    #expect(try line(.poisson, SquareRootLink()) == " Family: poisson  ( sqrt )")
    #expect(try line(.quasiPoisson) == " Family: quasipoisson  ( log )")
    #expect(
      try line(try NegativeBinomial(size: 7.41236)) == " Family: Negative Binomial(7.4124)  ( log )"
    )
  }

  @Test("Where there is no likelihood, the criterion stands alone")
  func criteria() throws {
    let quasi = try Self.fit(
      "incidence / size ~ period + (1 | herd)", .cbpp, .quasiBinomial
    ).summaryText(style: .lme4)
    #expect(quasi.contains("\n\nquasi-deviance: "))
    let pseudo = try Self.fit(
      "incidence / size ~ period + (1 | herd)", .cbpp, .binomial, criterion: .pseudoLikelihood
    ).summaryText(style: .lme4)
    #expect(
      pseudo.hasPrefix(
        "Generalized linear mixed model fit by pseudo-likelihood (MPL) ['glmerMod']\n"))
    #expect(pseudo.contains("\n\ncriterion of the pseudo-data: "))
  }
}
