// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import Foundation
import MixedModelFitting
import ModelFormulas
import TestSupport
import Testing

@Suite("The basis of the fixed effects")
struct FixedEffectsBasisTests {
  /// The cross-products of a model matrix with a random response and one grouping factor.
  private func crossProducts(
    _ columns: [[Double]], weights: [Double]? = nil, seed: UInt64 = 1
  ) throws -> CrossProducts { try CrossProducts(rows(columns, weights: weights, seed: seed)) }

  private func rows(_ columns: [[Double]], weights: [Double]?, seed: UInt64) -> DesignRows {
    var random = SplitMix(seed: seed + 1000)
    let n = columns[0].count
    return DesignRows(
      fixedEffects: Matrix(n, columns.count) { columns[$1][$0] },
      terms: [
        DesignRows.Term(
          levelCodes: (0..<n).map { Int32($0 % 4) }, levelCount: 4, dimension: 1,
          values: [Double](repeating: 1, count: n))
      ],
      response: random.normals(n).map { 20 + 5 * $0 }, weights: weights, offset: nil)
  }

  private let one = [Double](repeating: 1, count: 31)
  private let year = (0..<31).map { 1990 + Double($0) }

  private func noise(_ seed: UInt64) -> [Double] {
    var random = SplitMix(seed: seed)
    return random.normals(31)
  }

