// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import MixedModelErrors
import StatisticalFunctions
import TestSupport
import Testing

@testable import MixedModelFitting

/// Simulated responses of a fixed seed against the distribution that the model states. Bounds are
/// five standard errors of the quantity compared.
@Suite("Simulated responses")
struct SimulationTests {
  private static let count = 1500

  /// Whether the mean of the rows' values is as given, and the covariance of two rows.
  private static func expectMoments(
    _ responses: [[Double]], row: Int, _ mean: Double, _ variance: Double,
    covarianceWith other: Int, _ covariance: Double
  ) {
    let n = Double(responses.count)
    let (x, y) = (responses.map { $0[row] }, responses.map { $0[other] })
    let (meanX, meanY) = (x.reduce(0, +) / n, y.reduce(0, +) / n)
    #expect(abs(meanX - mean) < 5 * (variance / n).squareRoot())
    let spread = x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) } / n
    // Normal: the variance of a squared deviation is twice that of the variance.
    #expect(abs(spread - variance) < 5 * variance * (2 / n).squareRoot())
    let product = zip(x, y).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) } / n
    #expect(abs(product - covariance) < 5 * variance * (2 / n).squareRoot())
  }

  @Test("New random effects: the covariance of rows is that of the model")
  func newEffects() throws {
    let model = try ModelFits.sleepstudy()
    let responses = try model.simulatedResponses(count: Self.count, seed: 1)
    let means = model.fittedValues(.population)
    let covariance = try #require(model.varianceComponents["subj"]).covariance
    func between(_ i: Double, _ j: Double) -> Double {
      covariance[0, 0] + (i + j) * covariance[0, 1] + i * j * covariance[1, 1]
    }
    let residual = model.sigma * model.sigma
    // Rows 1 to 10 are the days of one subject, row 11 is another's.
    Self.expectMoments(
      responses, row: 2, means[2], between(2, 2) + residual, covarianceWith: 9, between(2, 9))
    Self.expectMoments(
      responses, row: 9, means[9], between(9, 9) + residual, covarianceWith: 10, 0)
  }

  @Test("Current random effects: rows vary about their fitted means, by the residual alone")
  func currentEffects() throws {
    let model = try ModelFits.weighted()
    let responses = try model.simulatedResponses(
      count: Self.count, seed: 2, randomEffects: .current)
    let means = model.fittedValues()
    let weights = try #require(model.problem.rows.weights)
    for row in [0, 17] {
      Self.expectMoments(
        responses, row: row, means[row], model.sigma * model.sigma / weights[row],
        covarianceWith: row + 1, 0)
    }
  }

  @Test("A generalized model with normal errors and no link simulates as the linear one")
  func sameAsLinear() throws {
    let data = try ModelFits.synthetic()
    let linear = try LinearMixedModel.fit("y_gauss ~ 1 + x + (1 | g)", data: data)
    let generalized = try GeneralizedLinearMixedModel.fit(
      "y_gauss ~ 1 + x + (1 | g)", data: data, family: .gaussian)
    let first = try linear.simulatedResponses(count: 2, seed: 3)
    let second = try generalized.simulatedResponses(count: 2, seed: 3)
    for (a, b) in zip(first[1], second[1]) { #expect(abs(a - b) < 1e-3) }
  }

  @Test("Proportions of trials come back, each a whole number of successes")
  func proportions() throws {
    let model = try GeneralizedLinearMixedModel.fit(
      "incidence / size ~ period + (1 | herd)", data: Dataset.cbpp.table, family: .binomial)
    let trials = try #require(model.problem.weights)
    let responses = try model.simulatedResponses(
      count: Self.count, seed: 4, randomEffects: .current)
    for row in [0, 20] {
      let successes = responses.map { $0[row] * trials[row] }
      #expect(successes.allSatisfy { abs($0 - $0.rounded()) < 1e-9 && $0 <= trials[row] + 1e-9 })
      let mean = model.fittedValues()[row]
      let average = successes.reduce(0, +) / Double(Self.count) / trials[row]
      #expect(
        abs(average - mean)
          < 5 * (mean * (1 - mean) / trials[row] / Double(Self.count)).squareRoot())
    }
  }

  @Test("A response depends on its seed and number alone")
  func determinism() throws {
    let model = try ModelFits.penicillin()
    let many = try model.simulatedResponses(count: 5, seed: 7)
    #expect(try model.simulatedResponses(count: 2, seed: 7) == Array(many[..<2]))
    #expect(try model.simulatedResponses(count: 1, seed: 8)[0] != many[0])
    var stream = RandomStream(seed: 7, stream: 4)
    #expect(try model.simulatedResponse(using: &stream) == many[3])
    // Any generator will do, and one with the same words gives the same numbers.
    var wrapped = Wrapped(stream: RandomStream(seed: 7, stream: 4))
    #expect(try model.simulatedResponse(using: &wrapped) == many[3])
    #expect(Set(many.flatMap { $0 }).count == 5 * model.observationCount)
  }

  private struct Wrapped: RandomNumberGenerator {
    var stream: RandomStream
    mutating func next() -> UInt64 { stream.next() }
  }

  @Test("On the rows of the fit, a table gives the same responses")
  func tableOfTheFit() throws {
    let data = try ModelFits.synthetic()
    for model: any Resimulatable in [
      try ModelFits.weighted(), try ModelFits.withOffset(),
      try GeneralizedLinearMixedModel.fit(
        "y_gauss ~ 1 + x + (1 + x | g)", data: data, family: .gaussian),
    ] {
      for effects in SimulatedRandomEffects.allCases {
        #expect(
          try model.simulatedResponses(count: 2, seed: 5, randomEffects: effects, in: data)
            == model.simulatedResponses(count: 2, seed: 5, randomEffects: effects))
      }
    }
    let cbpp = try GeneralizedLinearMixedModel.fit(
      "incidence / size ~ period + (1 | herd)", data: Dataset.cbpp.table, family: .binomial)
    #expect(
      try cbpp.simulatedResponses(count: 2, seed: 5, in: Dataset.cbpp.table)
        == cbpp.simulatedResponses(count: 2, seed: 5))
  }

  @Test("New groups share their own effects, and missing values stay missing in place")
  func newRows() throws {
    let model = try ModelFits.sleepstudy()
    // Without a residual, rows of the same group and day would be equal; two new groups differ.
    let data = try DataTable([
      ("days", .numeric(NumericColumn([0, 0, .nan, 0, 0]))),
      ("subj", .categorical(CategoricalColumn(["new", "S308", "S308", "newer", "new"]))),
    ])
    let responses = try model.simulatedResponses(count: Self.count, seed: 6, in: data)
    #expect(responses.allSatisfy { $0.count == 5 && $0[2].isNaN })
    let variance = try #require(model.varianceComponents["subj"]).covariance[0, 0]
    let total = variance + model.sigma * model.sigma
    let mean = model.fixedEffects.estimates[0]
    Self.expectMoments(responses, row: 0, mean, total, covarianceWith: 4, variance)
    Self.expectMoments(responses, row: 0, mean, total, covarianceWith: 3, 0)
    Self.expectMoments(responses, row: 1, mean, total, covarianceWith: 0, 0)
    let error = #expect(throws: MixedModelError.self) {
      try model.simulatedResponses(count: 1, seed: 6, randomEffects: .current, in: data)
    }
    #expect(
      error?.description
        == "The grouping factor subj has a level in row 1 which the rows of the fit did not have, "
        + "so that it has no random effects to keep. Leave such rows out, or draw new random "
        + "effects.")
  }

  @Test("What cannot be simulated is refused")
  func refusals() throws {
    let model = try ModelFits.dyestuff()
    let error = #expect(throws: MixedModelError.self) {
      try model.simulatedResponses(count: 0, seed: 1)
    }
    #expect(
      error?.description == "The number of replicates is 0. It must be one or more.")
    let many = #expect(throws: MixedModelError.self) {
      try model.simulatedResponses(count: 100_000_000_000, seed: 1)
    }
    #expect(
      many?.description
        == "The number of replicates is 100,000,000,000. It may be up to 10,000,000.")
    let large = #expect(throws: MixedModelError.self) {
      try ReplicateCount.checkMemory(
        5_000_000, rowCount: 2000, bytesPerValue: 8, available: 1_000_000_000)
    }
    #expect(
      large?.description
        == "5,000,000 simulated responses of 2,000 rows take 80.0 GB of memory, and the machine has "
        + "1.00 GB for them. Draw fewer at a time, each time with another seed.")
    #expect(throws: MixedModelError.self) {
      try ReplicateCount.checkMemory(10_000_000, rowCount: .max, bytesPerValue: 8, available: 1)
    }
    try ReplicateCount.checkMemory(5_000_000, rowCount: 2000, bytesPerValue: 8, available: nil)
    #expect(throws: MixedModelError.self) {
      try model.simulatedResponses(count: 1, seed: 1, in: Dataset.sleepstudy.table)
    }
    let quasi = try GeneralizedLinearMixedModel.fit(
      "y ~ trt + (1 | subject)", data: Dataset.epil.table, family: Quasi.poisson)
    let refusal = #expect(throws: MixedModelError.self) {
      try quasi.simulatedResponses(count: 1, seed: 1)
    }
    #expect(refusal?.problem.contains("quasipoisson") == true)
    // The link has no mean below zero, where normal effects of that size lead now and then.
    let roots = try GeneralizedLinearMixedModel.fit(
      "y ~ 1 + (1 | subject)", data: Dataset.epil.table, family: .poisson,
      link: try PowerLink(exponent: 0.5))
    let outside = #expect(throws: MixedModelError.self) {
      try roots.simulatedResponses(count: 200, seed: 1)
    }
    #expect(outside?.problem.contains("has no response under the") == true)
  }
}
