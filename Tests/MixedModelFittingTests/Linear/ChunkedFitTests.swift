// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import MixedModelErrors
import ModelFormulas
import TestSupport
import Testing

@testable import MixedModelFitting

/// Cross-products from chunks must be those of all rows at once, which other tests compare with dense
/// algebra; they agree to rounding.
@Suite("Rows chunk by chunk")
struct ChunkedFitTests {
  private static let rowCount = 3000

  /// Data whose rows are in no order of any column; x is far from zero.
  private static func table(missing: Bool = false) throws -> DataTable {
    var random = SplitMix(seed: 7)
    let groups = (0..<rowCount).map { _ in random.index(below: 40) }
    let items = (0..<rowCount).map { _ in random.index(below: 9) }
    let kinds = (0..<rowCount).map { _ in random.index(below: 3) }
    let x = random.normals(rowCount).map { 1000 + 3 * $0 }
    let groupEffects = random.normals(40)
    let itemEffects = random.normals(9)
    let noise = random.normals(rowCount)
    let y = (0..<rowCount).map { row -> Double in
      let centred = x[row] - 1000
      let group = groupEffects[groups[row]] * (1 + 0.1 * centred)
      return 50 + 2 * centred + group + itemEffects[items[row]] + Double(kinds[row]) + noise[row]
    }
    return try DataTable(
      numeric: [
        "y": missing ? y.enumerated().map { $0 % 71 == 3 ? .nan : $1 } : y, "x": x,
        "w": random.uniforms(rowCount).map { 0.2 + abs($0) }, "o": random.normals(rowCount),
        "f": (0..<rowCount).map { Double($0 % 4) },
      ],
      categorical: [
        "g": groups.map { "G\($0)" }, "i": items.map { "\($0 + 1)" },
        "k": missing
          ? kinds.enumerated().map { $0 % 97 == 5 ? nil : "kind \($1)" }
          : kinds.map { "kind \($0)" },
      ])
  }

  private static let cases: [(formula: Formula, options: DesignOptions)] = [
    ("y ~ 1 + x + (1 + x | g)", DesignOptions()),
    ("y ~ 1 + x * k + (1 | g) + (1 | i)", DesignOptions(weights: "w", offset: "o")),
    ("y ~ 0 + k + x + zerocorr(1 + k | i) + (1 | g)", DesignOptions(frequencyWeights: "f")),
    ("y ~ 1 + k + (1 | i/g)", DesignOptions()),
    ("y ~ k + poly(x, 2) + (1 + scale(x) | g) + (0 + k | i)", DesignOptions()),
    ("log(y + 200) ~ 1 + I(x^2) + k + offset(o) + (1 + k | g & i)", DesignOptions()),
  ]

