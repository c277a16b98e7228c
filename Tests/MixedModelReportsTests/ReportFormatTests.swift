// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelDatasets
import MixedModels
import Testing

@testable import MixedModelReports

@Suite("Reports")
struct ReportFormatTests {
  private static func report(
    _ formula: Formula = "yield ~ 1 + (1 | batch)", _ dataset: Dataset = .dyestuff,
    degreesOfFreedom: any DegreesOfFreedomMethod = .infinite, includesRandomEffects: Bool = false
  ) throws -> ModelReport {
    ModelReport(
      try LinearMixedModel.fit(formula, data: dataset.table), degreesOfFreedom: degreesOfFreedom,
      includesRandomEffects: includesRandomEffects)
  }

  @Test("Text is the summary with a line end")
  func text() throws {
    let report = try Self.report()
    #expect(try TextFormat().text(of: report) == report.model.description + "\n")
  }

  @Test("Text can list the conditional modes")
  func textWithModes() throws {
    let text = try TextFormat().text(of: try Self.report(includesRandomEffects: true))
    #expect(
      text.hasSuffix(
        """

          Conditional modes by batch, with standard deviations:
           (Intercept)       SD
        A     -16.6282  19.0345
        B     0.369516  19.0345
        C      26.9747  19.0345
        D     -21.8014  19.0345
        E      53.5798  19.0345
        F     -42.4943  19.0345

        """))
  }

  @Test("CSV is the coefficient table, then the modes after an empty line")
  func csv() throws {
    let plain = try CSVFormat().text(of: try Self.report())
    let lines = plain.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 3)
    #expect(lines[0] == "name,estimate,standardError,statistic,df,pValue")
    let fields = lines[1].split(separator: ",", omittingEmptySubsequences: false)
    #expect(fields.count == 6)
    #expect(fields[0] == "(Intercept)")
    #expect(abs((Double(fields[1]) ?? 0) - 1527.5) < 1e-9)
    #expect(fields[4] == "")
    let long = try CSVFormat().text(of: try Self.report(includesRandomEffects: true))
    #expect(long.contains("\n\ngroup,level,name,mode,standardDeviation\nbatch,A,(Intercept),-16.6"))
  }

  @Test("Fields are quoted where RFC 4180 asks")
  func quoting() {
    var text = CSVText(header: ["a,b", "c"])
    text.append(["say \"x\"", "two\r\nlines"])
    #expect(text.text == "\"a,b\",c\n\"say \"\"x\"\"\",\"two\r\nlines\"\n")
  }

  @Test("Markdown has a table for each part and escapes its own characters")
  func markdown() throws {
    let text = try MarkdownFormat().text(
      of: try Self.report(
        "reaction ~ 1 + days + (1 + days | subj)", .sleepstudy, degreesOfFreedom: .residual))
    #expect(text.hasPrefix("**Linear mixed model fit by maximum likelihood**\n\n"))
    #expect(text.contains("| subj | days | 32.6822 | 5.71683 | +0.08 |\n"))
    #expect(text.contains("|  | Coef. | Std. Error | DF | t | Pr(>\\|t\\|) |\n"))
    #expect(text.contains("| days | 10.4673 | 1.50224 | 178.0 | 6.97 | \\<1e-10 |\n"))
  }

  @Test("A REML report shows the criterion and no likelihood in Markdown")
  func markdownREML() throws {
    let model = try LinearMixedModel.fit(
      "yield ~ 1 + (1 | batch)", data: Dataset.dyestuff.table,
      criterion: .restrictedMaximumLikelihood)
    let text = try MarkdownFormat().text(of: ModelReport(model))
    #expect(text.contains("| REML criterion at convergence |\n| --: |\n| 319.6543 |\n"))
  }

  @Test("JSON: correlations are 0 where fixed and null where undefined, timings null unless given")
  func jsonDetails() throws {
    let text = try JSONFormat().text(
      of: try Self.report("reaction ~ 1 + days + zerocorr(1 + days | subj)", .sleepstudy))
    #expect(text.contains("[1.0, 0.0],\n"))
    #expect(text.contains("\"structure\": \"diagonal\""))
    #expect(text.contains("\"randomEffects\": null"))
    #expect(text.contains("\"read\": null"))
    let singular = try JSONFormat().text(
      of: try Self.report("yield ~ 1 + (1 | batch)", .dyestuff2))
    #expect(singular.contains("\"singular\": true"))
    #expect(singular.contains("[null]"))
    #expect(singular.contains("\"warnings\": [\"The fit is singular: "))
  }

  @Test("An aliased column keeps its name and has nulls")
  func aliased() throws {
    let text = try JSONFormat().text(
      of: try Self.report("reaction ~ 1 + days + I(2 * days) + (1 | subj)", .sleepstudy))
    #expect(
      text.contains(
        """
              "name": "I(2 * days)",
              "estimate": null,
              "standardError": null,
              "statistic": null,
              "df": null,
              "pValue": null
        """))
  }

  @Test("Formats are found by name; others are refused with what there is")
  func names() throws {
    #expect(ReportFormats.names == ["text", "json", "csv", "markdown"])
    for name in ReportFormats.names {
      #expect(type(of: try ReportFormats.named(name)).name == name)
    }
    #expect(
      throws: MixedModelError.formatNotAvailable("latex", available: ReportFormats.names)
    ) { try ReportFormats.named("latex") }
    #expect(throws: MixedModelError.unknownFormat("xml", available: ReportFormats.names)) {
      try ReportFormats.named("xml")
    }
  }
}

@Suite("Reports of generalized models")
struct GeneralizedReportTests {
  private static func report(_ family: any Family) throws -> ModelReport {
    ModelReport(
      try GeneralizedLinearMixedModel.fit(
        "incidence / size ~ 1 + period + (1 | herd)", data: Dataset.cbpp.table, family: family))
  }

  @Test("JSON has null for what the family does not have")
  func nulls() throws {
    let binomial = try JSONFormat().text(of: try Self.report(.binomial))
    for key in ["sigma", "dispersion", "sizeParameter"] {
      #expect(binomial.contains("\"\(key)\": null"))
    }
    #expect(!binomial.contains("\"aic\": null"))
    let quasi = try JSONFormat().text(of: try Self.report(.quasiBinomial))
    for key in ["logLik", "aic", "aicc", "bic"] { #expect(quasi.contains("\"\(key)\": null")) }
    #expect(!quasi.contains("\"sigma\": null"))
    #expect(quasi.contains("\"family\": \"quasibinomial\""))
  }

  @Test("Markdown names the distribution and has no residual row without a dispersion")
  func markdown() throws {
    let binomial = try MarkdownFormat().text(of: try Self.report(.binomial))
    #expect(binomial.contains("\n\nDistribution: Binomial{Float64}\n\nLink: LogitLink()\n\n"))
    #expect(!binomial.contains("| Residual |"))
    let quasi = try MarkdownFormat().text(of: try Self.report(.quasiBinomial))
    #expect(quasi.contains("| Residual |"))
  }
}
