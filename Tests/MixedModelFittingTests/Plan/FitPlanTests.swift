// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DataTables
import MixedModelDatasets
import ModelFormulas
import TestSupport
import Testing

@testable import MixedModelFitting

@Suite("The plan of a fit")
struct FitPlanTests {
  private struct Case: CustomTestStringConvertible {
    let formula: Formula
    let table: DataTable
    var testDescription: String { formula.description }
  }

  private static let cases = [
    Case(
      formula: "reaction ~ 1 + days + (1 + days | subj)", table: Dataset.sleepstudy.table),
    Case(
      formula: "diameter ~ 1 + (1 | plate) + (1 | sample)", table: Dataset.penicillin.table),
    Case(formula: "strength ~ 1 + (1 | batch / cask)", table: Dataset.pastes.table),
  ]

  /// Rows along a line, so that three crossed factors leave a sparse tail.
  private static let line: Case? = {
    var random = SplitMix(seed: 8)
    let levelCounts = [400, 260, 150]
    var factors = [[String]](repeating: [], count: 3)
    for row in 0..<1500 {
      for (factor, count) in levelCounts.enumerated() {
        factors[factor].append("l\((row * count / 1500 + random.index(below: 4)) % count)")
      }
    }
    let table = try? DataTable(
      numeric: ["y": (0..<1500).map { _ in random.normal() }, "x": random.uniforms(1500)],
      categorical: ["a": factors[0], "b": factors[1], "c": factors[2]])
    return table.map { Case(formula: "y ~ 1 + x + (1 | a) + (1 + x | b) + (1 | c)", table: $0) }
  }()

  @Test("Sizes are those of the layout of the fit", arguments: cases + [line].compactMap { $0 })
  private func sizes(_ model: Case) throws {
    let plan = try FitPlan(model.formula, data: model.table)
    let problem = try LinearProblem(model.formula, data: model.table)
    let cholesky = PenalizedLeastSquares(problem.crossProducts, layout: try problem.layout).cholesky
    #expect(plan.factorByteCount == 8 * cholesky.values.count)
    #expect(plan.memory[.crossProducts] == 8 * problem.crossProducts.matrix.values.count)
    #expect(try plan.randomEffectCount == problem.layout.matrix.randomCount)
    #expect(plan.covarianceParameterCount == problem.covarianceParameterCount)
    #expect(plan.optimizedParameterCount == problem.covarianceParameterCount)
    // Blocks are rounded to whole doubles one by one.
    let stored = plan.blocks.reduce(0) { $0 + $1.factorByteCount }
    #expect(abs(stored - plan.factorByteCount) <= 8 * plan.blocks.count)
    let inTail = Set(plan.tail.groupingFactors + ["fixed"])
    let tailEntries = plan.blocks.filter { inTail.contains($0.row) && inTail.contains($0.column) }
      .reduce(0) { $0 + $1.factorEntryCount }
    #expect(try tailEntries == problem.layout.tail.entryCount)
    #expect(try plan.tail.order == problem.layout.tailOrder)
    #expect(problem.work == plan.work)
    let structure = problem.blockStructure
    #expect(plan.blocks.map(\.form) == structure.blocks.flatMap { $0 })
    #expect(plan.memory.peak >= plan.factorByteCount + plan.memory[.crossProducts])
  }

