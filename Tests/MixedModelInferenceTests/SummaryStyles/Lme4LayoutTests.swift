// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelDatasets
import MixedModels
import Testing

/// Byte for byte what lme4 1.1-31 and lmerTest 3.1-3 print, at the minimum and with our names; see
/// the script beside the fixture.
@Suite("The layout of lme4")
struct Lme4LayoutTests {
  private static func expected(_ name: String) throws -> String {
    try TextFixture.section(name, of: "lme4-summaries")
  }

  private static func linear(
    _ formula: Formula, _ dataset: Dataset, reml: Bool = true, categorical: Set<String> = []
  ) throws -> LinearMixedModel {
    try LinearProblem(
      formula, data: dataset.table, options: DesignOptions(categorical: categorical)
    ).fit(criterion: reml ? .restrictedMaximumLikelihood : .maximumLikelihood)
  }

  @Test(
    "Linear models",
    arguments: [
      ("dyestuff ML", "yield ~ 1 + (1 | batch)", .dyestuff, false),
      ("dyestuff REML", "yield ~ 1 + (1 | batch)", .dyestuff, true),
      ("sleepstudy ML", "reaction ~ 1 + days + (1 + days | subj)", .sleepstudy, false),
      ("sleepstudy REML", "reaction~1+days+(1+days|subj)", .sleepstudy, true),
      ("sleepstudy zerocorr", "reaction ~ 1 + days + (1 + days || subj)", .sleepstudy, true),
      ("penicillin", "diameter ~ 1 + (1 | sample) + (1 | plate)", .penicillin, true),
      ("pastes", "strength ~ 1 + (1 | batch / cask)", .pastes, true),
      ("insteval dept", "y ~ 1 + service * dept + (1 | s) + (1 | d)", .insteval, false),
    ] as [(String, Formula, Dataset, Bool)])
  func linear(_ name: String, _ formula: Formula, _ dataset: Dataset, reml: Bool) throws {
    let model = try Self.linear(formula, dataset, reml: reml)
    let text = try model.summaryText(style: .lme4, dataName: dataset.name)
    #expect(text == (try Self.expected(name)))
  }

  @Test("A wide matrix of correlations with names that have to be shortened")
  func manyCoefficients() throws {
    let model = try Self.linear(
      "y ~ 1 + lectage * service + (1 | dept)", .insteval, reml: false, categorical: ["lectage"])
    let text = try model.summaryText(style: .lme4, dataName: "insteval")
    #expect(text == (try Self.expected("insteval lectage")))
  }

  @Test(
    "Degrees of freedom come with p-values and stars, as in lmerTest",
    arguments: [
      ("sleepstudy Satterthwaite", .satterthwaite, true),
      ("sleepstudy Kenward-Roger", .kenwardRoger, true),
      ("sleepstudy ML Satterthwaite", .satterthwaite, false),
    ] as [(String, any DegreesOfFreedomMethod, Bool)])
  func degreesOfFreedom(
    _ name: String, _ method: any DegreesOfFreedomMethod, reml: Bool
  ) throws {
    let model = try Self.linear("reaction ~ 1 + days + (1 + days | subj)", .sleepstudy, reml: reml)
    let text = try model.summaryText(
      style: .lme4, degreesOfFreedom: method, dataName: "sleepstudy")
    #expect(text == (try Self.expected(name)))
  }

  @Test("Three correlated effects")
  func correlations() throws {
    let model = try Self.linear("score ~ 1 + Machine + (1 + Machine | Worker)", .machines)
    let text = try model.summaryText(
      style: .lme4, degreesOfFreedom: .satterthwaite, dataName: "machines")
    let expected = try Self.expected("machines Satterthwaite")
    #expect(expected.hasPrefix(text + "\ndf "))
  }

  @Test("Residual degrees of freedom are named in the title")
  func residual() throws {
    let model = try Self.linear("yield ~ 1 + (1 | batch)", .dyestuff)
    let text = try model.summaryText(style: .lme4, degreesOfFreedom: .residual)
    #expect(
      text.hasPrefix(
        """
        Linear mixed model fit by REML. t-tests use residual degrees of freedom [
        lmerModLmerTest]
        Formula: yield ~ 1 + (1 | batch)

        REML
        """))
    #expect(text.contains("            Estimate Std. Error      df t value Pr(>|t|)    \n"))
    #expect(text.contains("(Intercept)  1527.50      19.38   29.00    78.8   <2e-16 ***\n"))
  }

  @Test("A singular fit says so at the end, in our words")
  func singular() throws {
    let model = try Self.linear("yield ~ 1 + (1 | batch)", .dyestuff2)
    let text = try model.summaryText(style: .lme4, dataName: "dyestuff2")
    let expected = try Self.expected("dyestuff2 REML")
    let end = try #require(expected.range(of: "optimizer ("))
    #expect(
      text == expected[..<end.lowerBound]
        + """
        optimizer (trustregion) convergence code: 0 (OK)
        The fit is singular: the random effects by batch have zero variance for (Intercept).
        """)
  }

  @Test("A dropped column has no row, and is named at the end")
  func aliased() throws {
    let model = try Self.linear("reaction ~ 1 + days + I(2 * days) + (1 | subj)", .sleepstudy)
    let text = try model.summaryText(style: .lme4)
    #expect(
      text.hasSuffix(
        """
        Fixed effects:
                    Estimate Std. Error t value
        (Intercept) 251.4051     9.7467   25.79
        days         10.4673     0.8042   13.02

        Correlation of Fixed Effects:
             (Intr)
        days -0.371
        fit warnings:
        The fixed-effects column I(2 * days) is left out because earlier columns determine it.
        """))
  }

  @Test("Columns of weights and offset stand below the data")
  func weightsAndOffset() throws {
    let model = try LinearProblem(
      "y ~ 1 + base + (1 | subject)", data: Dataset.epil.table,
      options: DesignOptions(weights: "period", offset: "lage")
    ).fit()
    let text = try model.summaryText(style: .lme4, dataName: "epil.csv")
    #expect(text.contains("\n   Data: epil.csv\nWeights: period\n Offset: lage\n\n"))
  }

  @Test("Where the counts of levels rise, terms are sorted by them, and equal ones are reversed")
  func order() throws {
    let model = try Self.linear(
      "angle ~ 1 + temp + (1 + temp || recipe) + (1 | replicate)", .cake)
    // lme4 1.1-31 under R 4.2.2.
    #expect(
      try model.summaryText(style: .lme4).contains(
        """
         Groups    Name        Variance Std.Dev.
         replicate (Intercept) 39.2062  6.2615  
         recipe    temp         0.0000  0.0000  
         recipe.1  (Intercept)  0.4931  0.7022  
         Residual              23.1624  4.8127  
        Number of obs: 270, groups:  replicate, 15; recipe, 3
        """))
  }

  @Test("Terms on one factor that are not correlated are blocks of their own")
  func blocks() throws {
    let model = try Self.linear(
      "reaction ~ 1 + days + (1 | subj) + (0 + days | subj)", .sleepstudy)
    let text = try model.summaryText(style: .lme4, dataName: "sleepstudy")
    let expected = try Self.expected("sleepstudy zerocorr")
      .split(separator: "\n", omittingEmptySubsequences: false)
    #expect(
      text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(2)
        .elementsEqual(expected.dropFirst(2)))
  }
}
