// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DataTables
import DenseMatrices
import MixedModelFitting
import ModelOptimization
import TestSupport
import Testing

@Suite("Sparse and dense tails of the factor")
struct SparseTailTests {
  /// Rows along a line, each meeting levels of three factors near its place.
  private func table() throws -> DataTable {
    var random = SplitMix(seed: 31)
    let levelCounts = [400, 260, 150]
    var factors = [[String]](repeating: [], count: levelCounts.count)
    var x: [Double] = []
    var y: [Double] = []
    for row in 0..<1500 {
      x.append(random.normal())
      y.append(1 + x[row] + random.normal())
      for (factor, count) in levelCounts.enumerated() {
        let level = (row * count / 1500 + random.index(below: 4)) % count
        factors[factor].append("l\(level)")
        y[row] += 0.5 * Double((level * 7919) % 13 - 6) / 6
      }
    }
    return try DataTable(
      numeric: ["y": y, "x": x],
      categorical: ["a": factors[0], "b": factors[1], "c": factors[2]])
  }

  private func problem() throws -> LinearProblem {
    try LinearProblem("y ~ 1 + x + (1 | a) + (1 + x | b) + (1 | c)", data: table())
  }

  @Test("The criterion and its derivatives are those of a dense tail")
  func agreement() throws {
    let problem = try problem()
    #expect(try !problem.layout.tail.isDense)
    let dense = CholeskyLayout(problem.crossProducts.layout, tail: .dense)
    var random = SplitMix(seed: 32)
    for criterion in [Criterion.maximumLikelihood, .restrictedMaximumLikelihood] {
      for _ in 0..<3 {
        let theta = (0..<problem.covariance.parameterCount).map { _ in random.normal() }
        let points = try [problem.layout, dense].map { layout in
          var deviance = ProfiledDeviance(
            problem.crossProducts, layout: layout, covariance: problem.covariance,
            criterion: criterion)
          var point = ObjectivePoint(parameterCount: theta.count)
          deviance.evaluate(at: theta, into: &point)
          return point
        }
        // Both lose the same few digits to rounding, in another order.
        let tolerance = 1e-9
        #expect(abs(points[0].value / points[1].value - 1) < tolerance)
        #expect(
          Matrix(column: points[0].gradient)
            .relativeDifference(to: Matrix(column: points[1].gradient)) < tolerance)
        #expect(points[0].hessian.relativeDifference(to: points[1].hessian) < tolerance)
      }
    }
  }

  @Test("A fit has a certificate, modes in the displayed order and a description")
  func fit() throws {
    let problem = try problem()
    let model = try problem.fit()
    #expect(model.certificate.isMinimum)
    let structure = model.blockStructure
    #expect(structure.names == ["b", "a", "c", "fixed"])
    #expect(structure.blocks[1][1].description == "Diag/Sparse")
    #expect(structure.blocks[2][1].crossProducts == .sparse)
    // By their normal equations, scalar modes are proportional to their level's residual sums.
    let group = try #require(model.randomEffects["c"])
    guard case .categorical(let column) = try table()["c"] else { return }
    var sums = [String: Double]()
    for (code, residual) in zip(column.codes, model.residuals()) {
      sums[column.levels[Int(code)], default: 0] += residual
    }
    let modes = group.conditionalModes.values
    let expected = group.levels.map { sums[$0] ?? .nan }
    let ratio =
      zip(modes, expected).reduce(0) { $0 + $1.0 * $1.1 }
      / expected.reduce(0) { $0 + $1 * $1 }
    #expect(ratio > 0)
    for (mode, sum) in zip(modes, expected) { #expect(abs(mode - ratio * sum) < 1e-8) }
  }
}
