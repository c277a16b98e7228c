// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import ModelFormulas
import Testing

@testable import MixedModelFitting

@Suite("Effects that two grouping factors share")
struct CoincidingEffectsTests {
  /// The table of the identification tests with the groups under other names, in another order, and
  /// pairs of groups.
  private static func table() throws -> DataTable {
    let table = try IdentificationTests.table()
    guard case .categorical(let groups)? = table["g"] else { return table }
    func column(_ name: (Int) -> String) -> Column {
      .categorical(CategoricalColumn(groups.codes.map { name(Int($0)) }))
    }
    return try table.replacing("late", with: column { "h\((7 * $0) % 20)" })
      .replacing("even", with: column { "pair \($0 / 2)" })
      .replacing("odd", with: .numeric(NumericColumn(groups.codes.map { 1 + 0.1 * Double($0) })))
  }

  private static let cases: [(formula: String, effects: [String], alone: String)] = [
    ("y ~ x + (1 | g) + (1 | late)", ["(Intercept)"], "y ~ x + (1 | g)"),
    ("y ~ x + (1 + x | g) + (0 + x2 | late)", ["x and x2"], "y ~ x + (1 + x | g)"),
    (
      "y ~ x + (1 + x || g) + (1 + x || late)", ["(Intercept)", "x"], "y ~ x + (1 + x || g)"
    ),
  ]

  @Test("Coinciding effects are noted, and the fit is that of one of the factors", arguments: cases)
  func noted(formula: String, effects: [String], alone: String) throws {
    let table = try Self.table()
    let model = try LinearMixedModel.fit(Formula(formula), data: table)
    let expected = FitNote.effectsCoincide(effects, groupingFactors: ["g", "late"])
    #expect(model.notes.contains(expected))
    let other = try LinearMixedModel.fit(Formula(alone), data: table)
    #expect(abs(model.objective - other.objective) < 1e-7 * abs(other.objective))
    // A saved model says so, too.
    let saved = try SavedModel(model, data: table)
    #expect(saved.notes == model.notes)
    let read = try SavedModel(json: saved.json())
    #expect(read.notes == model.notes)
  }

  @Test("The sum of the variances is what one factor has, in words")
  func wording() throws {
    let model = try LinearMixedModel.fit("y ~ x + (1 | g) + (1 | late)", data: Self.table())
    let alone = try LinearMixedModel.fit("y ~ x + (1 | g)", data: Self.table())
    let sum = model.varianceComponents.reduce(0) { $0 + $1.covariance[0, 0] }
    let expected = alone.varianceComponents[0].covariance[0, 0]
    #expect(abs(sum - expected) < 1e-4 * expected)
    #expect(
      model.notes.map(\.description).contains(
        "The grouping factors g and late have the same groups of rows, and the data cannot tell "
          + "their random effects (Intercept) apart: only sums of variances are identified, and one "
          + "way to share them is reported. The objective, the fixed effects and the fitted values "
          + "do not depend on it."))
  }

  @Test(
    "Other effects by the same groups, and other groups, are told apart",
    arguments: [
      "y ~ x + (1 | g) + (0 + x | late)", "y ~ x + (1 | g) + (0 + odd | late)",
      "y ~ x + (1 | even / g)",
    ])
  func apart(formula: String) throws {
    let model = try LinearMixedModel.fit(Formula(formula), data: Self.table())
    #expect(model.coincidingEffects.isEmpty)
  }

  @Test("A generalized model's effects are noted, too")
  func generalized() throws {
    let model = try GeneralizedLinearMixedModel.fit(
      "count ~ x + (1 | g) + (1 | late)", data: Self.table(), family: .poisson)
    #expect(
      model.notes.contains(.effectsCoincide(["(Intercept)"], groupingFactors: ["g", "late"])))
  }
}
