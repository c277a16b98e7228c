// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelDatasets
import MixedModelErrors
import MixedModelFitting
import MixedModelInference
import ModelFormulas
import TestSupport
import Testing

@Suite("Linear hypotheses")
struct LinearHypothesisTests {
  private static func cake() throws -> LinearMixedModel {
    try .fit("angle ~ 1 + recipe * temp + (1 | recipe & replicate)", data: Dataset.cake.table)
  }

  private static func agree(_ value: Double?, _ expected: Double, _ tolerance: Double) -> Bool {
    value.map { abs($0 - expected) <= tolerance * abs(expected) } ?? false
  }

  @Test("The statistic is that of dense algebra, chi-squared or F")
  func wald() throws {
    let model = try Self.cake()
    let h = Matrix(2, 6) { [[0, 1, -1, 0, 2, 0], [0.5, 0, 0, 1, 0, 3]][$0][$1] }
    let c = [0.3, -1.0]
    let beta = Matrix(column: model.fixedEffects.estimates)
    let d = h * beta - Matrix(column: c)
    let v = h * model.fixedEffectsCovariance * h.transposed
    let wald = (d.transposed * v.solve(d))[0, 0]
    let hypothesis = LinearHypothesis(h, equals: c)
    let chiSquared = try model.test(hypothesis)
    #expect(chiSquared.isChiSquared)
    #expect(Self.agree(chiSquared.statistic, wald, 1e-10))
    #expect(chiSquared.numeratorDegreesOfFreedom == 2)
    let f = try model.test(hypothesis, degreesOfFreedom: .residual)
    #expect(f.denominatorDegreesOfFreedom == 264)
    #expect(Self.agree(f.statistic, wald / 2, 1e-10))
    #expect(f.pValue > chiSquared.pValue)
  }

  @Test("One equation gives the square of t, and its p-value")
  func square() throws {
    let model = try Self.cake()
    let hypothesis = try LinearHypothesis([["temp": 1]], of: model.fixedEffects, equals: [0])
    let f = try model.test(hypothesis, degreesOfFreedom: .residual)
    let t = try #require(try model.coefficientTable(degreesOfFreedom: .residual)["temp"])
    #expect(Self.agree(f.statistic, (t.statistic ?? 0) * (t.statistic ?? 0), 1e-12))
    #expect(Self.agree(f.pValue, t.pValue ?? 0, 1e-9))
    let z = try model.test(hypothesis)
    #expect(Self.agree(z.pValue, try #require(try model.coefficientTable()["temp"]?.pValue), 1e-9))
  }

  @Test("Equations in other units or repeated change nothing")
  func invariance() throws {
    let model = try Self.cake()
    let names = ["recipe: B", "recipe: C"]
    let plain = try model.test(LinearHypothesis(zero: names, of: model.fixedEffects))
    let rows: [[String: Double]] = [
      ["recipe: B": 1e7], ["recipe: B": 3, "recipe: C": 1e-7], ["recipe: C": -2],
    ]
    let other = try model.test(LinearHypothesis(rows, of: model.fixedEffects))
    #expect(other.numeratorDegreesOfFreedom == 2)
    #expect(Self.agree(other.statistic, plain.statistic, 1e-8))
  }

