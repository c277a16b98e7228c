// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import MixedModelErrors
import MixedModelFitting
import ModelFormulas
import Testing

@testable import MixedModelInference

/// The bootstrap of a model with frequency weights is that of the table with each row repeated.
@Suite("The bootstrap with frequency weights")
struct FrequencyBootstrapTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let formula: Formula
    let data: Dataset
    let family: any Family
    var link: (any Link)?
    var criterion = GeneralizedCriterion.laplace

    var testDescription: String { "\(family.name), \(criterion.name), \(formula)" }

    func model(_ table: DataTable, _ options: DesignOptions) throws -> GeneralizedLinearMixedModel {
      try .fit(
        formula, data: table, family: family, link: link, criterion: criterion, options: options)
    }
  }

  private static let counts: Formula = "y ~ 1 + lbase + (1 | subject)"
  private static let cases = [
    Case(formula: counts, data: .epil, family: .poisson),
    Case(formula: counts, data: .epil, family: .poisson, criterion: .profiledLaplace),
    Case(formula: counts, data: .epil, family: .poisson, criterion: .pseudoLikelihood),
    Case(formula: counts, data: .epil, family: .negativeBinomial),
    Case(
      formula: "V4 ~ 1 + lbase + (1 | subject)", data: .epil, family: .bernoulli,
      criterion: .quadrature(points: 3)),
    Case(
      formula: "incidence / size ~ 1 + period + (1 | herd)", data: .cbpp, family: .binomial),
    Case(
      formula: "reaction ~ 1 + days + (1 | subj)", data: .sleepstudy, family: .gamma,
      link: LogLink()),
  ]
  private static let options = DesignOptions(frequencyWeights: "times")

  /// A data set with frequencies, and its rows repeated as often as these say.
  private static func tables(
    _ data: Dataset
  ) throws -> (weighted: DataTable, repeated: DataTable) {
    let table = data.table
    let times = (0..<table.rowCount).map { Double([2, 1, 3, 1][($0 + $0 / 4) % 4]) }
    let weighted = try DataTable(
      table.columnNames.map { ($0, try table.column($0)) }
        + [("times", .numeric(NumericColumn(times)))])
    let rows = times.indices.flatMap { [Int](repeating: $0, count: Int(times[$0])) }
    return (weighted, try table.filtered(rows: rows))
  }

  @Test("Generalized models: the same replicates from the same seed", arguments: cases)
  func generalized(_ item: Case) async throws {
    let (weighted, repeated) = try Self.tables(item.data)
    let model = try item.model(weighted, Self.options)
    let sample = try await model.parametricBootstrap(replicates: 3, seed: 2)
    let expected = try await item.model(repeated, DesignOptions())
      .parametricBootstrap(replicates: 3, seed: 2)
    #expect(sample.quantities == expected.quantities)
    #expect(sample.replicates == [1, 2, 3] && sample.failures == expected.failures)
    for quantity in expected.quantities {
      let pairs = zip(sample.values(of: quantity) ?? [], expected.values(of: quantity) ?? [])
      #expect(
        pairs.allSatisfy { abs($0 - $1) <= 2e-5 * max(1, abs($1)) },
        "\(quantity): \(Array(pairs))")
    }
    // The probe of what cannot be drawn, and a sample that is gone on with.
    let more = try await model.parametricBootstrap(continuing: sample, replicates: 1)
    #expect(more.replicates == [1, 2, 3, 4])
  }

  @Test("Linear models: replicates of the same distribution", arguments: [false, true])
  func linear(isREML: Bool) async throws {
    let (weighted, repeated) = try Self.tables(.sleepstudy)
    let formula: Formula = "reaction ~ 1 + days + (1 | subj)"
    let criterion: Criterion = isREML ? .restrictedMaximumLikelihood : .maximumLikelihood
    let replicates = 200
    let sample = try await LinearMixedModel.fit(
      formula, data: weighted, criterion: criterion, options: Self.options
    ).parametricBootstrap(replicates: replicates, seed: 1)
    let expected = try await LinearMixedModel.fit(formula, data: repeated, criterion: criterion)
      .parametricBootstrap(replicates: replicates, seed: 2)
    #expect(sample.quantities == expected.quantities && sample.count == replicates)
    func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
      let mean = values.reduce(0, +) / Double(values.count)
      let sum = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return (mean, (sum / Double(values.count - 1)).squareRoot())
    }
    for quantity in expected.quantities {
      let ours = moments(try #require(sample.values(of: quantity)))
      let other = moments(try #require(expected.values(of: quantity)))
      // Four standard errors of a difference of means, and of a logarithm of deviations.
      let error = other.deviation * (2 / Double(replicates)).squareRoot()
      #expect(abs(ours.mean - other.mean) < 4 * error, "\(quantity)")
      #expect(abs(ours.deviation / other.deviation - 1) < 0.25, "\(quantity)")
    }
  }

  @Test("A simulated test of frequencies is that of the repeated rows")
  func simulatedTest() async throws {
    let (weighted, repeated) = try Self.tables(.epil)
    func test(_ table: DataTable, _ options: DesignOptions) async throws
      -> SimulatedLikelihoodRatioTest
    {
      func fit(_ formula: Formula) throws -> GeneralizedLinearMixedModel {
        try .fit(formula, data: table, family: .poisson, options: options)
      }
      return try await simulatedLikelihoodRatioTest(
        fit("y ~ 1 + lbase + (1 | subject)"), fit("y ~ 1 + lbase + trt + (1 | subject)"),
        replicates: 4, seed: 5)
    }
    let ours = try await test(weighted, Self.options)
    let expected = try await test(repeated, DesignOptions())
    #expect(agree(ours.statistic, expected.statistic, 1e-5))
    #expect(ours.pValue == expected.pValue)
    for (a, b) in zip(ours.simulatedStatistics, expected.simulatedStatistics) {
      #expect(abs(a - b) < 1e-5)
    }
    #expect(ours.simulatedStatistics.count == 4)
  }

  @Test("Models of different numbers of observations are not compared by simulation")
  func otherFrequencies() async throws {
    let weighted = try Self.tables(.epil).weighted
    let null = try GeneralizedLinearMixedModel.fit(
      "y ~ 1 + lbase + (1 | subject)", data: weighted, family: .poisson)
    let alternative = try GeneralizedLinearMixedModel.fit(
      "y ~ 1 + lbase + trt + (1 | subject)", data: weighted, family: .poisson,
      options: Self.options)
    let error = await #expect(throws: MixedModelError.self) {
      try await simulatedLikelihoodRatioTest(null, alternative, replicates: 2, seed: 1)
    }
    #expect(error?.problem.contains("their responses or rows are not the same") == true)
  }

  @Test("Observations beyond number are refused where rows must be repeated, and only there")
  func tooMany() async throws {
    let table = Dataset.epil.table
    let times = [Double](repeating: 1e6, count: table.rowCount)
    let many = try table.replacing("V4", with: .numeric(NumericColumn(times)))
    let options = DesignOptions(frequencyWeights: "V4")
    let model = try GeneralizedLinearMixedModel.fit(
      Self.counts, data: many, family: .negativeBinomial, criterion: .profiledLaplace,
      options: options)
    let error = await #expect(throws: MixedModelError.self) {
      try await model.parametricBootstrap(replicates: 2, seed: 1)
    }
    #expect(error?.subject == .column("V4"))
    #expect(
      error?.description
        == "The rows stand for 236000000 observations, as the frequency weights \"V4\" say, and "
        + "simulated responses need a row for each of them: 50000000 at most. Divide the "
        + "frequencies by a common factor, or use Wald or profile intervals.")
    let linear = try LinearMixedModel.fit(Self.counts, data: many, options: options)
    #expect(try await linear.parametricBootstrap(replicates: 2, seed: 1).count == 2)
  }
}
