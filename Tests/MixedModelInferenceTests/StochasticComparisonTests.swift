// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import MixedModelErrors
import MixedModelFitting
import MixedModels
import TestSupport
import Testing

@Suite("Comparisons of models with a stochastic log-determinant")
struct StochasticComparisonTests {
  private static let options = DesignOptions(logDeterminant: .stochastic(probes: 16))

  /// Crossed ratings in which x matters and z does not.
  private static func table(rowCount: Int = 220) throws -> DataTable {
    var random = SplitMix(seed: 12)
    let (users, items) = (random.normals(25), random.normals(12))
    var columns: [[Double]] = [[], [], []]
    var codes: [[Int32]] = [[], []]
    for _ in 0..<rowCount {
      let (user, item) = (random.index(below: 25), random.index(below: 12))
      let (x, z) = (random.normal(), random.normal())
      codes[0].append(Int32(user))
      codes[1].append(Int32(item))
      for (place, value) in [x, z, x + users[user] + items[item] + random.normal()].enumerated() {
        columns[place].append(value)
      }
    }
    return try DataTable([
      ("x", .numeric(NumericColumn(columns[0]))), ("z", .numeric(NumericColumn(columns[1]))),
      ("y", .numeric(NumericColumn(columns[2]))),
      (
        "user",
        .categorical(CategoricalColumn(codes: codes[0], levels: (0..<25).map { "u\($0)" }))
      ),
      (
        "item",
        .categorical(CategoricalColumn(codes: codes[1], levels: (0..<12).map { "i\($0)" }))
      ),
    ])
  }

  private static func model(
    _ formula: Formula, _ options: DesignOptions = options, rowCount: Int = 220
  ) throws -> LinearMixedModel {
    try LinearMixedModel.fit(formula, data: table(rowCount: rowCount), options: options)
  }

  private func message<Result>(_ body: () throws -> Result) -> String {
    do {
      _ = try body()
      return ""
    } catch {
      return (error as? MixedModelError)?.description ?? ""
    }
  }

  @Test("A difference of many standard errors is tested, and its error noted")
  func tested() throws {
    let small = try Self.model("y ~ 1 + (1 | user) + (1 | item)")
    let large = try Self.model("y ~ 1 + x + (1 | user) + (1 | item)")
    let test = try likelihoodRatioTest(small, large)
    let error = try #require(large.standardErrorOfDifference(from: small))
    let statistic = try #require(test.rows[1].statistic)
    #expect(statistic > 4 * error)
    #expect(test.notes.contains { $0.contains("has a Monte Carlo standard error of") })
    let exact = try likelihoodRatioTest(
      try Self.model("y ~ 1 + (1 | user) + (1 | item)", DesignOptions()),
      try Self.model("y ~ 1 + x + (1 | user) + (1 | item)", DesignOptions()))
    #expect(abs(statistic - (try #require(exact.rows[1].statistic))) < 4 * error)
    #expect(!exact.notes.contains { $0.contains("Monte Carlo") })
    let table = try InformationCriteriaTable(of: [small, large])
    #expect(table.notes.filter { $0.contains("Monte Carlo") }.count == 2)
  }

  @Test("A difference within four of them is refused by name, and no other")
  func refused() throws {
    // With few rows the levels are badly connected, and the errors large.
    let rowCount = 60
    let small = try Self.model("y ~ 1 + x + (1 | user) + (1 | item)", rowCount: rowCount)
    var refusedCount = 0
    for seed in UInt64(2)...7 {
      // Other probes: the errors do not go together.
      let large = try Self.model(
        "y ~ 1 + x + z + (1 | user) + (1 | item)",
        DesignOptions(logDeterminant: .stochastic(probes: 4, seed: seed)), rowCount: rowCount)
      let error = try #require(large.standardErrorOfDifference(from: small))
      let difference = small.objective - large.objective
      let refusal = message { try likelihoodRatioTest(small, large) }
      guard abs(difference) < 4 * error else {
        #expect(refusal == "")
        continue
      }
      refusedCount += 1
      #expect(
        refusal == "The objectives of y ~ 1 + x + (1 | user) + (1 | item) and y ~ 1 + x + z + "
          + "(1 | user) + (1 | item) differ by \(difference.compactText), less than four times the "
          + "Monte Carlo standard error of that, \(error.compactText). Fit both with more probes, "
          + "the same in both, or with the exact log-determinant.")
    }
    #expect(refusedCount > 0)
  }

  @Test("Deletions and tests of random effects fit with the same probes")
  func deletions() throws {
    let model = try Self.model("y ~ 1 + x + (1 | user) + (1 | item)")
    let deletions = try model.singleTermDeletions()
    #expect(deletions["x"]?.pValue ?? 1 < 1e-6)
    #expect(deletions.notes.contains { $0.contains("Monte Carlo") })
    let tests = try model.randomEffectsTests()
    #expect(tests.rows.count == 2)
    #expect(tests.rows.allSatisfy { $0.pValue < 1e-6 })
  }

  @Test("Wald inference and predictions without intervals need no factor")
  func wald() throws {
    let model = try Self.model("y ~ 1 + x + (1 | user) + (1 | item)")
    let data = try Self.table()
    let predictions = try model.predict(data)
    #expect(zip(predictions.values, model.fittedValues()).allSatisfy { abs($0 - $1) < 1e-10 })
    #expect(try model.coefficientTable().rows.count == 2)
    #expect(try model.confidenceIntervals(.wald, of: ["beta:x"]).rows.count == 1)
  }
}
