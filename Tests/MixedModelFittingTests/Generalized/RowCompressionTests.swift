// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import MixedModelDatasets
import ModelFormulas
import RealModule
import TestSupport
import Testing

@testable import MixedModelFitting

/// A model of the data set in which many rows repeat.
private struct RepeatingModel: Sendable, CustomTestStringConvertible {
  let name: String
  let formula: String
  let family: any Family
  var link: (any Link)?
  var options = DesignOptions()
  var criterion = GeneralizedCriterion.laplace

  var testDescription: String { name }

  static let all: [RepeatingModel] = [
    RepeatingModel(
      name: "bernoulli", formula: "yes ~ 1 + x + (1 | g) + (1 | h)", family: .bernoulli),
    RepeatingModel(
      name: "bernoulli with probit link, a vector term and an offset",
      formula: "yes ~ 1 + x + (1 + x | g)", family: .bernoulli, link: .probit,
      options: DesignOptions(offset: "o")),
    RepeatingModel(
      name: "bernoulli by quadrature", formula: "yes ~ 1 + x + (1 | g)", family: .bernoulli,
      criterion: .quadrature(points: 7)),
    RepeatingModel(
      name: "binomial", formula: "successes / trials ~ 1 + x + (1 | g)", family: .binomial,
      link: .cloglog),
    RepeatingModel(
      name: "poisson", formula: "count ~ 1 + x + (1 | g) + (1 | h)", family: .poisson),
    RepeatingModel(
      name: "poisson with exposures", formula: "rate ~ 1 + x + (1 | g)", family: .poisson,
      options: DesignOptions(weights: "exposure")),
    RepeatingModel(
      name: "poisson with the fixed effects profiled out", formula: "count ~ 1 + x + (1 | g)",
      family: .poisson, link: .squareRoot, criterion: .profiledLaplace),
    RepeatingModel(
      name: "negative binomial", formula: "count ~ 1 + x + (1 | g)", family: .negativeBinomial),
    RepeatingModel(
      name: "gaussian with log link, prior weights and few responses",
      formula: "level ~ 1 + x + (1 | g)", family: .gaussian, link: .log,
      options: DesignOptions(weights: "half")),
    RepeatingModel(
      name: "quasibinomial", formula: "share ~ 1 + x + (1 | g)", family: .quasiBinomial,
      options: DesignOptions(weights: "exposure")),
    RepeatingModel(
      name: "quasipoisson", formula: "rate ~ 1 + x + (1 | g)", family: .quasiPoisson),
    RepeatingModel(
      name: "quasibinomial by pseudo-likelihood, which joins no rows",
      formula: "share ~ 1 + x + (1 | g)", family: .quasiBinomial,
      criterion: .restrictedPseudoLikelihood),
  ]

  func problem() throws -> GeneralizedProblem {
    try GeneralizedProblem(
      Formula(formula), data: repeatingTable, family: family, link: link, options: options)
  }
}

@Suite("Row compression")
struct RowCompressionTests {
  @Test("The likelihood of the joined rows is that of all rows", arguments: RepeatingModel.all)
  private func likelihood(_ example: RepeatingModel) throws {
    let problem = try example.problem()
    let compression = try #require(problem.compression)
    #expect(compression.rows.rowCount < problem.rows.rowCount / 2)
    var random = SplitMix(seed: 5)
    let eta = random.normals(compression.rows.rowCount).map { 0.6 + 0.2 * $0 }
    var joined = ResponseDerivatives()
    var separate = ResponseDerivatives()
    let request = ResponseRequest(.value, storesRowValues: true)
    problem.numbers.response.evaluate(eta, request, into: &joined)
    problem.response.evaluate(compression.expanded(eta), request, into: &separate)
    // Both are sums of some hundred terms of size one.
    #expect(abs(joined.value - separate.value) < 1e-12 * abs(separate.value))
    var sums = [Double](repeating: 0, count: eta.count)
    let numbers = compression.compressed((0..<problem.rows.rowCount).map { Double($0) })
    let patterns = compression.expanded(eta.indices.map { Double($0) }).map { Int($0) }
    #expect(numbers == numbers.sorted())
    for (row, pattern) in patterns.enumerated() { sums[pattern] += separate.rowValues[row] }
    for (ours, expected) in zip(joined.rowValues, sums) {
      #expect(abs(ours - expected) < 1e-12 * max(1, abs(expected)))
    }
  }

