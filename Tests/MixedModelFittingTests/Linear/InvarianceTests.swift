// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import Foundation
import MixedModelFitting
import ModelFormulas
import TestSupport
import Testing

@Suite("What a linear mixed model does not depend on")
struct InvarianceTests {
  /// Sums in another order differ by rounding only.
  private static let rounding = 1e-9

  private func values(_ table: DataTable, _ name: String) throws -> [Double] {
    guard case .numeric(let column) = try table.column(name) else { return [] }
    return column.values
  }

  @Test("The order of the rows", arguments: TestModel.structures, TestModel.criteria)
  func rowOrder(_ model: TestModel, criterion: Criterion) throws {
    let table = try model.table()
    var random = SplitMix(seed: 1)
    let order = Array(0..<table.rowCount).shuffled(using: &random)
    let original = try model.problem()
    let shuffled = try LinearProblem(
      Formula(model.formula), data: table.filtered(rows: order), options: model.options)
    for _ in 0..<3 {
      let theta = original.randomTheta(&random)
      let first = try original.objective(at: theta, criterion: criterion)
      let second = try shuffled.objective(at: theta, criterion: criterion)
      #expect(abs(first - second) < Self.rounding)
    }
  }

  @Test("The order and the names of the levels of grouping factors")
  func levels() throws {
    let table = try simulatedTable()
    let formula: Formula = "y ~ 1 + x + (1 + x | g) + (1 | h)"
    let original = try LinearProblem(formula, data: table)
    guard case .categorical(let g) = try table.column("g"),
      case .categorical(let h) = try table.column("h")
    else { return }
    var random = SplitMix(seed: 2)
    let reordered = try LinearProblem(
      formula,
      data: table.reorderingLevels(of: "g", as: g.levels.shuffled(using: &random))
        .reorderingLevels(of: "h", as: h.levels.reversed()))
    let renamed = try LinearProblem(
      formula,
      data: table.replacing(
        "g", with: .categorical(CategoricalColumn(g.codes.map { "level \(100 - $0)" }))))
    for _ in 0..<5 {
      let theta = original.randomTheta(&random)
      let value = try original.objective(at: theta)
      #expect(abs(try reordered.objective(at: theta) - value) < Self.rounding)
      #expect(abs(try renamed.objective(at: theta) - value) < Self.rounding)
    }
  }

