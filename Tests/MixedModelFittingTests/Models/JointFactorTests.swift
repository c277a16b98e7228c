// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import MixedModelDatasets
import ModelFormulas
import TestSupport
import Testing

@testable import MixedModelFitting

@Suite("Mean squared errors of prediction")
struct JointFactorTests {
  /// Every combination of levels, those that never met in the rows of the fit too.
  private func newRows(of design: ModelDesign) throws -> DesignRows {
    var random = SplitMix(seed: 11)
    let n = 40
    return try design.rows(
      of: DataTable(
        numeric: [
          "x": random.normals(n), "z": random.normals(n), "twice": random.normals(n),
          "o": random.normals(n),
        ],
        categorical: [
          "g": (0..<n).map { _ in "g\(random.index(below: 8))" },
          "h": (0..<n).map { _ in "h\(random.index(below: 5))" },
          "k": (0..<n).map { _ in "k\(random.index(below: 4))" },
          "f": (0..<n).map { _ in "f\(random.index(below: 3))" },
        ]), for: .prediction)
  }

  /// The estimable columns of X, and Z times Λ, dense.
  private func dense(
    _ rows: DesignRows, estimable: [Int], _ layout: [(start: Int, factor: Matrix)], count: Int
  ) -> (x: Matrix, z: Matrix) {
    let x = Matrix(rows.rowCount, estimable.count) { rows.fixedEffects[$0, estimable[$1]] }
    var z = Matrix(rowCount: rows.rowCount, columnCount: count)
    for (term, (start, factor)) in zip(rows.terms, layout) {
      let k = term.dimension
      for (row, code) in term.levelCodes.enumerated() where code >= 0 {
        for j in 0..<k {
          for i in j..<k {
            z[row, start + Int(code) * k + j] += factor[i, j] * term.values[row * k + i]
          }
        }
      }
    }
    return (x, z)
  }

  private func places(_ model: some MixedModel) -> ([(start: Int, factor: Matrix)], Int) {
    var start = 0
    var places: [(start: Int, factor: Matrix)] = []
    for (term, factor) in zip(model.design.randomEffects, model.termFactors) {
      places.append((start, factor))
      start += term.effectCount
    }
    return (places, start)
  }

  @Test(
    "Those of a linear model are the dense ones for every structure, on rows of any levels",
    arguments: TestModel.structures)
  func linear(_ test: TestModel) throws {
    let model = try LinearMixedModel.fit(
      Formula(test.formula), data: try test.table(), options: test.options)
    let estimable = model.fixedEffects.estimable
    let (places, count) = places(model)
    let own = dense(model.problem.rows, estimable: estimable, places, count: count)
    let reference = DenseJointCovariance(
      x: own.x, scaledZ: own.z, weights: model.weights, scale: model.sigma)
    var tables = [model.problem.rows]
    if case .simulated = test.source { tables.append(try newRows(of: model.design)) }
    for rows in tables {
      let (x, z) = dense(rows, estimable: estimable, places, count: count)
      let errors = try model.jointFactor().meanSquaredErrors(of: rows)
      let expected = reference.errors(x: x, scaledZ: z)
      #expect(errors.count == rows.rowCount)
      #expect(Matrix(column: errors).relativeDifference(to: Matrix(column: expected)) < 1e-9)
    }
  }

  @Test("Rows that break a nesting of the fit, repeated ones too, have the dense ones")
  func brokenNesting() throws {
    let table = try simulatedTable()
    guard case .categorical(let h)? = table["h"], case .categorical(let k)? = table["k"],
      let y = table["y"], let x = table["x"]
    else { return }
    // Every level of c belongs to one level of h, and is named so that the formula does not say it.
    let c = zip(h.codes, k.codes).map { "c\($0 * 3 + $1)" as String? }
    let nested = try DataTable([
      ("y", y), ("x", x), ("h", .categorical(h)), ("c", .categorical(CategoricalColumn(c))),
    ])
    let model = try LinearMixedModel.fit("y ~ 1 + x + (1 | c) + (1 + x | h)", data: nested)
    let (places, count) = places(model)
    let own = dense(
      model.problem.rows, estimable: model.fixedEffects.estimable, places, count: count)
    let reference = DenseJointCovariance(
      x: own.x, scaledZ: own.z, weights: model.weights, scale: model.sigma)
    let rows = try model.design.rows(
      of: DataTable(
        numeric: ["x": [1, -2, 1, 0.5, 1]],
        categorical: [
          "c": [c[0], c[0], c[0], "new", c[1]], "h": ["h0", "h1", "h0", "h2", "h4"],
        ]), for: .prediction)
    let (newX, newZ) = dense(
      rows, estimable: model.fixedEffects.estimable, places, count: count)
    let errors = try model.jointFactor().meanSquaredErrors(of: rows)
    let expected = reference.errors(x: newX, scaledZ: newZ)
    #expect(Matrix(column: errors).relativeDifference(to: Matrix(column: expected)) < 1e-10)
    #expect(errors[0] == errors[2])
  }