  @Test("A fit is that of the separate rows in all it reports", arguments: RepeatingModel.all)
  private func fit(_ example: RepeatingModel) throws {
    let problem = try example.problem()
    #expect(problem.withSeparateRows.compression == nil)
    let joined = try problem.fit(criterion: example.criterion)
    let separate = try problem.withSeparateRows.fit(criterion: example.criterion)
    #expect(joined.certificate.isMinimum)
    #expect(joined.observationCount == separate.observationCount)
    #expect(joined.problem.weights == separate.problem.weights)
    // Both end where the criterion is stationary: it agrees to the square of that.
    #expect(abs(joined.objective - separate.objective) < 1e-9 * abs(separate.objective))
    #expect(abs(joined.deviance - separate.deviance) < 1e-9 * abs(separate.objective))
    expectEqual(joined.theta, separate.theta, 1e-5)
    expectEqual(joined.fixedEffects.estimates, separate.fixedEffects.estimates, 1e-5)
    expectEqual(
      joined.fixedEffects.map(\.standardError), separate.fixedEffects.map(\.standardError), 1e-5)
    #expect(abs(joined.dispersion - separate.dispersion) < 1e-6 * separate.dispersion)
    #expect(joined.linearPredictor.count == problem.rows.rowCount)
    expectEqual(joined.linearPredictor, separate.linearPredictor, 1e-5)
    expectEqual(joined.linearPredictor(.population), separate.linearPredictor(.population), 1e-5)
    expectEqual(joined.fittedValues(), separate.fittedValues(), 1e-5)
    for kind in [GeneralizedResidualKind.response, .pearson, .deviance, .working] {
      expectEqual(joined.residuals(kind), separate.residuals(kind), 1e-5)
    }
    for (ours, expected) in zip(joined.randomEffects, separate.randomEffects) {
      expectEqual(
        try ours.conditionalVariances().values, try expected.conditionalVariances().values, 1e-5)
    }
  }

  // Each herd and period of cbpp in as many rows as it has animals, dealt in turn so that the rows
  // of a pattern lie apart.
  @Test("Animals one by one give the fit of their herds, less the binomial coefficients")
  func animals() throws {
    let cbpp = Dataset.cbpp.table
    guard case .categorical(let herd) = try cbpp.column("herd"),
      case .categorical(let period) = try cbpp.column("period"),
      case .numeric(let incidence) = try cbpp.column("incidence"),
      case .numeric(let size) = try cbpp.column("size")
    else {
      Issue.record("cbpp has other columns")
      return
    }
    var herds: [String?] = []
    var periods: [String?] = []
    var isCase: [Double] = []
    for animal in 0..<Int(size.values.max() ?? 0) {
      for row in 0..<cbpp.rowCount where Double(animal) < size.values[row] {
        herds.append(herd.levels[Int(herd.codes[row])])
        periods.append(period.levels[Int(period.codes[row])])
        isCase.append(Double(animal) < incidence.values[row] ? 1 : 0)
      }
    }
    let animals = try DataTable(
      numeric: ["case": isCase], categorical: ["herd": herds, "period": periods])
    let problem = try GeneralizedProblem(
      "case ~ period + (1 | herd)", data: animals, family: .bernoulli)
    #expect(problem.numbers.rowCount == cbpp.rowCount)
    let model = try problem.fit()
    let separate = try problem.withSeparateRows.fit()
    let trials = try GeneralizedLinearMixedModel.fit(
      "incidence / size ~ period + (1 | herd)", data: cbpp, family: .binomial)
    #expect(model.observationCount == 842)
    #expect(abs(model.objective - separate.objective) < 1e-9)
    var coefficients = 0.0
    for (n, k) in zip(size.values, incidence.values) {
      coefficients += Double.logGamma(n + 1) - Double.logGamma(k + 1) - Double.logGamma(n - k + 1)
    }
    #expect(abs(model.objective - (trials.objective + 2 * coefficients)) < 1e-9)
    for other in [separate, trials] {
      expectEqual(model.theta, other.theta, 1e-6)
      expectEqual(model.fixedEffects.estimates, other.fixedEffects.estimates, 1e-6)
      expectEqual(
        model.fixedEffects.map(\.standardError), other.fixedEffects.map(\.standardError), 1e-6)
    }
  }

