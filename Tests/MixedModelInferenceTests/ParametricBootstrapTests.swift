// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import MixedModelErrors
import MixedModelFitting
import Testing

@testable import MixedModelInference

@Suite("The parametric bootstrap")
struct ParametricBootstrapTests {
  private static func sleepstudy(
    _ criterion: Criterion = .maximumLikelihood
  ) throws -> LinearMixedModel {
    try .fit(
      "reaction ~ 1 + days + (1 + days | subj)", data: Dataset.sleepstudy.table,
      criterion: criterion)
  }

  private static func cbpp() throws -> GeneralizedLinearMixedModel {
    try .fit(
      "incidence / size ~ period + (1 | herd)", data: Dataset.cbpp.table, family: .binomial)
  }

  /// Six groups of four zeros and ones, which a replicate now and then has none of in a half.
  private static func separable() throws -> GeneralizedLinearMixedModel {
    let y = [0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 0, 1].map(
      Double.init)
    let data = try DataTable([
      ("y", .numeric(NumericColumn(y))),
      ("half", .numeric(NumericColumn((0..<24).map { $0 < 12 ? 0 : 1 }))),
      (
        "g",
        .categorical(CategoricalColumn((0..<24).map { ["a", "b", "c", "d", "e", "f"][$0 / 4] }))
      ),
    ])
    return try .fit(
      "y ~ half + (1 | g)", data: data, family: .bernoulli, criterion: .profiledLaplace)
  }

  @Test("Every replicate is the refit of the response with its number", arguments: [true, false])
  func replicates(isREML: Bool) async throws {
    let model = try Self.sleepstudy(isREML ? .restrictedMaximumLikelihood : .maximumLikelihood)
    let sample = try await model.parametricBootstrap(replicates: 4, seed: 3)
    let responses = try model.simulatedResponses(count: 4, seed: 3)
    #expect(sample.replicates == [1, 2, 3, 4] && sample.failures.isEmpty)
    for (index, response) in responses.enumerated() {
      let refit = try model.refitted(to: response)
      func expect(_ quantity: BootstrapQuantity, _ value: Double?) throws {
        let own = try #require(sample.values(of: quantity))[index]
        // The tolerance of an optimum; variances are flat there.
        #expect(abs(own - (try #require(value))) < 1e-5 * max(1, abs(own)), "\(quantity)")
      }
      let components = refit.varianceComponents
      let group = try #require(components["subj"])
      try expect(.objective, refit.objective)
      try expect(.coefficient("days"), refit.fixedEffects["days"]?.estimate)
      try expect(.standardError("days"), refit.fixedEffects["days"]?.standardError)
      try expect(.residualStandardDeviation, refit.sigma)
      try expect(
        .standardDeviation(groupingFactor: "subj", effect: "days"), group.standardDeviations[1])
      try expect(
        .correlation(groupingFactor: "subj", effect: "(Intercept)", other: "days"),
        group.correlation(0, 1).value)
      try expect(.theta(2), refit.theta[1])
      #expect(sample.isSingular[index] == refit.isSingular)
    }
    #expect(sample.estimate(of: .coefficient("days")) == model.fixedEffects["days"]?.estimate)
    #expect(sample.values(of: .sizeParameter) == nil)
  }

  @Test("The numbers are the same on one, two and eight threads, and whether drawn at once or not")
  func determinism() async throws {
    let model = try Self.sleepstudy()
    let sample = try await model.parametricBootstrap(replicates: 30, seed: 7)
    for threads in [2, 8] {
      let other = try await model.parametricBootstrap(replicates: 30, seed: 7, threads: threads)
      #expect(other.csv == sample.csv)
    }
    let first = try await model.parametricBootstrap(replicates: 11, seed: 7)
    let both = try await model.parametricBootstrap(
      continuing: first, replicates: 19, threads: 2)
    #expect(both.csv == sample.csv)
    let different = try await model.parametricBootstrap(replicates: 5, seed: 8)
    #expect(different.values(of: .objective) != Array(sample.values(of: .objective)!.prefix(5)))
  }