  @Test("All but the intercept are zero by MATLAB's default")
  func allButIntercept() throws {
    let model = try Self.cake()
    let names = Array(model.fixedEffects.names.dropFirst())
    #expect(
      LinearHypothesis(allButInterceptOf: model.fixedEffects)
        == (try LinearHypothesis(zero: names, of: model.fixedEffects)))
  }

  @Test("A combination has its standard error, test and interval")
  func combination() throws {
    let model = try Self.cake()
    let inference = try model.inference(degreesOfFreedom: .residual)
    let l = [1.0, 0, 0, 200, 0, 0]
    let result = try inference.estimate(of: l, level: 0.9)
    let column = Matrix(column: l)
    let variance = (column.transposed * model.fixedEffectsCovariance * column)[0, 0]
    #expect(Self.agree(result.standardError, variance.squareRoot(), 1e-9))
    #expect(
      Self.agree(
        result.estimate,
        model.fixedEffects.estimates[0] + 200 * model.fixedEffects.estimates[3], 1e-12))
    // SciPy: t.ppf(0.95, 264).
    #expect(
      Self.agree((result.upper - result.lower) / result.standardError, 2 * 1.650645936, 1e-6))
    #expect(result.degreesOfFreedom == 264)
  }

  @Test("A generalized model has chi-squared and F tests")
  func generalized() throws {
    let model = try GeneralizedLinearMixedModel.fit(
      "incidence / size ~ 1 + period + (1 | herd)", data: Dataset.cbpp.table, family: .binomial)
    let hypothesis = LinearHypothesis(allButInterceptOf: model.fixedEffects)
    let chiSquared = try model.test(hypothesis)
    let f = try model.test(hypothesis, degreesOfFreedom: .residual)
    #expect(chiSquared.numeratorDegreesOfFreedom == 3 && f.denominatorDegreesOfFreedom == 52)
    #expect(Self.agree(f.statistic, chiSquared.statistic / 3, 1e-12))
  }

  /// Each mistake with the error's message.
  @Test("What cannot be tested is refused with the reason")
  func mistakes() throws {
    let model = try LinearMixedModel.fit(
      "reaction ~ 1 + days + I(2 * days - 1) + (1 | subj)", data: Dataset.sleepstudy.table)
    let aliased = model.fixedEffects.aliasedNames[0]
    func message(_ body: () throws -> Void) -> String? {
      do {
        try body()
        return nil
      } catch {
        return (error as? MixedModelError)?.description
      }
    }
    #expect(
      message { try _ = model.test(LinearHypothesis(Matrix(1, 3) { _, _ in 1 })) }
        == "The combination has 3 entries for 2 estimable coefficients. It needs one for each of "
        + "them: (Intercept), days.")
    #expect(
      message { try _ = model.test(LinearHypothesis(Matrix(rowCount: 0, columnCount: 2))) }
        == "The hypothesis has no equation. Give one row per combination to test.")
    #expect(
      message { try _ = model.test(LinearHypothesis(Matrix(1, 2) { _, _ in 1 }, equals: [1, 2])) }
        == "The two sides of the hypothesis have 1 and 2 rows. Every part of it needs one row per "
        + "equation.")
    #expect(
      message { try _ = model.test(LinearHypothesis(Matrix(1, 2) { _, _ in .nan })) }
        == "The hypothesis has an entry that is not finite. It accepts finite numbers.")
    #expect(
      message { try _ = model.test(LinearHypothesis(Matrix(rowCount: 1, columnCount: 2))) }
        == "The hypothesis says nothing of any coefficient: all its entries are zero. Give at least "
        + "one combination that is not zero.")
    let twice = Matrix(2, 2) { row, column in column == 1 ? Double(row + 1) : 0 }
    #expect(
      message { try _ = model.test(LinearHypothesis(twice, equals: [1, 3])) }
        == "Equation 2 of the hypothesis contradicts those before it. The same combination cannot "
        + "have two values.")
    #expect(try model.test(LinearHypothesis(twice, equals: [1, 2])).numeratorDegreesOfFreedom == 1)
    #expect(
      message { try _ = LinearHypothesis(zero: ["day"], of: model.fixedEffects) }
        == "There is no coefficient \"day\". Did you mean \"days\"? Coefficients: (Intercept), days."
    )
    #expect(
      message { try _ = LinearHypothesis(zero: [aliased], of: model.fixedEffects) }
        == "The coefficient \"\(aliased)\" cannot be estimated: other columns determine it. Leave it "
        + "out of the hypothesis.")
    #expect(
      message { try _ = model.inference().estimate(of: [1]) }
        == "The combination has 1 entries for 2 estimable coefficients. It needs one for each of "
        + "them: (Intercept), days.")
    #expect(
      message {
        try _ = model.test(
          LinearHypothesis(Matrix(1, 2) { _, _ in 1 }, randomEffects: Matrix(1, 2) { _, _ in 1 }))
      }
        == "The combination has 2 entries for 18 random effects. It needs one for each effect of "
        + "each level, grouping factor after grouping factor.")
  }
}

