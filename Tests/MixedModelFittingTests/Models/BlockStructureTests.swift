// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelDatasets
import MixedModelFitting
import Testing

/// Expected texts: MixedModels.jl's documentation for sleepstudy; for the others the rules of its
/// `BlockDescription`.
@Suite("Block structure")
struct BlockStructureTests {
  @Test("The description of sleepstudy is the seed's, byte by byte (A6.1)")
  func sleepstudy() throws {
    let structure = try ModelFits.sleepstudy().blockStructure
    let lines = [
      "rows:     subj         fixed     ",
      "  36:   BlkDiag    ",
      "   3:    Dense         Dense     ",
    ]
    #expect(structure.description == lines.joined(separator: "\n"))
    #expect(structure.rowCounts == [36, 3])
    #expect(structure.blocks[0][0].factor == .blockDiagonal)
  }

  @Test("The first block of scalar effects is diagonal (A6.4)")
  func scalar() throws {
    let structure = try ModelFits.dyestuff().blockStructure
    #expect(structure.blocks[0][0].crossProducts == .diagonal)
    #expect(structure.blocks[0][0].factor == .diagonal)
    #expect(structure.rowCounts == [6, 2])
  }

  @Test("A crossed factor fills in")
  func crossed() throws {
    let lines = [
      "rows:    plate         sample        fixed     ",
      "  24:   Diagonal   ",
      "   6:    Dense       Diag/Dense  ",
      "   2:    Dense         Dense         Dense     ",
    ]
    #expect(try ModelFits.penicillin().blockStructure.description == lines.joined(separator: "\n"))
  }

  @Test("A nested factor stays diagonal and its block sparse")
  func nested() throws {
    let structure = try ModelFits.pastes().blockStructure
    #expect(structure.names == ["batch & cask", "batch", "fixed"])
    #expect(structure.blocks[1].map(\.description) == ["Sparse", "Diagonal"])
    #expect(structure.blocks[2].map(\.description) == ["Dense", "Dense", "Dense"])
  }

  @Test("The last block row is the fixed effects of full rank and the response (A6.2)")
  func fullRank() throws {
    #expect(try ModelFits.rankDeficient().blockStructure.rowCounts == [30, 5])
  }

  @Test("A problem has a structure before it is fitted")
  func problem() throws {
    let problem = try LinearProblem(
      "y ~ 1 + service + (1 | s) + (1 | d)", data: Dataset.insteval.table)
    #expect(problem.blockStructure.rowCounts == [2972, 1128, 3])
    #expect(problem.blockStructure.blocks[1].map(\.description) == ["Sparse", "Diag/Dense"])
  }
}
