// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MixedModelDatasets
import MixedModels
import Testing

@testable import MixedModelInference

@Suite("Diagnostics")
struct DiagnosticsTests {
  private static func sleepstudy() throws -> LinearMixedModel {
    try .fit("reaction ~ 1 + days + (1 + days | subj)", data: Dataset.sleepstudy.table)
  }

  private static func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test("The Kolmogorov-Smirnov test is that of R 4.2.2, exact for 10 and 50 values")
  func kolmogorovSmirnov() {
    // ks.test(((1:n - 0.3) / n)^1.3, "punif")
    for (count, distance, pValue) in [
      (10, 0.1254242103, 0.9914601835), (50, 0.1022391098, 0.6355028726),
      (200, 0.09774170795, 0.04379481232),
    ] {
      let values = (1...count).map { i in
        pow((Double(i) - 0.3) / Double(count), 1.3)
      }
      let test = QuantileResiduals.UniformityTest(values)
      #expect(abs(test.distance - distance) < 1e-9)
      // The correction for n is good to two hundredths.
      #expect(abs(test.pValue - pValue) < 0.02)
    }
    #expect(QuantileResiduals.UniformityTest((0..<50).map { Double($0) / 100 }).pValue < 1e-9)
  }

  @Test("Binomial tails are sums of probabilities")
  func binomialTail() {
    // Of 20 trials at 0.1: P(X >= 5) = 0.0431744953, P(X <= 0) = 0.1215766546 (pbinom, R 4.2.2).
    #expect(abs(binomialTwoSidedTail(5, of: 20, probability: 0.1) - 2 * 0.0431744953) < 1e-9)
    #expect(abs(binomialTwoSidedTail(0, of: 20, probability: 0.1) - 2 * 0.1215766546) < 1e-9)
    #expect(binomialTwoSidedTail(2, of: 20, probability: 0.1) == 1)
  }

  @Test("Quantile residuals are uniform under the model, depend on the seed only, and find faults")
  func quantileResiduals() throws {
    let data = Dataset.grouseticks.table
    let formula: Formula = "ticks ~ 1 + year + (1 | brood) + (1 | location)"
    let options = DesignOptions(categorical: ["year", "brood", "location"])
    let model = try GeneralizedLinearMixedModel.fit(
      formula, data: data, family: .poisson, criterion: .profiledLaplace, options: options)
    // A response that the model itself has drawn.
    let drawn = try model.simulatedResponses(
      count: 1, seed: 11, randomEffects: .current)[0]
    let right = try model.refitted(to: drawn)
      .quantileResiduals(simulations: 100, seed: 3, randomEffects: .current)
    #expect(right.values.allSatisfy { $0 > 0 && $0 < 1 } && right.values.count == 403)
    #expect(right.uniformity.pValue > 0.01)
    #expect(right.dispersion.ratio > 0.7 && right.dispersion.ratio < 1.3)
    // The data have more variation than the family, rows being single chicks.
    let residuals = try model.quantileResiduals(
      simulations: 100, seed: 3, randomEffects: .current)
    #expect(residuals.dispersion.ratio > 1.5 && residuals.dispersion.pValue < 0.05)
    #expect(residuals.outliers.count > right.outliers.count)
    let again = try model.quantileResiduals(
      simulations: 100, seed: 3, randomEffects: .current)
    #expect(again == residuals)
    let other = try model.quantileResiduals(
      simulations: 100, seed: 4, randomEffects: .current)
    #expect(other != residuals)
  }

  @Test("What rounding leaves of nothing is shown as nothing")
  func rounding() throws {
    let penicillin = try LinearMixedModel.fit(
      "diameter ~ 1 + (1 | plate) + (1 | sample)", data: Dataset.penicillin.table)
    #expect(try penicillin.varianceDecomposition().fixed == 0)
    // The intercept and slope of the base level of a factor do not depend on groups of the other.
    let orthodont = try LinearMixedModel.fit(
      "distance ~ 1 + age * Sex + (1 + age | Subject)", data: Dataset.orthodont.table)
    let table = try orthodont.influence(by: RowGroups("Subject", of: orthodont)).table
    let row = try #require(table.rows.first { $0[0] == .text("F02") })
    #expect(row[3] == .number(0) && row[4] == .number(0) && row[5] != .number(0))
  }

