// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import MixedModelDatasets
import MixedModelErrors
import ModelFormulas
import TestSupport
import Testing

@testable import MixedModelFitting

@Suite("The memory limit of a fit")
struct MemoryLimitTests {
  /// Two crossed factors of four hundred levels, each with as many effects as `f` has levels: the
  /// tail has more than a hundred thousand rows, though there are some thousand rows of data.
  private static func hugeTable() throws -> DataTable {
    var random = SplitMix(seed: 5)
    let rows = 0..<405 * 25
    return try DataTable(
      numeric: ["y": rows.map { Double($0 % 13) }],
      categorical: [
        "u": rows.map { "u\($0 / 25)" }, "i": rows.map { _ in "i\(random.index(below: 400))" },
        "f": rows.map { "f\($0 % 300)" },
      ])
  }

  private static let hugeFormula: Formula =
    "y ~ 1 + zerocorr(1 + f | u) + zerocorr(1 + f | i)"

  private func message(_ work: () throws -> Void) -> String? {
    #expect(throws: MixedModelError.self) { try work() }?.description
  }

  @Test("A tail of more than 100 GB is planned without it, and refused")
  func huge() throws {
    let table = try Self.hugeTable()
    let plan = try FitPlan(Self.hugeFormula, data: table)
    #expect(plan.tail.order == 120_000 + 2)
    let tail = try #require(plan.blocks.first { $0.row == "i" && $0.column == "i" })
    #expect(tail.form.factor == .dense)
    #expect(Double(tail.factorEntryCount) == 120_000 * 120_001 / 2)
    #expect(plan.factorByteCount > 100_000_000_000 / 2)
    let options = DesignOptions(memoryLimit: 16_000_000_000)
    let message = message {
      _ = try LinearProblem(Self.hugeFormula, data: table, options: options)
    }
    #expect(message?.contains("the limit is 16.0 GB: the block of i by i in the factor") == true)
    #expect(message?.contains("120,000 × 120,000 and dense, takes") == true)
    #expect(message?.contains("--log-determinant stochastic") == true)
    #expect(message?.hasSuffix("if fewer of its levels occurred together.") == true)
  }

  @Test("A limit below the need is refused with the need, one above it is not")
  func bounds() throws {
    let formula: Formula = "diameter ~ 1 + (1 | plate) + (1 | sample)"
    let table = Dataset.penicillin.table
    let need = try FitPlan(formula, data: table).memory.peak
    let exact = DesignOptions(memoryLimit: need)
    #expect(try LinearMixedModel.fit(formula, data: table, options: exact).hasConverged)
    let refusal = message {
      _ = try LinearMixedModel.fit(
        formula, data: table, options: DesignOptions(memoryLimit: need - 1))
    }
    #expect(refusal?.hasPrefix("The fit would take about \(need.byteText) of memory") == true)
    #expect(refusal?.contains("--memory-limit") == true)
    try FitPlan(formula, data: table).checkMemory(limit: need)
    #expect(
      message { try FitPlan(formula, data: table).checkMemory(limit: need - 1) } == refusal)
  }

  @Test("A generalized model is refused, too")
  func generalized() throws {
    let formula: Formula = "incidence / size ~ period + (1 | herd)"
    let table = Dataset.cbpp.table
    let need = try FitPlan(formula, data: table, family: .binomial).memory.peak
    let message = message {
      _ = try GeneralizedProblem(
        formula, data: table, family: .binomial, options: DesignOptions(memoryLimit: need - 1))
    }
    #expect(message?.hasPrefix("The fit would take about ") == true)
    _ = try GeneralizedProblem(
      formula, data: table, family: .binomial, options: DesignOptions(memoryLimit: need))
  }

  @Test("Too many rows and columns are refused before they are made")
  func rows() throws {
    let message = message {
      _ = try LinearProblem(
        "y ~ 1 + x + (1 | g)", data: Self.longTable(), options: DesignOptions(memoryLimit: 1_000))
    }
    #expect(
      message
        == "The fit would take at least 21.2 MB of memory, and the limit is 1.00 kB: the program takes 21.0 MB, the rows, "
        + "3,000 with 2 columns of fixed effects, 132 kB, the data 60.0 kB. Leave out terms or "
        + "rows, or raise the limit (memoryLimit, --memory-limit) if the machine has more.")
  }

  private static func longTable() throws -> DataTable {
    try DataTable(
      numeric: ["y": (0..<3000).map { Double($0 % 17) }, "x": (0..<3000).map { Double($0 % 5) }],
      categorical: ["g": (0..<3000).map { "g\($0 % 10)" }])
  }

  @Test("Where covariance parameters take the most, the term that has them is named")
  func parameters() throws {
    // 150 effects have 11,325 covariance parameters, and every one a vector of the random effects.
    let rows = 0..<600
    let table = try DataTable(
      numeric: ["y": rows.map { Double($0 % 13) }],
      categorical: ["g": rows.map { "g\($0 / 3)" }, "f": rows.map { "f\($0 % 150)" }])
    let message = message {
      _ = try LinearProblem(
        "y ~ 1 + (1 + f | g)", data: table, options: DesignOptions(memoryLimit: 2_000_000_000))
    }
    #expect(message?.contains("by the 11,325 covariance parameters of g take") == true)
    #expect(message?.contains("zerocorr") == true)
  }

  @Test("Each thread has Krylov spaces of its own")
  func krylovSpaces() throws {
    let options = DesignOptions(logDeterminant: .stochastic(probes: 30, seed: 1))
    let table = Dataset.penicillin.table
    let formula: Formula = "diameter ~ 1 + (1 | plate) + (1 | sample)"
    func workspace(_ threads: Int) throws -> Int {
      try withLinearAlgebraThreads(threads) {
        try FitPlan(formula, data: table, options: options).memory[.workspace]
      }
    }
    let one = try workspace(1)
    // Eight vectors of six samples for each of 25 steps and a few more, of eight bytes.
    #expect(try workspace(2) - one == 8 * 6 * 31 * 8)
    #expect(try workspace(3) - one == 2 * 8 * 6 * 31 * 8)
  }

  @Test("A generalized model holds the covariates of its random effects in units of their own")
  func scaledCovariates() throws {
    let table = Dataset.cbpp.table
    func rows(_ formula: Formula) throws -> Int {
      try FitPlan(formula, data: table, family: .binomial).memory[.rows]
    }
    let one = try rows("incidence / size ~ period + (1 | herd)")
    let two = try rows("incidence / size ~ period + (1 + size | herd)")
    // One effect more, and both once more.
    #expect(two - one == table.rowCount * 3 * 8)
  }
}