  /// Expects two problems to be the same, to rounding.
  private func expectSame(_ one: LinearProblem, _ other: LinearProblem, _ tolerance: Double) throws
  {
    #expect(one.design.fixedEffectNames == other.design.fixedEffectNames)
    #expect(one.design.randomEffects.map(\.levels) == other.design.randomEffects.map(\.levels))
    #expect(one.design.rowCounts == other.design.rowCounts)
    #expect(one.crossProducts.layout.patterns == other.crossProducts.layout.patterns)
    #expect(one.crossProducts.basis.estimable == other.crossProducts.basis.estimable)
    for criterion in [Criterion.maximumLikelihood, .restrictedMaximumLikelihood] {
      let (first, second) = (
        try one.fit(criterion: criterion), try other.fit(criterion: criterion)
      )
      #expect(abs(first.objective / second.objective - 1) < tolerance)
      // The optimizer stops where the objective no longer changes, which leaves half of the digits.
      #expect(abs(first.sigma / second.sigma - 1) < 1e-6)
      let theta = first.theta
      // At the same theta the objectives agree to rounding.
      #expect(
        abs(
          try one.objective(at: theta, criterion: criterion)
            / other.objective(at: theta, criterion: criterion) - 1) < tolerance)
      for (left, right) in zip(first.fixedEffects.estimates, second.fixedEffects.estimates) {
        #expect(abs(left - right) < 1e-7 * max(1, abs(right)))
      }
    }
  }

  private func chunked(
    _ formula: Formula, _ table: DataTable, _ options: DesignOptions, chunkRowCount: Int
  ) throws -> CrossProducts? {
    let (design, learnt) = try ModelDesign.learning(
      formula: formula, data: table, options: options)
    var evaluator = learnt
    return try CrossProducts(design, from: &evaluator, chunkRowCount: chunkRowCount)
  }

  @Test("Chunks of a table give the cross-products of its rows", arguments: 0..<cases.count)
  func tableChunks(_ index: Int) throws {
    let (formula, options) = Self.cases[index]
    for missing in [false, true] {
      let table = try Self.table(missing: missing)
      let whole = try LinearProblem(formula, data: table, options: options)
      let products = try #require(
        try chunked(formula, table, options, chunkRowCount: 250))
      let rows = whole.rows
      try expectSame(LinearProblem(whole.design, products) { rows }, whole, 1e-11)
      // With weights the columns are scaled by another measure of their spread.
      guard options.weights == nil, options.frequencyWeights == nil else { continue }
      let scale = whole.crossProducts.matrix.values.map(abs).max() ?? 1
      let differences = zip(products.matrix.values, whole.crossProducts.matrix.values).map {
        abs($0 - $1)
      }
      #expect(differences.max() ?? 1 < 1e-11 * scale)
      for (left, right) in zip(
        products.basis.transform.values, whole.crossProducts.basis.transform.values)
      {
        #expect(abs(left - right) < 1e-10 * max(1, abs(right)))
      }
    }
  }

  @Test("Columns that others determine are found without the rows")
  func collinear() throws {
    let table = try Self.table()
    let options = DesignOptions(weights: "w")
    let formulas: [Formula] = [
      "y ~ x + I(2 * x) + k + (1 | g)", "y ~ 0 + I(7 + 0 * x) + k + x + (1 | g)",
    ]
    for formula in formulas {
      let problem = try LinearProblem(formula, data: table, options: options)
      let products = try #require(try chunked(formula, table, options, chunkRowCount: 250))
      let rows = problem.rows
      let other = LinearProblem(problem.design, products) { () throws(MixedModelError) in rows }
      #expect(other.crossProducts.basis.rank == other.design.fixedEffectNames.count - 1)
      try expectSame(other, problem, 1e-11)
      let response = rows.response.map { 3 - $0 / 2 }
      let (one, two) = (
        try other.fit().refitted(to: response), try problem.fit().refitted(to: response)
      )
      #expect(abs(one.objective / two.objective - 1) < 1e-11)
    }
  }

  @Test("Rows that need more than one pass are left to it")
  func declined() throws {
    let table = try Self.table()
    let none = DesignOptions()
    // Too few rows; nearly collinear columns; a constant that others determine; a column far off; a covariate to be rescaled.
    #expect(try chunked("y ~ x + (1 | g)", table, none, chunkRowCount: 2000) == nil)
    #expect(
      try chunked("y ~ x + I(2 * x + w / 100000) + (1 | g)", table, none, chunkRowCount: 250)
        == nil)
    #expect(
      try chunked("y ~ 0 + k + I(7 + 0 * x) + (1 | g)", table, none, chunkRowCount: 250) == nil)
    #expect(try chunked("y ~ I(x * 1e130) + (1 | g)", table, none, chunkRowCount: 250) == nil)
    #expect(
      try chunked("y ~ x + (1 + I(x * 1e9) | g)", table, none, chunkRowCount: 250) == nil)
    var values = [Double](repeating: 0, count: Self.rowCount)
    values[1] = 1e12
    values[2] = -1e12
    let spiked = try table.replacing("x", with: .numeric(NumericColumn(values)))
    let problem = try LinearProblem("y ~ x + (1 | g)", data: spiked)
    if let products = try chunked("y ~ x + (1 | g)", spiked, none, chunkRowCount: 250) {
      let rows = problem.rows
      try expectSame(LinearProblem(problem.design, products) { rows }, problem, 1e-11)
    }
  }

  @Test("Residuals, refits and saved models follow from rows made late")
  func deferredRows() throws {
    let count = 17_000
    var random = SplitMix(seed: 3)
    let groups = (0..<count).map { _ in random.index(below: 50) }
    let x = random.normals(count)
    let effects = random.normals(50)
    let noise = random.normals(count)
    let y = (0..<count).map { 1 + x[$0] + effects[groups[$0]] + noise[$0] }
    let table = try DataTable(
      numeric: ["y": y, "x": x], categorical: ["g": groups.map { "\($0)" }])
    let problem = try LinearProblem("y ~ x + (1 | g)", data: table)
    let model = try problem.fit()
    let whole = try LinearProblem(problem.design, problem.rows).fit()
    let differences = zip(model.residuals(), whole.residuals()).map { abs($0 - $1) }
    #expect(differences.count == count)
    #expect(differences.max() ?? 1 < 1e-6)
    let refitted = try model.refitted(to: y.reversed())
    let expected = try whole.refitted(to: y.reversed())
    #expect(abs(refitted.objective / expected.objective - 1) < 1e-11)
    #expect(try SavedModel(model, data: table).objective == model.objective)
    // With weights the scales of the two bases differ.
    let weights = random.uniforms(count).map { 0.2 + abs($0) }
    let weighted = try DataTable([
      ("y", .numeric(NumericColumn(y))), ("x", .numeric(NumericColumn(x))),
      ("w", .numeric(NumericColumn(weights))), ("g", try table.column("g")),
    ])
    let weightedProblem = try LinearProblem(
      "y ~ x + (1 | g)", data: weighted, options: DesignOptions(weights: "w"))
    let late = try weightedProblem.fit().refitted(to: y.reversed())
    let early = try LinearProblem(weightedProblem.design, weightedProblem.rows).fit()
      .refitted(to: y.reversed())
    #expect(abs(late.objective / early.objective - 1) < 1e-11)
    #expect(abs(late.fixedEffects.estimates[1] - early.fixedEffects.estimates[1]) < 1e-8)
  }
}