  @Test("Coordinates map to weighted least-squares coefficients and their covariance matrix")
  func mapping() throws {
    for seed in UInt64(1)...5 {
      let columns = [one, noise(seed), noise(seed + 10).map { 100 + $0 }, noise(seed + 20)]
      var random = SplitMix(seed: seed)
      for weights in [nil, random.uniforms(31).map { 0.2 + abs($0) }] {
        let rows = rows(columns, weights: weights, seed: seed)
        let basis = try CrossProducts(rows).basis
        let x = rows.fixedEffects
        let scaled = Matrix(31, 4) { x[$0, $1] * (weights?[$0] ?? 1) }
        let gram = x.transposed * scaled
        let expected = gram.solve(scaled.transposed * Matrix(column: rows.response))
        let estimates = Matrix(column: basis.coefficients([0, 0, 0, 0]))
        #expect(estimates.relativeDifference(to: expected) < 1e-10)
        // (X'WX)⁻¹ = T (B'WB)⁻¹ T'
        let b = x * basis.transform
        let inner = (b.transposed * Matrix(31, 4) { b[$0, $1] * (weights?[$0] ?? 1) }).inverse
        #expect(
          basis.covariance(inner, scale: 2)
            .relativeDifference(to: Matrix(4, 4) { 2 * gram.inverse[$0, $1] }) < 1e-9)
        let determinant = (basis.transform.transposed * basis.transform).logDeterminant / 2
        #expect(abs(basis.logDeterminant - determinant) < 1e-10)
        // Coordinates beside zero move the coefficients by T.
        let moved = Matrix(column: basis.coefficients([1, -2, 0.5, 3]))
        let change = basis.transform * Matrix(column: [1, -2, 0.5, 3])
        #expect((moved - estimates).relativeDifference(to: change) < 1e-9)
      }
    }
  }

  @Test("Columns that others determine are left out, the later ones first")
  func aliased() throws {
    let x = noise(1)
    let z = noise(2)
    #expect(try crossProducts([one, one]).basis.estimable == [0])
    #expect(try crossProducts([one, x, one.map { 7 * $0 }]).basis.estimable == [0, 1])
    #expect(try crossProducts([one, x, x.map { 2 * $0 - 1 }]).basis.estimable == [0, 1])
    #expect(try crossProducts([x, x.map { -3 * $0 }, z]).basis.estimable == [0, 2])
    let sum = zip(x, z).map { 0.1 * $0 + 0.7 * $1 - 4 }
    #expect(try crossProducts([one, x, z, sum]).basis.estimable == [0, 1, 2])
    #expect(try crossProducts([sum, one, x, z]).basis.estimable == [0, 1, 2])
    #expect(
      try crossProducts([one, [Double](repeating: 0, count: 31), x]).basis.estimable == [0, 2])
    // A number that no binary fraction equals, so that centring leaves rounding errors.
    #expect(
      try crossProducts([one, [Double](repeating: 0.1, count: 31), x]).basis.estimable == [0, 2])
    #expect(try crossProducts([one, x, x.map { 0.1 * $0 + 1e6 }]).basis.estimable == [0, 1])
  }

  @Test("All indicators of a factor leave the constant one of them, and empty cells their column")
  func indicators() throws {
    let a = (0..<31).map { $0 % 3 }
    let b = (0..<31).map { $0 % 3 == 2 ? 0 : $0 / 3 % 2 }
    func indicator(_ condition: (Int) -> Bool) -> [Double] {
      (0..<31).map { condition($0) ? 1 : 0 }
    }
    let levels = (0..<3).map { level in indicator { a[$0] == level } }
    #expect(try crossProducts([one] + levels).basis.estimable == [0, 1, 2])
    #expect(try crossProducts(levels + [one]).basis.estimable == [0, 1, 2])
    // The combination (2, 1) never occurs, so its interaction is a column of zeros.
    let second = indicator { b[$0] == 1 }
    let interactions = (1..<3).map { level in indicator { a[$0] == level && b[$0] == 1 } }
    #expect(
      try crossProducts([one, levels[1], levels[2], second] + interactions).basis.estimable
        == [0, 1, 2, 3, 4])
  }

  @Test(
    "Raw polynomials of calendar years keep all their columns, in any unit",
    arguments: [1, 1e-12, 1e12])
  func polynomials(_ unit: Double) throws {
    for degree in 1...3 {
      let powers = (1...degree).map { power in year.map { unit * pow($0, Double(power)) } }
      #expect(try crossProducts([one] + powers).rank == degree + 1)
    }
  }

  @Test(
    "Nearly collinear columns are kept as long as they differ by more than rounding",
    arguments: [1e-4, 1e-5, 1e-6, 1e-7])
  func nearlyCollinear(_ distance: Double) throws {
    let x = noise(3)
    let near = zip(x, noise(4)).map { $0 + distance * $1 }
    for columns in [[one, x, near], [x, near], [one, near.map { 1e3 * $0 + 5 }, x]] {
      let basis = try crossProducts(columns).basis
      #expect(basis.rank == columns.count)
      // The estimates still solve the least-squares problem: their residual meets the columns at
      // right angles. What is lost is 1e-16 over the square of the distance, at most.
      let rows = rows(columns, weights: nil, seed: 1)
      let estimates = Matrix(column: basis.coefficients([Double](repeating: 0, count: basis.rank)))
      let residual = Matrix(column: rows.response) - rows.fixedEffects * estimates
      for column in columns {
        let product = zip(column, residual.values).reduce(0) { $0 + $1.0 * $1.1 }
        let length = column.reduce(0) { $0 + $1 * $1 }.squareRoot()
        #expect(abs(product) < 1e-6 * length * residual.largestMagnitude)
      }
    }
  }

  @Test(
    "A copy of a column with rounding errors only is left out", arguments: [1.0, 1e-12, 1e12])
  func roundingOnly(_ unit: Double) throws {
    let x = noise(5)
    let copy = x.map { unit * ((($0 + 1e3) - 1e3) * 3) / 3 }
    #expect(try crossProducts([one, x, copy]).basis.estimable == [0, 1])
  }

  @Test(
    "Units and origins of the columns change the criterion by the known determinant only",
    arguments: [(1e-12, 0), (1e12, 0), (3, 5e3), (1e-3, -20), (1e6, 1e9)])
  func invariance(_ unit: Double, _ origin: Double) throws {
    let table = try simulatedTable()
    let x = try numbers(table, "x")
    let moved = try table.replacing(
      "x", with: .numeric(NumericColumn(x.map { unit * $0 + origin })))
    let formula: Formula = "y ~ 1 + x + f + (1 | g) + (1 | h)"
    let original = try LinearProblem(formula, data: table)
    let changed = try LinearProblem(formula, data: moved)
    // An origin this far from the values costs digits of the values themselves.
    let lost = abs(origin / unit) * 1e-15
    for theta in [[1, 1], [0.3, 2], [0, 0.5]] {
      let ml = try original.objective(at: theta)
      #expect(abs(try changed.objective(at: theta) - ml) < 1e-9 + 1e3 * lost)
      let reml = try original.objective(at: theta, criterion: .restrictedMaximumLikelihood)
      let changedREML = try changed.objective(at: theta, criterion: .restrictedMaximumLikelihood)
      #expect(abs(changedREML - reml - 2 * log(unit)) < 1e-9 + 1e3 * lost)
    }
    let slope = try original.fit().fixedEffects["x"]
    let changedSlope = try changed.fit().fixedEffects["x"]
    let ratio = try #require(changedSlope).estimate / #require(slope).estimate * unit
    #expect(abs(ratio - 1) < 1e-7 + 1e3 * lost)
  }

  private func numbers(_ table: DataTable, _ name: String) throws -> [Double] {
    guard case .numeric(let column) = try table.column(name) else { return [] }
    return column.values
  }
}
