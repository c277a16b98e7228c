// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import MixedModelErrors
import MixedModelFitting
import ModelFormulas
import Testing

@testable import MixedModelInference

@Suite("Bootstrap intervals")
struct BootstrapIntervalsTests {
  private static func dyestuff() throws -> LinearMixedModel {
    try .fit("yield ~ 1 + (1 | batch)", data: Dataset.dyestuff.table)
  }

  @Test("Every kind of interval has limits for every parameter, shown in a table")
  func kinds() async throws {
    let model = try LinearMixedModel.fit(
      "reaction ~ 1 + days + (1 + days | subj)", data: Dataset.sleepstudy.table)
    let sample = try await model.parametricBootstrap(replicates: 80, seed: 1)
    let methods: [BootstrapIntervalMethod] = [
      .percentile, .basic, .normal, .bca(try GroupJackknife(model)), .shortest,
    ]
    for method in methods {
      let intervals = try sample.intervals(method, level: 0.9)
      #expect(
        intervals.rows.map(\.quantity.key) == [
          "beta:(Intercept)", "beta:days", "sigma", "sd:subj:(Intercept)", "sd:subj:days",
          "cor:subj:(Intercept):days",
        ])
      for row in intervals.rows {
        let (lower, upper) = (try #require(row.lower), try #require(row.upper))
        #expect(lower < upper)
        #expect(row.quantity.key.hasPrefix("cor") || lower < row.estimate && row.estimate < upper)
      }
      #expect(intervals.table.rows.count == 6)
      #expect(
        intervals.description.hasPrefix("Bootstrap intervals (\(method.name)), 90% level\n"))
    }
    let wide = try sample.intervals(.shortest, level: 0.99)
    let narrow = try sample.intervals(.shortest, level: 0.5)
    for (a, b) in zip(wide.rows, narrow.rows) {
      #expect(try #require(a.lower) <= (try #require(b.lower)))
    }
  }

  @Test("The jackknife leaves out one level at a time, and its acceleration is their skewness")
  func jackknife() throws {
    let model = try Self.dyestuff()
    let jackknife = try GroupJackknife(model)
    #expect(jackknife.groupingFactor == "batch" && jackknife.levels.count == 6)
    let data = Dataset.dyestuff.table
    guard case .categorical(let batch) = try data.column("batch"),
      case .numeric(let yield) = try data.column("yield")
    else { return }
    // Fits to tables without the rows.
    var sigmas: [Double] = []
    for level in 0..<6 {
      let rows = batch.codes.indices.filter { Int(batch.codes[$0]) != level }
      let rest = try DataTable([
        ("yield", .numeric(NumericColumn(rows.map { yield.values[$0] }))),
        ("batch", .categorical(CategoricalColumn(rows.map { batch.levels[Int(batch.codes[$0])] }))),
      ])
      sigmas.append(try LinearMixedModel.fit("yield ~ 1 + (1 | batch)", data: rest).sigma)
    }
    let mean = sigmas.reduce(0, +) / 6
    let squares = sigmas.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let cubes = sigmas.reduce(0) { $0 + (mean - $1) * (mean - $1) * (mean - $1) }
    let expected = cubes / (6 * squares * squares.squareRoot())
    let acceleration = try #require(jackknife.acceleration(of: .residualStandardDeviation))
    #expect(abs(acceleration - expected) < 1e-6 * abs(expected))
    #expect(jackknife.acceleration(of: .sizeParameter) == nil)
  }

  @Test("Generalized models have a jackknife too, over the outermost grouping factor")
  func generalizedJackknife() throws {
    let model = try GeneralizedLinearMixedModel.fit(
      "incidence / size ~ 1 + (1 | herd)", data: Dataset.cbpp.table, family: .binomial)
    let jackknife = try GroupJackknife(model)
    #expect(jackknife.levels.count == 15)
    let without = try model.refitted(withoutLevel: 2, ofTerm: 0)
    #expect(without.observationCount == 56 - (try Self.rowCount(ofHerd: 2)))
    let pastes = try LinearMixedModel.fit(
      "strength ~ 1 + (1 | batch/cask)", data: Dataset.pastes.table)
    #expect(try GroupJackknife(pastes).groupingFactor == "batch")
  }

  private static func rowCount(ofHerd herd: Int) throws -> Int {
    let model = try GeneralizedLinearMixedModel.fit(
      "incidence / size ~ 1 + (1 | herd)", data: Dataset.cbpp.table, family: .binomial)
    return model.problem.rows.terms[0].levelCodes.count { Int($0) == herd }
  }
}

