// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import MixedModelDatasets
import ModelFormulas
import ModelOptimization
import TestSupport
import Testing

@testable import MixedModelFitting

@Suite("Moment estimates of the covariances")
struct MomentEstimatesTests {
  /// On balanced data REML estimates within the bounds are those of the analysis of variance
  /// (Searle, Casella & McCulloch, *Variance Components* (1992), section 3.8).
  @Test(
    "On balanced data they are the REML estimates",
    arguments: [
      ("dyestuff", "yield ~ 1 + (1 | batch)"),
      ("penicillin", "diameter ~ 1 + (1 | plate) + (1 | sample)"),
      ("pastes", "strength ~ 1 + (1 | batch / cask)"),
      ("sleepstudy", "reaction ~ 1 + days + (1 + days | subj)"),
      ("machines", "score ~ 1 + Machine + (0 + Machine | Worker)"),
      ("orthodont", "distance ~ 1 + age + (1 + age | Subject)"),
    ])
  func balanced(dataset: String, formula: String) throws {
    let problem = try LinearProblem(Formula(formula), data: Dataset.named(dataset).table)
    let moments = try #require(MomentEstimates(problem.crossProducts))
    let theta = problem.internalParameters(
      try problem.fit(criterion: .restrictedMaximumLikelihood).theta)
    for (term, estimate) in moments.relativeCovariances.enumerated() {
      let lambda = problem.covariance.factor(theta, term: term)
      #expect(estimate.relativeDifference(to: lambda * lambda.transposed) < 1e-5)
    }
  }

  /// Two crossed factors, levels of any size, weights; two effects of one and one of the other.
  private func problem() throws -> LinearProblem {
    var random = SplitMix(seed: 7)
    let rows = 90
    let x = (0..<rows).map { _ in 3 + random.normal() }
    let w = (0..<rows).map { _ in random.normal() }
    let a = (0..<rows).map { _ in random.index(below: 12) }
    let b = (0..<rows).map { _ in random.index(below: 5) }
    let ya = (0..<12).map { _ in (random.normal(), 0.4 * random.normal()) }
    let yb = (0..<5).map { _ in 0.7 * random.normal() }
    let table = try DataTable(
      numeric: [
        "x": x, "w": w, "weight": (0..<rows).map { _ in 0.5 + Double(random.index(below: 4)) },
        "y": (0..<rows).map {
          1 + x[$0] - w[$0] + ya[a[$0]].0 + ya[a[$0]].1 * x[$0] + yb[b[$0]] + random.normal()
        },
      ],
      categorical: ["a": a.map { "a\($0)" }, "b": b.map { "b\($0)" }])
    return try LinearProblem(
      "y ~ 1 + x + w + (1 + x | a) + (1 | b)", data: table,
      options: DesignOptions(weights: "weight"))
  }

  /// The equations by the textbook, with matrices of all rows.
  private func denseEstimates(_ problem: LinearProblem, residualVariance: Double?) -> [Matrix] {
    let rows = problem.rows
    let n = rows.rowCount
    let roots = (rows.weights ?? []).map { $0.squareRoot() }
    let x = Matrix(n, problem.design.fixedEffectCount) { roots[$0] * rows.fixedEffects[$0, $1] }
    let y = Matrix(column: zip(roots, rows.response).map { $0 * $1 })
    let projection =
      Matrix.identity(n) - x * (x.transposed * x).inverse * x.transposed
    var changes: [(term: Int, i: Int, j: Int, matrix: Matrix)] = []
    for (index, term) in rows.terms.enumerated() {
      let k = term.dimension
      let z = (0..<k).map { effect in
        Matrix(n, term.levelCount) { row, level in
          Int(term.levelCodes[row]) == level ? roots[row] * term.values[row * k + effect] : 0
        }
      }
      for j in 0..<k {
        for i in j..<k {
          let product = z[i] * z[j].transposed
          changes.append((index, i, j, i == j ? product : product + product.transposed))
        }
      }
    }
    let projected = changes.map { projection * $0.matrix * projection } + [projection]
    var system = Matrix(projected.count, projected.count) { a, b in
      zip(projected[a].values, projected[b].values).reduce(0) { $0 + $1.0 * $1.1 }
    }
    var right = projected.map { (y.transposed * $0 * y)[0, 0] }
    let last = projected.count - 1
    if let residualVariance {
      for row in 0..<last { right[row] -= residualVariance * system[row, last] }
      for row in 0..<last { (system[row, last], system[last, row]) = (0, 0) }
      (system[last, last], right[last]) = (1, residualVariance)
    }
    let solution = system.inverse * Matrix(column: right)
    var result = rows.terms.map { Matrix(rowCount: $0.dimension, columnCount: $0.dimension) }
    for (place, change) in changes.enumerated() {
      result[change.term][change.i, change.j] = solution[place, 0] / solution[last, 0]
      result[change.term][change.j, change.i] = solution[place, 0] / solution[last, 0]
    }
    return result
  }

  @Test("They solve the equations of their definition", arguments: [nil, 0.7])
  func definition(residualVariance: Double?) throws {
    let problem = try problem()
    let scale = problem.crossProducts.basis.responseScale
    let moments = try #require(
      MomentEstimates(
        problem.crossProducts, residualVariance: residualVariance.map { $0 / (scale * scale) }))
    let expected = denseEstimates(problem, residualVariance: residualVariance)
    for term in expected.indices {
      #expect(moments.relativeCovariances[term].relativeDifference(to: expected[term]) < 1e-9)
    }
  }

  @Test("There are none where the random effects can take up all rows")
  func saturated() throws {
    let problem = try LinearProblem(
      "reaction ~ 1 + days + (1 + days | subj)", data: Dataset.named("sleepstudy").table,
      options: DesignOptions(categorical: ["days"]))
    #expect(MomentEstimates(problem.crossProducts) == nil)
    let start = try problem.profiledDeviance(.maximumLikelihood).startingParameters(
      for: TrustRegionNewton())
    #expect(start == problem.covariance.identityParameters)
  }

  @Test("A negative moment starts at a small variance, of independent effects, too")
  func negative() throws {
    let problem = try LinearProblem(
      "yield ~ 1 + (1 | batch)", data: Dataset.named("dyestuff2").table)
    let moments = try #require(MomentEstimates(problem.crossProducts))
    #expect(moments.relativeCovariances[0][0, 0] < 0)
    let start = try problem.profiledDeviance(.maximumLikelihood).startingParameters(
      for: TrustRegionNewton())
    #expect(abs(start[0] - 0.05) < 1e-12)

    let independent = try LinearProblem(
      "reaction ~ 1 + days + (1 + days || subj)", data: Dataset.named("sleepstudy").table)
    let theta = try independent.profiledDeviance(.maximumLikelihood).startingParameters(
      for: TrustRegionNewton())
    // lme4 1.1.31, REML of the model with a correlation: standard deviations over sigma.
    let expected = [0.96674, 0.23129]
    for (value, expected) in zip(independent.userParameters(theta), expected) {
      #expect(abs(value / expected - 1) < 1e-3)
    }
  }

  @Test("A fit without fixed effects starts at them")
  func noFixedEffects() throws {
    let problem = try LinearProblem(
      "yield ~ 0 + (1 | batch)", data: Dataset.named("dyestuff").table)
    let moments = try #require(MomentEstimates(problem.crossProducts))
    #expect(moments.relativeCovariances[0][0, 0] > 0)
    #expect(try problem.fit().certificate.isMinimum)
  }
}