@Suite("Hypotheses on random effects")
struct RandomHypothesisTests {
  /// σ² times the inverse of Henderson's matrix, coefficients first.
  private static func jointCovariance(_ model: LinearMixedModel) throws -> Matrix {
    let x = model.fixedEffectsMatrix
    let groups = model.randomEffects.map(\.groupingFactor)
    let z = try groups.map { try #require(model.randomEffectsMatrix($0)).dense() }
    let q = z.reduce(0) { $0 + $1.columnCount }
    let p = x.columnCount
    var all = Matrix(rowCount: x.rowCount, columnCount: p + q)
    var first = 0
    for block in [x] + z {
      for j in 0..<block.columnCount {
        for i in 0..<block.rowCount { all[i, first + j] = block[i, j] }
      }
      first += block.columnCount
    }
    var matrix = all.transposed * all
    first = p
    for (name, block) in zip(groups, z) {
      let lambda = try #require(model.relativeCovarianceFactor(name))
      let precision = (lambda * lambda.transposed).inverse
      let k = lambda.rowCount
      for level in stride(from: first, to: first + block.columnCount, by: k) {
        for j in 0..<k { for i in 0..<k { matrix[level + i, level + j] += precision[i, j] } }
      }
      first += block.columnCount
    }
    let inverse = matrix.inverse
    return Matrix(p + q, p + q) { model.sigma * model.sigma * inverse[$0, $1] }
  }

  @Test(
    "The test rests on the inverse of Henderson's matrix",
    arguments: [
      ("reaction ~ 1 + days + (1 + days | subj)", Dataset.sleepstudy),
      ("diameter ~ 1 + (1 | plate) + (1 | sample)", Dataset.penicillin),
    ])
  func joint(_ formula: String, _ dataset: Dataset) throws {
    let model = try LinearMixedModel.fit(Formula(formula), data: dataset.table)
    let p = model.fixedEffects.count
    let q = model.size.randomEffectCount
    var random = SplitMix(seed: 3)
    let h = Matrix(2, p) { _, _ in random.uniform() }
    let k = Matrix(2, q) { _, _ in random.uniform() }
    let both = Matrix(2, p + q) { $1 < p ? h[$0, $1] : k[$0, $1 - p] }
    let modes = model.randomEffects.flatMap(\.conditionalModes.values)
    let estimate = both * Matrix(column: model.fixedEffects.estimates + modes)
    let d = estimate - Matrix(column: [1, 2])
    let v = both * (try Self.jointCovariance(model)) * both.transposed
    let wald = (d.transposed * v.solve(d))[0, 0]
    let hypothesis = LinearHypothesis(h, randomEffects: k, equals: [1, 2])
    let test = try model.test(hypothesis)
    #expect(abs(test.statistic - wald) < 1e-8 * wald)
    let f = try model.test(hypothesis, degreesOfFreedom: .residual)
    #expect(f.denominatorDegreesOfFreedom == Double(model.residualDegreesOfFreedom))
  }

  @Test("With Satterthwaite's degrees of freedom it is what differences and lmerTest's rule give")
  func satterthwaite() throws {
    // The difference of two subjects' slopes, and the slope of a third: F as the mean of squared t,
    // lmerTest 3.1-3's get_Fstat_ddf of their degrees of freedom; derivatives as in
    // PredictionDegreesOfFreedomTests.
    let references = [
      (Criterion.restrictedMaximumLikelihood, 17.24908698, 65.84770879, 61.90532145, 70.34555014),
      (.maximumLikelihood, 17.52882435, 60.63361105, 56.73828619, 65.12581521),
    ]
    for (criterion, statistic, degrees, first, second) in references {
      let model = try PredictionDegreesOfFreedomTests.sleepstudy(criterion)
      let inference = try model.inference(degreesOfFreedom: .satterthwaite)
      let h = Matrix(2, 2) { $0 == 1 && $1 == 1 ? 1 : 0 }
      let k = Matrix(2, 36) { row, column in
        switch (row, column) {
        case (0, 1), (1, 5): 1
        case (0, 3): -1
        default: 0
        }
      }
      let test = try inference.test(LinearHypothesis(h, randomEffects: k))
      #expect(abs(test.statistic - statistic) < 1e-6 * statistic)
      #expect(abs((test.denominatorDegreesOfFreedom ?? 0) - degrees) < 1e-6 * degrees)
      for (row, expected) in [(0, first), (1, second)] {
        let single = try inference.test(
          LinearHypothesis(
            Matrix(1, 2) { h[row, $1] }, randomEffects: Matrix(1, 36) { k[row, $1] }))
        #expect(abs((single.denominatorDegreesOfFreedom ?? 0) - expected) < 1e-6 * expected)
      }
      // A repeated equation changes nothing.
      let repeated = try inference.test(
        LinearHypothesis(
          Matrix(3, 2) { h[$0 % 2, $1] }, randomEffects: Matrix(3, 36) { k[$0 % 2, $1] }))
      #expect(repeated.numeratorDegreesOfFreedom == 2)
      #expect(abs((repeated.denominatorDegreesOfFreedom ?? 0) - degrees) < 1e-6 * degrees)
    }
    let model = try PredictionDegreesOfFreedomTests.sleepstudy()
    do {
      _ = try model.test(
        LinearHypothesis(
          Matrix(rowCount: 1, columnCount: 2), randomEffects: Matrix(1, 36) { _, _ in 1 }),
        degreesOfFreedom: .kenwardRoger)
      Issue.record("Kenward and Roger's are for fixed effects")
    } catch {
      #expect(error.description.contains("and the hypothesis has random effects"))
    }
  }

  @Test("Of a generalized model, at the information of the mode")
  func generalized() throws {
    let model = try GeneralizedProblem(
      "incidence / size ~ 1 + period + (1 | herd)", data: Dataset.cbpp.table, family: .binomial
    ).fit(covariance: .conditional)
    // The same matrices, and the trials as response.
    let linear = try LinearProblem(
      "size ~ 1 + period + (1 | herd)", data: Dataset.cbpp.table)
    let x = linear.fixedEffectsMatrix
    let z = try #require(linear.randomEffectsMatrix("herd")).dense()
    let n = x.rowCount
    let (p, q) = (x.columnCount, z.columnCount)
    let all = Matrix(n, p + q) { $1 < p ? x[$0, $1] : z[$0, $1 - p] }
    let means = model.fittedValues()
    let weighted = Matrix(n, p + q) {
      linear.response[$0] * means[$0] * (1 - means[$0]) * all[$0, $1]
    }
    var matrix = all.transposed * weighted
    let variance = model.theta[0] * model.theta[0]
    for i in p..<p + q { matrix[i, i] += 1 / variance }
    var random = SplitMix(seed: 4)
    let h = Matrix(1, p) { _, _ in random.uniform() }
    let k = Matrix(1, q) { _, _ in random.uniform() }
    let both = Matrix(1, p + q) { $1 < p ? h[$0, $1] : k[$0, $1 - p] }
    let modes = model.randomEffects.flatMap(\.conditionalModes.values)
    let d = (both * Matrix(column: model.fixedEffects.estimates + modes))[0, 0]
    let wald = d * d / (both * matrix.inverse * both.transposed)[0, 0]
    let test = try model.test(LinearHypothesis(h, randomEffects: k))
    // The conditional covariance of the fit is that of this matrix to about the tolerance of PIRLS.
    #expect(abs(test.statistic - wald) < 1e-5 * wald)
  }
}
