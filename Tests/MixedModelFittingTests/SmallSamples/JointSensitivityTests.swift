// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import MixedModelDatasets
import ModelFormulas
import TestSupport
import Testing

@testable import MixedModelFitting

@Suite("How the errors of predictions move with the variances")
struct JointSensitivityTests {
  /// The covariance matrix of `x'(β̂ - β) + z'(b̂ - b)` by generalized least squares with n × n
  /// matrices, as a function of the covariance matrices of the random effects.
  private struct DenseErrors {
    let dense: DenseModel
    let layout: [(start: Int, count: Int, dimension: Int)]
    let covariances: [Matrix]
    let scale: Double

    init(_ model: LinearMixedModel) {
      dense = DenseModel(model.problem)
      layout = model.problem.crossProducts.layout.terms.map { ($0.start, $0.count, $0.dimension) }
      covariances = model.termFactors.map { $0 * $0.transposed }
      scale = model.sigma * model.sigma
    }

    func covariance(_ x: Matrix, _ z: Matrix, moved term: Int, by change: Matrix) -> Matrix {
      let q = dense.z.columnCount
      var middle = Matrix(rowCount: q, columnCount: q)
      for (place, shape) in layout.enumerated() {
        let k = shape.dimension
        let block = place == term ? covariances[place] + change : covariances[place]
        for first in stride(from: shape.start, to: shape.start + shape.count, by: k) {
          for j in 0..<k { for i in 0..<k { middle[first + i, first + j] = block[i, j] } }
        }
      }
      let half = dense.z * middle
      var v = half * dense.z.transposed
      for i in 0..<v.rowCount { v[i, i] += 1 / dense.weights[i] }
      let weightedZ = v.solve(half)
      let weightedX = v.solve(dense.x)
      let phi = (dense.x.transposed * weightedX).inverse
      let u = x - z * (half.transposed * weightedX)
      let known = z * (middle - half.transposed * weightedZ) * z.transposed
      let sum = known + u * phi * u.transposed
      return Matrix(sum.rowCount, sum.rowCount) { scale * sum[$0, $1] }
    }

    /// The derivative along a change by differences of fourth order.
    func slope(_ x: Matrix, _ z: Matrix, along term: Int, _ change: Matrix) -> Matrix {
      let step = 1e-3
      var sum = Matrix(rowCount: x.rowCount, columnCount: x.rowCount)
      for (multiple, weight) in [(1.0, 8.0), (-1, -8), (2, -1), (-2, 1)] {
        let moved = covariance(
          x, z, moved: term, by: change.scaled(by: multiple * step))
        sum = sum + moved.scaled(by: weight / (12 * step))
      }
      return sum
    }
  }

  /// Differences of fourth order leave about 1e-8 of the largest entry.
  private static let tolerance = 1e-7

  /// The estimable columns of X and the random-effects matrix of some rows.
  private func matrices(
    _ rows: DesignRows, of model: LinearMixedModel
  ) -> (x: Matrix, z: Matrix) {
    let estimable = model.fixedEffects.estimable
    let layout = model.problem.crossProducts.layout
    var z = Matrix(rowCount: rows.rowCount, columnCount: layout.randomCount)
    for (term, shape) in zip(rows.terms, layout.terms) {
      for (row, code) in term.levelCodes.enumerated() where code >= 0 {
        for effect in 0..<term.dimension {
          z[row, shape.start + Int(code) * term.dimension + effect] =
            term.values[row * term.dimension + effect]
        }
      }
    }
    return (Matrix(rows.rowCount, estimable.count) { rows.fixedEffects[$0, estimable[$1]] }, z)
  }

  /// A change of the relative covariance matrix in the units of the data.
  private func inUnits(_ change: CovarianceChange, _ scales: [[Double]]) -> Matrix {
    let scales = scales[change.term]
    return Matrix(scales.count, scales.count) {
      change.matrix[$0, $1] / (scales[$0] * scales[$1])
    }
  }

  /// Every combination of levels, new ones, and many rows with the same levels.
  private func newRows(of design: ModelDesign) throws -> DesignRows {
    var random = SplitMix(seed: 12)
    let n = 30
    func levels(_ letter: String, _ count: Int) -> [String] {
      (0..<n).map { row in
        row % 7 == 3
          ? "new" : row > 20 ? "\(letter)1" : "\(letter)\(random.index(below: count))"
      }
    }
    let f = (0..<n).map { _ in "f\(random.index(below: 3))" }
    return try design.rows(
      of: DataTable(
        numeric: [
          "x": random.normals(n), "z": random.normals(n), "twice": random.normals(n),
          "o": random.normals(n),
        ],
        categorical: [
          "g": levels("g", 9), "h": levels("h", 5), "k": levels("k", 3), "f": f,
        ]), for: .prediction)
  }