  @Test("Other families keep rows whose responses differ")
  func otherFamilies() throws {
    for family: any Family in [
      .gamma, .gaussian, .inverseGaussian,
      Quasi(link: .log, meanRange: 0...Double.infinity) { $0 * $0 },
    ] {
      let problem = try GeneralizedProblem(
        "positive ~ 1 + x + (1 | g)", data: repeatingTable, family: family, link: .log)
      #expect(problem.compression == nil, "\(family.name)")
    }
  }

  @Test("Rows are kept where few repeat, and joined only where every predictor agrees")
  func patterns() throws {
    let few = try GeneralizedProblem(
      "yes ~ 1 + z + (1 | g)", data: repeatingTable, family: .bernoulli)
    #expect(few.compression == nil)
    let n = 40
    func rows(_ x: [Double], _ codes: [Int32], _ effects: [Double], _ offset: [Double]?) -> Int {
      RowPatterns(
        DesignRows(
          fixedEffects: Matrix(rowCount: n, columnCount: 1, values: x),
          terms: [
            DesignRows.Term(levelCodes: codes, levelCount: n, dimension: 1, values: effects)
          ], response: [Double](repeating: 1, count: n), weights: nil, offset: offset)
      ).count
    }
    let ones = [Double](repeating: 1, count: n)
    let zeros = [Int32](repeating: 0, count: n)
    #expect(rows(ones, zeros, ones, nil) == 1)
    // Numbers one unit in the last place apart.
    let near = (0..<n).map { Double(bitPattern: (1.0).bitPattern + UInt64($0 / 2)) }
    #expect(rows(near, zeros, ones, nil) == n / 2)
    #expect(rows(ones, zeros, near, nil) == n / 2)
    #expect(rows(ones, zeros, ones, near) == n / 2)
    #expect(rows(ones, (0..<n).map { Int32($0 / 4) }, ones, nil) == n / 4)
    #expect(rows(near, (0..<n).map { Int32($0 % 2) }, ones, near) == n)
  }
}

private func expectEqual(
  _ ours: [Double], _ expected: [Double], _ tolerance: Double,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(ours.count == expected.count, sourceLocation: sourceLocation)
  for (ours, expected) in zip(ours, expected) {
    #expect(
      abs(ours - expected) < tolerance * max(1, abs(expected)), sourceLocation: sourceLocation)
  }
}

/// 240 rows with six values of x in six groups, a response for every family, and z, which never
/// repeats.
private let repeatingTable: DataTable = {
  var random = SplitMix(seed: 11)
  let n = 240
  let g = (0..<n).map { _ in random.index(below: 6) }
  let x = (0..<n).map { _ in Double(random.index(below: 3)) / 2 - 0.5 }
  let h = g.map { $0 / 2 }
  let effects = random.normals(6)
  let noise = random.normals(n)
  let eta = (0..<n).map { 0.5 * x[$0] + 0.7 * effects[g[$0]] }
  let trials = (0..<n).map { _ in Double(1 + random.index(below: 6)) }
  let exposure = (0..<n).map { _ in Double(1 + random.index(below: 3)) }
  let count = (0..<n).map { max(0, (2 + 1.2 * eta[$0] + noise[$0]).rounded()) }
  var columns: [String: [Double]] = ["x": x, "z": random.normals(n), "count": count]
  columns["o"] = x.map { $0 > 0 ? 0.1 : 0 }
  columns["trials"] = trials
  columns["exposure"] = exposure
  columns["yes"] = (0..<n).map { eta[$0] + noise[$0] > 0 ? 1 : 0 }
  columns["successes"] = (0..<n).map {
    (trials[$0] * min(max(0.5 + 0.2 * eta[$0] + 0.2 * noise[$0], 0), 1)).rounded()
  }
  columns["share"] = (0..<n).map { min(max(0.5 + 0.1 * eta[$0] + 0.2 * noise[$0], 0), 1) }
  columns["rate"] = zip(count, exposure).map { $0 / $1 }
  columns["level"] = count.map { 1 + min($0, 3) }
  columns["half"] = exposure.map { $0 > 2 ? 2 : 1 }
  columns["positive"] = (0..<n).map { 3 + 0.3 * eta[$0] + 0.3 * noise[$0].magnitude }
  let factors = [("g", g), ("h", h)]
  do {
    return try DataTable(
      columns.sorted { $0.key < $1.key }.map { ($0.key, .numeric(NumericColumn($0.value))) }
        + factors.map { name, codes in
          (name, .categorical(CategoricalColumn(codes.map { "\(name)\($0)" })))
        })
  } catch {
    fatalError("\(error)")
  }
}()