  @Test("A group without which a coefficient is lost has no estimates without it")
  func lostCoefficient() throws {
    let model = try LinearMixedModel.fit(
      "score ~ 1 + Machine + (1 | Worker)", data: Dataset.machines.table,
      options: DesignOptions(categorical: ["Worker"]))
    let groups = try RowGroups(column: "Machine", in: Dataset.machines.table, of: model)
    for method in [DeletionMethod.oneStep, .refit] {
      let influence = try model.influence(by: groups, method: method)
      #expect(influence.groups.map(\.level) == ["A", "B", "C"])
      #expect(influence.groups.allSatisfy { $0.coefficients == nil && $0.cooksDistance == nil })
      #expect(influence.groups.allSatisfy { $0.rowCount == 18 })
    }
  }

  @Test("One step is the fit without a row, where theta hardly moves")
  func oneStepNearRefit() throws {
    let model = try GeneralizedLinearMixedModel.fit(
      "incidence / size ~ period + (1 | herd)", data: Dataset.cbpp.table, family: .binomial)
    let herds = try RowGroups("herd", of: model)
    let oneStep = try model.influence(by: herds)
    let refit = try model.influence(by: herds, method: .refit)
    let errors = model.fixedEffects.standardErrors
    for (one, exact) in zip(oneStep.groups, refit.groups) {
      let ours = try #require(one.coefficients)
      let theirs = try #require(exact.coefficients)
      for (place, error) in errors.enumerated() {
        #expect(abs(ours[place] - theirs[place]) < 0.25 * error)
      }
    }
    // A single row, by either way.
    let distances = try model.cooksDistances()
    let row = RowGroups(
      name: "row", levels: ["first", "others"],
      codes: distances.indices.map { $0 == 0 ? 0 : 1 })
    let first = try #require(try model.influence(by: row).groups[0].cooksDistance)
    #expect(abs(distances[0] - first) < 1e-9 * first)
  }

  @Test("What does not fit the model is refused, and says why")
  func badInput() throws {
    let model = try Self.sleepstudy()
    #expect(
      Self.message { _ = try RowGroups("sub", of: model) }
        == "The model has no grouping factor \"sub\". Did you mean \"subj\"? Grouping factors: subj."
    )
    let table = Dataset.sleepstudy.table
    #expect(
      Self.message { _ = try RowGroups(column: "group", in: table, of: model) }
        .contains("\"group\""))
    #expect(
      Self.message {
        _ = try RowGroups(column: "subj", in: table.filtered(rows: [0, 1, 2]), of: model)
      }.contains("The table has 3 rows, and that of the fit had 180."))
    let days = try RowGroups(column: "days", in: table, of: model)
    #expect(
      Self.message { _ = try model.clusterRobustCovariance(.cr1, by: days) }.contains(
        "several of days have rows of the level \"S308\" of subj"))
    let one = RowGroups(
      name: "all", levels: ["x"], codes: [Int32](repeating: 0, count: 180))
    #expect(
      Self.message { _ = try model.clusterRobustCovariance(.cr1, by: one) }
        .contains("All rows are in one cluster of all."))
    let crossed = try LinearMixedModel.fit(
      "diameter ~ 1 + (1 | plate) + (1 | sample)", data: Dataset.penicillin.table)
    #expect(
      Self.message { _ = try crossed.clusterRobustCovariance() }.contains("crossed ones"))
    #expect(Self.message { _ = try model.zeroCount() }.contains("gaussian model"))
    #expect(Self.message { _ = try model.overdispersionTest() }.contains("gaussian model"))
    #expect(Self.message { _ = try model.varianceInflation() }.contains("fewer than two"))
    #expect(
      Self.message { _ = try model.quantileResiduals(simulations: 1) }
        .contains("does not accept \"1\""))
    let saved = try SavedModel(model, data: table)
    #expect(
      Self.message { _ = try saved.leverages() }.contains("Restore the model from its data first."))
    let binomial = try GeneralizedLinearMixedModel.fit(
      "incidence / size ~ period + (1 | herd)", data: Dataset.cbpp.table, family: .binomial,
      criterion: .profiledLaplace)
    #expect(
      Self.message { _ = try binomial.clusterRobustCovariance(.cr2) }
        .contains("Use cr0 or cr1."))
    let cauchit = try GeneralizedLinearMixedModel.fit(
      "incidence / size ~ period + (1 | herd)", data: Dataset.cbpp.table, family: .binomial,
      link: .cauchit, criterion: .profiledLaplace)
    #expect(
      Self.message { _ = try cauchit.varianceDecomposition() }.contains("cauchit link"))
  }
}