  @Test(
    "The derivatives of every row's error are those of dense algebra, for every structure",
    arguments: TestModel.structures)
  func rows(_ test: TestModel) throws {
    let model = try test.problem().fit(criterion: .restrictedMaximumLikelihood)
    let oracle = DenseErrors(model)
    let sensitivity = try JointSensitivity(model, changes: model.linearChanges)
    var tables = [model.problem.rows]
    if case .simulated = test.source { tables.append(try newRows(of: model.design)) }
    for rows in tables {
      let (x, z) = matrices(rows, of: model)
      let slopes = sensitivity.slopes(of: rows)
      #expect(slopes.count == rows.rowCount)
      for (place, change) in sensitivity.changes.enumerated() {
        let expected = oracle.slope(
          x, z, along: change.term, inUnits(change, sensitivity.effectUnits.map(\.scales)))
        let diagonal = (0..<rows.rowCount).map { expected[$0, $0] }
        #expect(
          Matrix(column: slopes.map { $0[place] }).relativeDifference(
            to: Matrix(column: diagonal)) < Self.tolerance)
      }
    }
  }

  @Test("Of combinations with any weights, too", arguments: TestModel.structures)
  func combinations(_ test: TestModel) throws {
    let model = try test.problem().fit()
    let sensitivity = try JointSensitivity(model, changes: model.linearChanges)
    var random = SplitMix(seed: 7)
    let h = Matrix(3, model.fixedEffects.count) { _, _ in random.uniform() }
    let k = Matrix(3, model.problem.crossProducts.layout.randomCount) { row, _ in
      row == 2 ? 0 : random.uniform()
    }
    let slopes = sensitivity.slopes(fixedEffects: h, randomEffects: k)
    let oracle = DenseErrors(model)
    for (change, slope) in zip(sensitivity.changes, slopes) {
      let expected = oracle.slope(
        h, k, along: change.term, inUnits(change, sensitivity.effectUnits.map(\.scales)))
      #expect(slope.relativeDifference(to: expected) < Self.tolerance)
    }
    // Without random effects they are those of the fixed effects' covariance matrix.
    for (change, slope) in zip(sensitivity.changes, slopes) {
      let row = Matrix(1, h.columnCount) { h[2, $1] }
      let own = try row.congruence(CovarianceSensitivity(model).derivative(along: change))[0, 0]
      #expect(abs(slope[2, 2] - own) < 1e-10 * (1 + abs(own)))
    }
  }

  @Test("Covariates of any magnitude give the same degrees of freedom")
  func units() throws {
    func degrees(_ formula: String) throws -> [Double] {
      let model = try LinearMixedModel.fit(
        Formula(formula), data: Dataset.sleepstudy.table, criterion: .restrictedMaximumLikelihood)
      let uncertainty = PredictionUncertainty(
        sensitivity: try JointSensitivity(model, changes: model.thetaChanges),
        parameterCovariance: try #require(try model.variancesOfCovarianceParameters()))
      let rows = model.problem.rows
      let variances = try model.jointFactor().meanSquaredErrors(of: rows)
      return zip(variances, uncertainty.sensitivity.slopes(of: rows)).map {
        uncertainty.degreesOfFreedom(ofVariance: $0, slopes: $1)
      }
    }
    let plain = try degrees("reaction ~ 1 + days + (1 + days | subj)")
    for factor in ["1e9", "1e-9"] {
      let scaled = try degrees(
        "reaction ~ 1 + I(\(factor) * days) + (1 + I(\(factor) * days) | subj)")
      #expect(Matrix(column: scaled).relativeDifference(to: Matrix(column: plain)) < 1e-5)
    }
  }

  @Test("Levels fall into the parts that share no row")
  func components() throws {
    func parts(_ formula: String) throws -> LevelComponents {
      LevelComponents(
        try LinearProblem(Formula(formula), data: simulatedTable()).crossProducts.layout)
    }
    #expect(try parts("y ~ 1 + (1 + x | g)").count == 9)
    let nested = try parts("y ~ 1 + (1 | h / k)")
    #expect(nested.count == 5)
    let crossed = try parts("y ~ 1 + (1 | g) + (1 | h)")
    #expect(crossed.count == 1)
    #expect(Array(crossed.levels(ofTerm: 1, inPart: 0)) == [0, 1, 2, 3, 4])
    // Each level of h with the cells that it holds.
    for part in 0..<5 {
      let outer = nested.levels(ofTerm: 1, inPart: part)
      #expect(outer.count == 1)
      for level in nested.levels(ofTerm: 0, inPart: part) {
        #expect(nested.part(term: 0, level: Int(level)) == part)
      }
    }
  }
}