  @Test("Replicates spread as the theory of the linear model says")
  func spread() async throws {
    let model = try Self.sleepstudy()
    let sample = try await model.parametricBootstrap(replicates: 500, seed: 1, threads: 2)
    let intervals = try sample.intervals(.normal)
    for coefficient in model.fixedEffects {
      let row = try #require(intervals[.coefficient(coefficient.name)])
      // Estimates of balanced data are normal with the model's standard error; that of 500
      // standard deviations is 3.2 %, and that of their mean 4.5 % of one.
      #expect(abs(row.standardError / coefficient.standardError - 1) < 0.13)
      #expect(abs(row.bias) < 0.18 * coefficient.standardError)
      #expect(row.replicateCount == 500)
    }
    // The maximum-likelihood residual variance is unbiased within subjects: 144 of 180 remain.
    let sigma = try #require(sample.values(of: .residualStandardDeviation))
    let mean = sigma.reduce(0) { $0 + $1 * $1 } / 500
    #expect(abs(mean / (model.sigma * model.sigma) - 1) < 0.02)
  }

  @Test("A generalized model's replicates do not depend on threads, and have no sigma")
  func generalized() async throws {
    let model = try Self.cbpp()
    let sample = try await model.parametricBootstrap(replicates: 6, seed: 2, threads: 2)
    let one = try await model.parametricBootstrap(replicates: 6, seed: 2)
    #expect(sample.csv == one.csv)
    #expect(sample.count == 6)
    #expect(sample.values(of: .residualStandardDeviation) == nil)
    let response = try model.simulatedResponses(count: 5, seed: 2)[4]
    #expect(try model.refitted(to: response).objective == sample.values(of: .objective)?[4])
  }

  @Test("Failures are counted by reason, and kept in a file with the rest")
  func failures() async throws {
    let model = try Self.separable()
    let sample = try await model.parametricBootstrap(replicates: 40, seed: 5)
    let count = try #require(sample.failureCounts[.model])
    #expect(count > 0 && sample.count > 0 && sample.count + count == 40)
    #expect(sample.failures.first?.message.contains("separation") == true)
    #expect(sample.notes.first?.hasPrefix("\(count) of 40 replicates failed (model); ") == true)
    let again = try Self.reread(sample, of: model)
    #expect(again.failures == sample.failures)
    #expect(again.csv == sample.csv)
  }

  /// Unchecked, because progress is never told twice at a time, and read after the end.
  private final class Counts: @unchecked Sendable {
    var told: [Int] = []
  }