  @Test(
    "Those of a generalized model are the dense ones with the weights at its mode",
    arguments: [FamilyWithLink.logit, .poissonLog, .probit, .gammaLog])
  func generalized(_ family: FamilyWithLink) throws {
    for predictors in [
      "1 + x + (1 + x | g) + (1 | h)", "1 + x + (1 | h / k)", "1 + x + twice + (1 | g)",
    ] {
      let problem = try GeneralizedProblem(
        Formula("\(family.response) ~ \(predictors)"), data: generalizedTable,
        family: family.family, link: family.link)
      for kind in [FixedEffectsCovarianceKind.joint, .conditional] {
        let model = try problem.fit(covariance: kind)
        let (places, count) = places(model)
        let estimable = model.fixedEffects.estimable
        let own = dense(problem.rows, estimable: estimable, places, count: count)
        // The weights by differences of the log-density, row by row.
        let parameter = model.sizeParameter ?? model.dispersion
        let weights = problem.rows.response.enumerated().map { row, y -> Double in
          let weight = problem.weights?[row] ?? 1
          let eta = model.linearPredictor[row]
          func value(_ eta: Double) -> Double {
            family.family.logDensity(
              y, mean: family.link.mean(eta).value, weight: weight, parameter: parameter)
          }
          let h = 1e-3
          let second = { (h: Double) in (value(eta + h) - 2 * value(eta) + value(eta - h)) / (h * h)
          }
          return -(4 * second(h) - second(2 * h)) / 3
        }
        let reference = DenseJointCovariance(x: own.x, scaledZ: own.z, weights: weights, scale: 1)
        let rows = try newRows(of: model.design)
        let (x, z) = dense(rows, estimable: estimable, places, count: count)
        let errors = try model.jointFactor().meanSquaredErrors(of: rows)
        let expected = reference.errors(
          x: x, scaledZ: z, covariance: model.fixedEffects.covariance)
        // Second differences of a log-density keep eight digits.
        #expect(Matrix(column: errors).relativeDifference(to: Matrix(column: expected)) < 1e-6)
        // With the canonical link and given theta, it is the inverse of the joint system.
        if kind == .conditional, family.testDescription == "poisson log" {
          let joint = reference.errors(x: x, scaledZ: z)
          #expect(Matrix(column: errors).relativeDifference(to: Matrix(column: joint)) < 1e-6)
        }
      }
    }
  }

  @Test("Without random effects they are x'Vx, V the covariance matrix of the fixed effects")
  func population() throws {
    let model = try GeneralizedLinearMixedModel.fit(
      "count ~ 1 + x + f + (1 + x | g)", data: generalizedTable, family: .poisson)
    let predictions = try model.predict(
      generalizedTable, conditioningOn: .none, scale: .link, interval: .confidence(0.95))
    let x = model.problem.rows.fixedEffects
    let covariance = model.fixedEffects.covariance
    for row in 0..<x.rowCount {
      var square = 0.0
      for i in 0..<4 { for j in 0..<4 { square += x[row, i] * covariance[i, j] * x[row, j] } }
      let error = try #require(predictions[row].standardError)
      #expect(ModelFits.agree(error, square.squareRoot(), 1e-10))
    }
  }

  @Test("Given theta, they are glmmTMB's with theta and sigma fixed")
  func glmmTMB() throws {
    // glmmTMB 1.1.5, predict(se.fit = TRUE) with theta and the dispersion fixed by `map` at lme4's
    // estimates; its inner problem is solved to about 1e-8.
    let sleep = try ModelFits.sleepstudy()
    let rows = try DataTable(
      numeric: ["days": [0, 3.5, 12, 5]],
      categorical: ["subj": ["S308", "S337", "S372", "S999"]])
    let errors = try #require(
      try sleep.predict(rows, newLevels: .population, interval: .confidence(0.95)).standardErrors)
    #expect(
      ModelFits.agree(
        errors, [12.0708369374009, 7.7890609064379, 19.8999066100075, 39.7470065519066], 2e-6))
    let population = try #require(
      try sleep.predict(rows, conditioningOn: .none, interval: .confidence(0.95)).standardErrors)
    #expect(
      ModelFits.agree(
        population, [6.63227642116802, 7.87645180981754, 18.33200977892917, 9.31129281374846],
        2e-6))
    let penicillin = try ModelFits.penicillin().predict(
      DataTable(categorical: ["sample": ["A", "F", "C"], "plate": ["a", "x", "m"]]),
      interval: .confidence(0.95))
    #expect(
      ModelFits.agree(
        try #require(penicillin.standardErrors),
        [Double](repeating: 0.240170935947192, count: 3), 1e-6))
  }

  @Test("glmmTMB's errors of a generalized model, with theta estimated, are close")
  func generalizedGlmmTMB() throws {
    // glmmTMB 1.1.5. Without random effects both take the fixed effects' joint covariance; for the
    // modes glmmTMB adds the uncertainty of theta, which is some percent here.
    let model = try PredictionTests.cbpp()
    let rows = try PredictionTests.cbppRows()
    let population = try #require(
      try model.predict(rows, conditioningOn: .none, scale: .link, interval: .confidence(0.95))
        .standardErrors)
    #expect(
      ModelFits.agree(
        population, [0.232472050656557, 0.310213977865230, 0.430071954783537, 0.330275159989664],
        1e-3))
    let conditional = try #require(
      try model.predict(rows, scale: .link, newLevels: .population, interval: .confidence(0.95))
        .standardErrors)
    let peer = [0.378330128526743, 0.425162125309467, 0.559808079259287, 0.722206159574793]
    for (own, other) in zip(conditional, peer) { #expect(abs(own / other - 1) < 0.06) }
  }
}
