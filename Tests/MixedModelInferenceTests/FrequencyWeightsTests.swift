// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import MixedModelErrors
import MixedModelFitting
import Testing

@testable import MixedModelInference

/// What is said of a fit with frequency weights is said of the rows repeated as often as they count;
/// what concerns single observations is refused.
@Suite("Inference with frequency weights")
struct FrequencyWeightsTests {
  let table: DataTable
  let repeated: DataTable
  let options = DesignOptions(frequencyWeights: "V4")

  init() throws {
    let epil = Dataset.epil.table
    let times = (0..<epil.rowCount).map { Double([2, 1, 3, 1][($0 + $0 / 4) % 4]) }
    // V4 is a column that the models have no use for.
    table = try epil.replacing("V4", with: .numeric(NumericColumn(times)))
    repeated = try table.filtered(
      rows: times.indices.flatMap { [Int](repeating: $0, count: Int(times[$0])) })
  }

  private func linear(_ table: DataTable, _ options: DesignOptions) throws -> LinearMixedModel {
    try .fit("y ~ 1 + lbase + trt + (1 + lbase | subject)", data: table, options: options)
  }

  private func counts(
    _ table: DataTable, _ options: DesignOptions
  ) throws -> GeneralizedLinearMixedModel {
    try .fit(
      "y ~ 1 + lbase + trt + (1 | subject)", data: table, family: .poisson, options: options)
  }

  @Test("Profile intervals are those of the repeated rows", arguments: [false, true])
  func profiles(generalized: Bool) throws {
    let ours: any MixedModel = try generalized ? counts(table, options) : linear(table, options)
    let other: any MixedModel =
      try generalized
      ? counts(repeated, DesignOptions()) : linear(repeated, DesignOptions())
    let intervals = try ours.confidenceIntervals(.profile)
    let expected = try other.confidenceIntervals(.profile)
    #expect(intervals.rows.count == expected.rows.count)
    for (row, reference) in zip(intervals.rows, expected.rows) {
      #expect(row.parameter == reference.parameter)
      for (limit, expected) in [(row.lower, reference.lower), (row.upper, reference.upper)] {
        // A limit that cannot be reached is missing in both.
        #expect((limit == nil) == (expected == nil))
        if let expected { #expect(agree(limit, expected, 1e-5), "\(row.parameter)") }
      }
    }
  }

  @Test("Overdispersion, zeros and variance shares are those of the repeated rows")
  func checks() throws {
    let ours = try counts(table, options)
    let other = try counts(repeated, DesignOptions())
    let (test, expected) = (try ours.overdispersionTest(), try other.overdispersionTest())
    #expect(test.degreesOfFreedom == expected.degreesOfFreedom)
    #expect(agree(test.chiSquared, expected.chiSquared, 1e-6))
    let (zeros, expectedZeros) = (try ours.zeroCount(), try other.zeroCount())
    #expect(zeros.observed == expectedZeros.observed)
    #expect(zeros.observed > (try counts(table, DesignOptions()).zeroCount().observed))
    #expect(agree(zeros.expected, expectedZeros.expected, 1e-6))
    for (ours, other) in [
      (try ours.varianceDecomposition(), try other.varianceDecomposition()),
      (
        try linear(table, options).varianceDecomposition(),
        try linear(repeated, DesignOptions()).varianceDecomposition()
      ),
    ] {
      #expect(agree(ours.fixed, other.fixed, 1e-6))
      #expect(agree(ours.random, other.random, 1e-6))
      #expect(agree(ours.residual, other.residual, 1e-6))
    }
  }

  @Test("What concerns single observations is refused")
  func refused() throws {
    let model = try linear(table, options)
    let refusals: [(String, () throws -> Void)] = [
      ("leverages", { _ = try model.leverages() }),
      ("Cook's distance", { _ = try model.cooksDistances() }),
      ("groups of rows", { _ = try RowGroups("subject", of: model) }),
      ("diagnostics of observations", { _ = try model.observationDiagnostics() }),
    ]
    for (purpose, action) in refusals {
      let error = #expect(throws: MixedModelError.self, performing: action)
      #expect(
        error?.description
          == "With frequency weights a row stands for several observations, and rows of single "
          + "ones are needed for \(purpose). "
          + "Fit the model to a table in which each row is repeated as often as it counts.")
    }
  }
}