@Suite("The simulated likelihood-ratio test")
struct SimulatedLikelihoodRatioTestTests {
  private static func model(
    _ formula: Formula, _ criterion: Criterion = .maximumLikelihood, _ dataset: Dataset = .pastes
  ) throws -> LinearMixedModel {
    try .fit(formula, data: dataset.table, criterion: criterion)
  }

  @Test("The p-value is the rank of the statistic among those of the null model")
  func rank() async throws {
    let null = try Self.model("strength ~ 1 + (1 | batch & cask)")
    let alternative = try Self.model("strength ~ 1 + (1 | batch) + (1 | batch & cask)")
    let test = try await simulatedLikelihoodRatioTest(
      null, alternative, replicates: 59, seed: 1)
    #expect(test.statistic == null.objective - alternative.objective)
    #expect(test.simulatedStatistics.count == 59 && test.failures.isEmpty)
    let exceeding = test.simulatedStatistics.count { $0 >= test.statistic }
    #expect(test.pValue == Double(1 + exceeding) / 60)
    // One variance on its bound: half the probability is at zero, and the test is between half of
    // the chi-squared p-value and all of it. That is 0.52 here; 0.06 is a standard error.
    #expect(test.pValue > 0.08 && test.pValue < 0.6)
    #expect(test.simulatedStatistics.allSatisfy { $0 > -1e-6 })
    #expect(test.simulatedStatistics.count { $0 < 1e-6 } > 15)
    let parallel = try await simulatedLikelihoodRatioTest(
      null, alternative, replicates: 59, seed: 1, threads: 3)
    #expect(parallel.simulatedStatistics == test.simulatedStatistics)
  }

  @Test("A statistic beyond all simulated ones has the least p-value there is")
  func extreme() async throws {
    let null = try Self.model("reaction ~ 1 + days + (1 | subj)", .maximumLikelihood, .sleepstudy)
    let alternative = try Self.model(
      "reaction ~ 1 + days + (1 + days | subj)", .maximumLikelihood, .sleepstudy)
    let test = try await simulatedLikelihoodRatioTest(null, alternative, replicates: 19, seed: 1)
    #expect(test.pValue == 1.0 / 20)
  }

  @Test("Models that do not compare are refused")
  func refusals() async throws {
    let small = try Self.model("strength ~ 1 + (1 | batch)")
    let large = try Self.model("strength ~ 1 + (1 | batch/cask)")
    func problem(_ null: LinearMixedModel, _ alternative: LinearMixedModel) async -> String? {
      await #expect(throws: MixedModelError.self) {
        try await simulatedLikelihoodRatioTest(null, alternative, replicates: 2, seed: 1)
      }?.problem
    }
    #expect(await problem(large, small)?.contains("the second has 3 parameters") == true)
    let other = try Self.model("yield ~ 1 + (1 | batch)", .maximumLikelihood, .dyestuff)
    #expect(await problem(other, large)?.contains("their responses") == true)
    let reml = try Self.model("strength ~ 1 + (1 | batch/cask)", .restrictedMaximumLikelihood)
    #expect(await problem(small, reml)?.contains("fitted by REML") == true)
    let error = await #expect(throws: MixedModelError.self) {
      try await simulatedLikelihoodRatioTest(small, large, replicates: 0, seed: 1)
    }
    #expect(error?.subject == .option("replicates"))
  }
}