  @Test("The order of the terms in the formula")
  func termOrder() throws {
    let table = try simulatedTable()
    let first = try LinearProblem("y ~ 1 + x + f + (1 + x | g) + (1 | h)", data: table)
    let second = try LinearProblem("y ~ 1 + f + x + (1 | h) + (x + 1 | g)", data: table)
    var random = SplitMix(seed: 3)
    for criterion in TestModel.criteria {
      let theta = first.randomTheta(&random)
      let value = try first.objective(at: theta, criterion: criterion)
      #expect(
        abs(try second.objective(at: theta, criterion: criterion) - value) < Self.rounding)
    }
    // Of two terms with equally many effects the first written comes first.
    let forward = try LinearProblem("y ~ 1 + (1 | g) + (0 + x | g) + (1 | h)", data: table)
    let backward = try LinearProblem("y ~ 1 + (1 | h) + (0 + x | g) + (1 | g)", data: table)
    let value = try forward.objective(at: [0.5, 2, 0.7])
    #expect(abs(try backward.objective(at: [2, 0.5, 0.7]) - value) < Self.rounding)
  }

  @Test(
    "The unit and the origin of the response, but for the exact change of the density",
    arguments: [(1e-12, 0), (1e12, 0), (-3, 100), (0.01, -5), (1e60, 0), (1e-60, 0)])
  func response(_ unit: Double, _ origin: Double) throws {
    let table = try simulatedTable()
    let scaled = try table.replacing(
      "y", with: .numeric(NumericColumn(values(table, "y").map { unit * $0 + origin })))
    let formula: Formula = "y ~ 1 + x + f + (1 + x | g) + (1 | h)"
    let original = try LinearProblem(formula, data: table)
    let changed = try LinearProblem(formula, data: scaled)
    var random = SplitMix(seed: 4)
    for criterion in TestModel.criteria {
      let count = criterion == .maximumLikelihood ? 72.0 : 72 - Double(original.crossProducts.rank)
      let shift = 2 * count * log(abs(unit))
      for _ in 0..<3 {
        let theta = original.randomTheta(&random)
        let difference =
          try changed.objective(at: theta, criterion: criterion)
          - original.objective(at: theta, criterion: criterion)
        #expect(abs(difference - shift) < Self.rounding * max(1, abs(shift)))
      }
      let first = try original.fit(criterion: criterion)
      let second = try changed.fit(criterion: criterion)
      #expect(abs(second.sigma - abs(unit) * first.sigma) < 1e-6 * abs(unit) * first.sigma)
      for (index, coefficient) in first.fixedEffects.enumerated() {
        let expected = unit * coefficient.estimate + (index == 0 ? origin : 0)
        let error = abs(unit) * coefficient.standardError
        #expect(abs(second.fixedEffects[index].estimate - expected) < 1e-6 * error)
        #expect(abs(second.fixedEffects[index].standardError - error) < 1e-6 * error)
      }
    }
  }

  @Test("A function of the predictors added to the response moves the coefficients alone")
  func shift() throws {
    let table = try simulatedTable()
    let y = try values(table, "y")
    let x = try values(table, "x")
    let shifted = try table.replacing(
      "y", with: .numeric(NumericColumn(zip(y, x).map { $0 + 1000 - 50 * $1 })))
    let formula: Formula = "y ~ 1 + x + (1 + x | g)"
    let first = try LinearMixedModel.fit(formula, data: table)
    let second = try LinearMixedModel.fit(formula, data: shifted)
    #expect(abs(first.objective - second.objective) < Self.rounding)
    let changes = zip(second.fixedEffects, first.fixedEffects).map { $0.estimate - $1.estimate }
    #expect(abs(changes[0] - 1000) < 1e-8)
    #expect(abs(changes[1] + 50) < 1e-8)
  }

  @Test("Equal weights scale the residual variance and change nothing else")
  func equalWeights() throws {
    let table = try simulatedTable()
    let weighted = try table.replacing(
      "w", with: .numeric(NumericColumn([Double](repeating: 4, count: 72))))
    let formula: Formula = "y ~ 1 + x + (1 | g)"
    let first = try LinearMixedModel.fit(formula, data: table)
    let second = try LinearMixedModel.fit(
      formula, data: weighted, options: DesignOptions(weights: "w"))
    #expect(abs(first.objective - second.objective) < Self.rounding)
    // At a flat minimum the estimates are known to the root of what the objective is.
    #expect(abs(second.sigma - 2 * first.sigma) < 1e-5 * first.sigma)
    #expect(abs(second.theta[0] - first.theta[0] / 2) < 1e-5 * first.theta[0])
  }

  @Test(
    "The unit of a random slope's covariate, with theta in the data's own units",
    arguments: [1e-9, 1e-3, 1e6, 1e20])
  func covariateUnit(_ unit: Double) throws {
    let table = try simulatedTable()
    let scaled = try table.replacing(
      "x", with: .numeric(NumericColumn(values(table, "x").map { unit * $0 })))
    let formula: Formula = "y ~ 1 + x + (1 + x | g)"
    let first = try LinearProblem(formula, data: table)
    let second = try LinearProblem(formula, data: scaled)
    let value = try first.objective(at: [0.8, -0.3, 0.6])
    let other = try second.objective(at: [0.8, -0.3 / unit, 0.6 / unit])
    #expect(abs(value - other) < Self.rounding)
    let (a, b) = (try first.fit(), try second.fit())
    #expect(abs(a.objective - b.objective) < 1e-7)
    #expect(abs(b.theta[2] * unit - a.theta[2]) <= 1e-4 * a.theta[2])
  }
}