  @Test("Progress is told up to the last replicate, and cancelling keeps the first ones")
  func cancelling() async throws {
    let model = try Self.sleepstudy()
    let counts = Counts()
    let sample = try await model.parametricBootstrap(replicates: 20, seed: 4) { count in
      counts.told.append(count)
    }
    let told = counts.told
    #expect(told.last == 20 && told == told.sorted() && told.count > 1)
    let task = Task {
      try await model.parametricBootstrap(replicates: 1_000_000, seed: 4, threads: 2) { _ in
        withUnsafeCurrentTask { $0?.cancel() }
      }
    }
    let cancelled = try await task.value
    #expect(cancelled.count > 0 && cancelled.count < 1_000_000)
    let shared = min(20, cancelled.count)
    #expect(
      try #require(cancelled.values(of: .objective)).prefix(shared)
        == (try #require(sample.values(of: .objective))).prefix(shared))
  }

  private static func reread(
    _ sample: BootstrapSample, of model: some MixedModel
  ) throws -> BootstrapSample {
    let file = try TemporaryFile("")
    try sample.write(to: file.path)
    return try BootstrapSample(contentsOf: file.path, of: model)
  }

  @Test("A sample written and read is the same, and is gone on with")
  func file() async throws {
    let model = try Self.sleepstudy()
    let seed = UInt64.max - 1
    let sample = try await model.parametricBootstrap(replicates: 12, seed: seed)
    let again = try Self.reread(sample, of: model)
    #expect(again.csv == sample.csv && again.seed == seed)
    #expect(again.isSingular == sample.isSingular && again.hasConverged == sample.hasConverged)
    let more = try await model.parametricBootstrap(continuing: again, replicates: 3)
    let all = try await model.parametricBootstrap(replicates: 15, seed: seed)
    #expect(more.csv == all.csv)
  }

  @Test("A file that is no sample of the model is refused")
  func unreadableFiles() async throws {
    let model = try Self.sleepstudy()
    let sample = try await model.parametricBootstrap(replicates: 3, seed: 1)
    let lines = sample.csv.split(separator: "\n").map(String.init)
    let other = try LinearMixedModel.fit(
      "reaction ~ 1 + days + (1 | subj)", data: Dataset.sleepstudy.table)
    let reml = try Self.sleepstudy(.restrictedMaximumLikelihood)
    func message(_ text: String, _ model: some MixedModel) throws -> String? {
      let file = try TemporaryFile(text)
      return #expect(throws: MixedModelError.self) {
        try BootstrapSample(contentsOf: file.path, of: model)
      }?.description
    }
    #expect(try message(sample.csv, other)?.contains("columns that the model does not") == true)
    #expect(try message(sample.csv, reml)?.contains("is not of this model: there, obj") == true)
    #expect(try message("a,b\n1,2\n", model)?.contains("lacks a column") == true)
    #expect(
      try message((lines[..<2] + lines[3...]).joined(separator: "\n"), model)?
        .contains("replicate 1 is not where it belongs, in line 3") == true)
    #expect(
      try message(
        (lines + [lines[4].replacing("3,1,", with: "4,2,")]).joined(separator: "\n"), model)?
        .contains("do not have one seed") == true)
    #expect(
      try message(sample.csv.replacing("theta:1", with: "theta:9"), model)?
        .contains("no column \"theta:1\"") == true)
    let error = await #expect(throws: MixedModelError.self) {
      try await other.parametricBootstrap(continuing: sample, replicates: 1)
    }
    #expect(error?.problem.contains("not of this model") == true)
  }

  @Test("What asks for nothing, or for what cannot be drawn, is refused")
  func refusals() async throws {
    let model = try Self.sleepstudy()
    var error = await #expect(throws: MixedModelError.self) {
      try await model.parametricBootstrap(replicates: 0, seed: 1)
    }
    #expect(error?.description == "The number of replicates is 0. It must be one or more.")
    error = await #expect(throws: MixedModelError.self) {
      try await model.parametricBootstrap(replicates: 5, seed: 1, threads: 0)
    }
    #expect(error?.subject == .option("threads"))
    let quasi = try GeneralizedLinearMixedModel.fit(
      "y ~ trt + (1 | subject)", data: Dataset.epil.table, family: Quasi.poisson)
    error = await #expect(throws: MixedModelError.self) {
      try await quasi.parametricBootstrap(replicates: 5, seed: 1)
    }
    #expect(error?.problem.contains("quasipoisson") == true)
    let sample = try await model.parametricBootstrap(replicates: 1, seed: 1)
    error = #expect(throws: MixedModelError.self) { try sample.intervals() }
    #expect(error?.problem == "The bootstrap sample has 1 replicates with estimates.")
    for level in [0, 1, -0.5, 1.5, .nan] {
      #expect(throws: MixedModelError.self) { try sample.intervals(level: level) }
    }
  }

  @Test("Singular replicates are told, and their correlations are left out")
  func singular() async throws {
    let model = try LinearMixedModel.fit(
      "yield ~ 1 + (1 | batch)", data: Dataset.dyestuff2.table)
    let sample = try await model.parametricBootstrap(replicates: 50, seed: 1)
    let singular = sample.isSingular.count { $0 }
    #expect(singular > 20 && sample.singularShare == Double(singular) / 50)
    let deviations = try #require(
      sample.values(of: .standardDeviation(groupingFactor: "batch", effect: "(Intercept)")))
    #expect(zip(deviations, sample.isSingular).allSatisfy { ($0 == 0) == $1 })
    #expect(sample.notes.last == "\(singular) of 50 replicates are singular.")
  }
}