  @Test("Entries are those of a symbolic elimination entry by entry", arguments: cases)
  private func entries(_ model: Case) throws {
    let plan = try FitPlan(model.formula, data: model.table)
    let problem = try LinearProblem(model.formula, data: model.table)
    let counts = eliminatedEntryCounts(try problem.layout.matrix)
    #expect(plan.blocks.map(\.factorEntryCount) == counts.factor)
    #expect(plan.blocks.map(\.crossProductEntryCount) == counts.crossProducts)
    for block in plan.blocks { #expect(block.density > 0 && block.density <= 1) }
  }

  /// The entries of each block before and after elimination, by booleans of the whole matrix.
  private func eliminatedEntryCounts(_ matrix: BlockLayout) -> (crossProducts: [Int], factor: [Int])
  {
    let order = matrix.randomCount + matrix.borderCount
    var filled = [[Bool]](repeating: [Bool](repeating: false, count: order), count: order)
    for (index, term) in matrix.terms.enumerated() {
      for level in 0..<term.levelCount {
        let first = term.start + level * term.dimension
        for i in 0..<term.dimension { for j in 0...i { filled[first + i][first + j] = true } }
      }
      for earlier in 0..<index {
        let pattern = matrix.patterns[matrix.pairIndex(index, earlier)]
        let other = matrix.terms[earlier]
        for level in 0..<other.levelCount {
          for met in pattern.levels[pattern.starts[level]..<pattern.starts[level + 1]] {
            for i in 0..<term.dimension {
              for j in 0..<other.dimension {
                filled[term.start + Int(met) * term.dimension + i][
                  other.start + level * other.dimension + j] = true
              }
            }
          }
        }
      }
    }
    for row in matrix.randomCount..<order { for column in 0...row { filled[row][column] = true } }
    let before = blockCounts(filled, matrix)
    for column in 0..<order {
      let rows = (column + 1..<max(column + 1, order)).filter { filled[$0][column] }
      for (place, row) in rows.enumerated() {
        for other in rows[...place] { filled[row][other] = true }
      }
    }
    return (before, blockCounts(filled, matrix))
  }

  private func blockCounts(_ filled: [[Bool]], _ matrix: BlockLayout) -> [Int] {
    let ranges =
      matrix.terms.map { $0.start..<$0.start + $0.count } + [matrix.randomCount..<filled.count]
    return ranges.indices.flatMap { later in
      (0...later).map { earlier in
        ranges[later].reduce(0) { sum, row in
          sum + ranges[earlier].count { $0 <= row && filled[row][$0] }
        }
      }
    }
  }

  @Test("The work of one grouping factor, counted by hand")
  func workByHand() throws {
    // Six levels of one effect each, and a border of two rows: a root and two quotients, then the
    // products of the two with each other, for each level; the corner is factorized densely.
    let plan = try FitPlan("yield ~ 1 + (1 | batch)", data: Dataset.dyestuff.table)
    #expect(plan.tail.storage == .none)
    let node = 1.0 / 3 + 2 + 4
    #expect(abs(plan.work.factorization - (6 * node + 8.0 / 3)) < 1e-9)
    #expect(plan.work.evaluation > plan.work.factorization)
  }

  @Test("A dense tail takes a third of the cube of its order, its inverse twice that")
  func denseTail() throws {
    let layout = try LinearProblem(
      "diameter ~ 1 + (1 | plate) + (1 | sample)", data: Dataset.penicillin.table
    ).layout
    #expect(layout.tail.isDense)
    // Six samples, the intercept and the response.
    let cube = 512.0
    // All 24 plates meet all samples: products with 6 x 6 entries, and with the border's 6 x 2.
    let collected = 24.0 * (36 + 2 * 12)
    let multiplied = 24.0 * 2 * 36
    #expect(abs(FactorWork.factorization(layout).dense - (cube / 3 + collected)) < 1e-9)
    #expect(abs(FactorWork.selectedInverse(layout).dense - (2 * cube / 3 + multiplied)) < 1e-9)
    #expect(FactorWork.factorization(layout).moved == 0)
  }

  @Test("The effects of a generalized model are optimized with its covariance parameters")
  func generalized() throws {
    let formula: Formula = "incidence / size ~ period + (1 | herd)"
    let table = Dataset.cbpp.table
    let plan = try FitPlan(formula, data: table, family: .binomial)
    #expect(plan.isGeneralized)
    #expect(plan.fixedEffectCount == 4)
    #expect(plan.optimizedParameterCount == 5)
    let fast = try FitPlan(formula, data: table, family: .binomial, criterion: .profiledLaplace)
    #expect(fast.optimizedParameterCount == 1)
    let sized = try FitPlan(
      "incidence ~ period + (1 | herd)", data: table, family: .negativeBinomial)
    #expect(sized.optimizedParameterCount == 6)
    let problem = try GeneralizedProblem(formula, data: table, family: .binomial)
    let factorCount = FitPlan.Memory.generalizedFactorCount
    #expect(plan.memory[.factor] == factorCount * 8 * problem.jointLayout.valueCount)
    #expect(problem.work() == plan.work)
    #expect(plan.blocks.last?.rowCount == 4)
  }

  @Test("Time is work over speed")
  func time() throws {
    let plan = try FitPlan(
      "diameter ~ 1 + (1 | plate) + (1 | sample)", data: Dataset.penicillin.table)
    let slow = FitPlan.MachineSpeed(denseRate: 1e3, scatteredRate: 1e30, rowRate: 1e30)
    // Factorization and inverse together are the cube of the order, and the products of the plates.
    let factors = 0.512 + 24 * (36 + 2 * 12 + 2 * 36) * 1e-3
    // For two parameters the products of 30 effects and two rows of the border, those of the effects of
    // the first term with both and of the second with its own, and the step.
    let squares = 4.0 * (30 + 2)
    let information = squares + 2.0 * 54 + 8.0 / 3
    let evaluation = factors + information * 1e-3
    #expect(abs(plan.work.secondsPerEvaluation(slow) - evaluation) < 1e-4)
    let count = Double(plan.work.expectedEvaluationCount + 1)
    let seconds = plan.work.expectedSeconds(slow)
    #expect(abs(seconds - plan.work.designSeconds(slow) - count * evaluation) < 1e-3)
    let speed = FitPlan.MachineSpeed.measured()
    #expect(speed.denseRate > 1e6 && speed.denseRate < 1e14)
    #expect(speed.scatteredRate == FitPlan.MachineSpeed.standardScatteredRate)
  }

  @Test("Tables hold the numbers of the plan")
  func tables() throws {
    let plan = try FitPlan(
      "diameter ~ 1 + (1 | plate) + (1 | sample)", data: Dataset.penicillin.table)
    let tables = plan.tables(at: .standard)
    #expect(tables.map(\.key) == ["model", "groups", "blocks", "memory", "work"])
    #expect(tables[0].rows == [[144, 0, 1, 30, 2, 2].map { .integer($0) }])
    #expect(
      tables[1].rows == [
        [.text("plate"), .integer(24), .integer(1), .text("level by level")],
        [.text("sample"), .integer(6), .integer(1), .text("in the tail")],
      ])
    #expect(
      tables[1].notes == [
        "The tail has 8 rows and is dense: 100% of its lower triangle is stored."
      ])
    #expect(tables[2].rows.count == 6)
    #expect(tables[3].rows.last == [.text("peak"), .integer(plan.memory.peak)])
    #expect(tables[4].rows[2][3] == .number(plan.work.secondsPerEvaluation(.standard)))
    #expect(plan.tables()[4].rows[2][3] == .missing)
    #expect(plan.description.hasPrefix("Plan of diameter ~ 1 + (1 | plate) + (1 | sample)\n"))
  }

  @Test("A plan finds the faults that a fit would")
  func faults() {
    #expect {
      try FitPlan("reaction ~ 1 + day + (1 | subj)", data: Dataset.sleepstudy.table)
    } throws: {
      "\($0)".hasPrefix("There is no column \"day\"")
    }
  }
}
