// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import ModelOptimization
import Testing

@testable import MixedModelFitting

@Suite("The summary table")
struct ModelSummaryTests {
  private static let tables: [SeedTable] = [
    .dyestuff, .dyestuffREML, .dyestuff2, .sleepstudy, .sleepstudyZeroCorrelation,
    .sleepstudySeparate, .penicillin, .penicillinREML, .pastesNested, .pastesSample, .insteval,
    .categoricalFull, .categoricalSeparate, .categoricalFullDummy, .categoricalZeroCorrelation,
    .categoricalSeparateZeroCorrelation, .categoricalZeroCorrelationFullDummy, .verbagg,
    .verbaggFast, .verbaggMode,
  ]

  @Test(
    "print(model) is the published table byte for byte, but for lines listed", arguments: tables)
  func publishedTable(table: SeedTable) throws {
    let lines = try table.model().description.split(
      separator: "\n", omittingEmptySubsequences: false
    ).map(String.init)
    let published = table.text.split(separator: "\n", omittingEmptySubsequences: false)
      .map(String.init)
    try #require(lines.count == published.count)
    for difference in table.differences { #expect(published.contains(difference.published)) }

    var isVarianceRow = false
    for (line, expected) in zip(lines, published) {
      if expected.hasPrefix(" Number of obs") { isVarianceRow = false }
      if let difference = table.differences.first(where: { $0.published == expected }) {
        #expect(
          SeedTable.agree(line, difference.ours), "\(line)\nis not\n\(difference.ours)")
      } else if table.isIdentified || !isVarianceRow {
        #expect(line == expected)
      }
      if expected == "Variance components:" { isVarianceRow = true }
    }
  }

  @Test("The correlation with an effect of zero variance is shown as +NaN")
  func undefinedCorrelation() throws {
    // One evaluation, at parameters where the slopes have no variance.
    let model = try LinearMixedModel.fit(
      "reaction ~ 1 + days + (1 + days | subj)", data: Dataset.sleepstudy.table,
      optimization: OptimizationOptions(maxEvaluations: 1, start: [1, 0, 0]))
    let row = model.description.split(separator: "\n").first { $0.hasPrefix("         days") }
    #expect(row?.hasSuffix("  +NaN") == true)
  }

  private static func dyestuff2WithCovariate() throws -> DataTable {
    let table = Dataset.dyestuff2.table
    let x = (0..<table.rowCount).map { Double($0 % 5) }
    return try DataTable([
      ("yield", try table.column("yield")), ("batch", try table.column("batch")),
      ("x", .numeric(NumericColumn(x))),
    ])
  }

  @Test("Standard deviations out of reach of decimals are written with exponents")
  func exponents() throws {
    let table = Dataset.dyestuff.table
    guard case .numeric(let yield) = try table.column("yield") else { return }
    for (unit, expected) in [(1e-9, "e-8"), (1e9, "e10")] {
      let scaled = try table.replacing(
        "yield", with: .numeric(NumericColumn(yield.values.map { $0 * unit })))
      let model = try LinearMixedModel.fit("yield ~ 1 + (1 | batch)", data: scaled)
      let residual = model.description.split(separator: "\n").first { $0.hasPrefix("Residual") }
      #expect(residual?.hasSuffix("4.95101\(expected)") == true)
    }
  }

  @Test("With degrees of freedom the statistic is t and has a column of them")
  func degreesOfFreedom() throws {
    let model = try LinearMixedModel.fit("yield ~ 1 + (1 | batch)", data: Dataset.dyestuff.table)
    let text = ModelSummary(model, degreesOfFreedom: [29]).description
    #expect(text.contains("              Coef.  Std. Error    DF      t  Pr(>|t|)\n"))
    #expect(text.contains("(Intercept)  1527.5     17.6946  29.0  86.33    <1e-35\n"))
  }

  @Test("A dropped column keeps its row, with points for numbers")
  func aliasedColumn() throws {
    let table = try Self.dyestuff2WithCovariate()
    guard case .numeric(let x) = try table.column("x") else { return }
    let doubled = try DataTable([
      ("yield", try table.column("yield")), ("batch", try table.column("batch")),
      ("x", .numeric(x)), ("z", .numeric(NumericColumn(x.values.map { 2 * $0 }))),
    ])
    let model = try LinearMixedModel.fit("yield ~ 1 + x + z + (1 | batch)", data: doubled)
    let row = model.description.split(separator: "\n").first { $0.hasPrefix("z ") }
    #expect(row?.split(separator: " ") == ["z", ".", ".", ".", "."])
  }

  @Test("The table says where joint standard errors come from, and shows an estimated size")
  func generalizedHead() throws {
    let model = try GeneralizedLinearMixedModel.fit(
      "ticks ~ 1 + year + (1 | brood)", data: Dataset.grouseticks.table, family: .negativeBinomial)
    let lines = model.description.split(separator: "\n", omittingEmptySubsequences: false)
    let size = try #require(model.sizeParameter)
    #expect(
      Array(lines[1...6]) == [
        "  ticks ~ 1 + year + (1 | brood)", "  Distribution: NegativeBinomial{Float64}",
        "  Link: LogLink()", "  Size parameter: \(size.compactText)",
        "  Standard errors: joint, from the Hessian over all parameters", "",
      ])
  }

  @Test("A family with a dispersion has a residual row, and a quasi family no likelihood")
  func dispersion() throws {
    let model = try GeneralizedLinearMixedModel.fit(
      "reaction ~ 1 + days + (1 | subj)", data: Dataset.sleepstudy.table, family: .gamma,
      link: .log)
    #expect(model.description.contains("\nResidual "))
    let quasi = try GeneralizedLinearMixedModel.fit(
      "incidence / size ~ 1 + period + (1 | herd)", data: Dataset.cbpp.table,
      family: .quasiBinomial)
    #expect(quasi.description.contains("\n quasi-deviance: "))
    #expect(!quasi.description.contains("AIC"))
  }
}
