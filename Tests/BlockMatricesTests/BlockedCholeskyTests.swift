// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import TestSupport
import Testing

/// Systems of order 130 with condition numbers up to 1e5 lose this many digits at most.
private let tolerance = 1e-10

@Suite("Blocked Cholesky factorization")
struct BlockedCholeskyTests {
  /// The factor as a dense matrix: solving for the identity gives its inverse.
  private func denseFactor(_ cholesky: BlockedCholesky, order: Int) -> Matrix {
    var columns = Matrix.identity(order).values
    cholesky.solveForward(&columns, count: order, borderRowsSkipped: 0)
    // Right-hand sides stand side by side, so rows run fastest in the transpose.
    return Matrix(order, order) { columns[$0 * order + $1] }.inverse
  }

  @Test(
    "The factor times its transpose is the scaled, inflated and bordered matrix",
    arguments: BlockStructure.all, [UInt64(1), 2])
  func reconstruction(_ structure: BlockStructure, seed: UInt64) {
    let blocks = RandomBlocks(structure, seed: seed)
    var cholesky = BlockedCholesky(layout: blocks.choleskyLayout)
    #expect(cholesky.factorize(blocks.blocked, factors: blocks.factors) == nil)
    let l = denseFactor(cholesky, order: blocks.order)
    let system = blocks.system(blocks.dense, factors: blocks.factors)
    #expect((l * l.transposed).relativeDifference(to: system) < tolerance)
    let order = cholesky.layout.eliminationOrder
    let above = Matrix(blocks.order, blocks.order) { $0 < $1 ? l[order[$0], order[$1]] : 0 }
    #expect(above.largestMagnitude < tolerance * l.largestMagnitude)
    let randomCount = blocks.layout.randomCount
    let largest = l.largestMagnitude
    for i in 0..<structure.borderCount {
      for j in 0...i {
        let entry = cholesky.borderEntry(i, j)
        #expect(abs(entry - l[randomCount + i, randomCount + j]) < tolerance * largest)
      }
    }
  }

  @Test(
    "A workspace that held another factor gives the same factor as a new one",
    arguments: BlockStructure.all)
  func reuse(_ structure: BlockStructure) {
    let blocks = RandomBlocks(structure, seed: 3)
    let layout = blocks.choleskyLayout
    var used = BlockedCholesky(layout: layout)
    #expect(used.factorize(blocks.blocked, factors: blocks.factors.map { 3 * $0 }) == nil)
    _ = used.withSelectedInverse(borderRows: structure.borderCount - 1) { $0.borderRows }
    #expect(used.factorize(blocks.blocked, factors: blocks.factors) == nil)
    var new = BlockedCholesky(layout: layout)
    #expect(new.factorize(blocks.blocked, factors: blocks.factors) == nil)
    #expect(used.lastRowSolution() == new.lastRowSolution())
    #expect(used.logDeterminant == new.logDeterminant)
  }

  @Test("The log-determinant is that of the random effects' block", arguments: BlockStructure.all)
  func logDeterminant(_ structure: BlockStructure) {
    for seed in UInt64(1)...3 {
      let blocks = RandomBlocks(structure, seed: seed)
      var cholesky = BlockedCholesky(layout: blocks.choleskyLayout)
      #expect(cholesky.factorize(blocks.blocked, factors: blocks.factors) == nil)
      let random = 0..<blocks.layout.randomCount
      let expected = blocks.system(blocks.dense, factors: blocks.factors).block(random, random)
        .logDeterminant
      #expect(abs(cholesky.logDeterminant - expected) < 1e-11 * max(1, abs(expected)))
    }
  }

  @Test("The last row's solution solves the normal equations", arguments: BlockStructure.all)
  func lastRowSolution(_ structure: BlockStructure) {
    let blocks = RandomBlocks(structure, seed: 4)
    var cholesky = BlockedCholesky(layout: blocks.choleskyLayout)
    #expect(cholesky.factorize(blocks.blocked, factors: blocks.factors) == nil)
    let inner = 0..<blocks.order - 1
    let last = blocks.order - 1..<blocks.order
    let system = blocks.system(blocks.dense, factors: blocks.factors)
    let expected =
      system.block(inner, inner).solve(system.block(inner, last)).values.map { -$0 } + [1]
    let solution = Matrix(column: cholesky.lastRowSolution())
    #expect(solution.relativeDifference(to: Matrix(column: expected)) < tolerance)
  }

  @Test("Forward solves leave the skipped rows of the border alone", arguments: BlockStructure.all)
  func forwardSolve(_ structure: BlockStructure) {
    let blocks = RandomBlocks(structure, seed: 5)
    var cholesky = BlockedCholesky(layout: blocks.choleskyLayout)
    #expect(cholesky.factorize(blocks.blocked, factors: blocks.factors) == nil)
    var random = SplitMix(seed: 6)
    let system = blocks.system(blocks.dense, factors: blocks.factors)
    let order = cholesky.layout.eliminationOrder
    let l = Matrix(blocks.order, blocks.order) { system[order[$0], order[$1]] }
      .lowerFactor().factor
    for (skipped, count) in [(0, 1), (1, 3), (structure.borderCount, 2)] {
      let used = blocks.order - skipped
      let right = Matrix(used, count) { _, _ in random.normal() }
      var values = (0..<blocks.order * count).map {
        $0 / count < used ? right[$0 / count, $0 % count] : 7
      }
      cholesky.solveForward(&values, count: count, borderRowsSkipped: skipped)
      let solution = Matrix(used, count) { values[order[$0] * count + $1] }
      let expected = l.block(0..<used, 0..<used)
        .solve(Matrix(used, count) { right[order[$0], $1] })
      #expect(solution.relativeDifference(to: expected) < tolerance)
      #expect(values.suffix(skipped * count).allSatisfy { $0 == 7 })
    }
  }

  @Test(
    "Backward solves are those of dense algebra, one or many at once", arguments: BlockStructure.all
  )
  func backwardSolve(_ structure: BlockStructure) {
    let blocks = RandomBlocks(structure, seed: 7)
    var cholesky = BlockedCholesky(layout: blocks.choleskyLayout)
    #expect(cholesky.factorize(blocks.blocked, factors: blocks.factors) == nil)
    var random = SplitMix(seed: 8)
    let system = blocks.system(blocks.dense, factors: blocks.factors)
    let order = cholesky.layout.eliminationOrder
    let l = Matrix(blocks.order, blocks.order) { system[order[$0], order[$1]] }
      .lowerFactor().factor
    for (skipped, count) in [(0, 1), (1, 3), (structure.borderCount, 2)] {
      let used = blocks.order - skipped
      let right = Matrix(used, count) { _, _ in random.normal() }
      var values = (0..<blocks.order * count).map {
        $0 / count < used ? right[$0 / count, $0 % count] : 7
      }
      cholesky.solveBackward(&values, count: count, borderRowsSkipped: skipped)
      let solution = Matrix(used, count) { values[order[$0] * count + $1] }
      let expected = l.block(0..<used, 0..<used).transposed
        .solve(Matrix(used, count) { right[order[$0], $1] })
      #expect(solution.relativeDifference(to: expected) < tolerance)
      #expect(values.suffix(skipped * count).allSatisfy { $0 == 7 })
      guard count == 1 else { continue }
      var single = right.values + [Double](repeating: 7, count: skipped)
      cholesky.solveBackward(&single, borderRowsSkipped: skipped)
      #expect(single == values)
    }
  }

  @Test(
    "Chains of nested factors leave no random effect to the dense tail, and crossed ones do",
    arguments: BlockStructure.all)
  func fill(_ structure: BlockStructure) {
    let layout = RandomBlocks(structure, seed: 7).choleskyLayout
    switch structure.occurrence {
    case .nested:
      #expect(layout.tailCount == 0)
    case .crossed, .partiallyNested, .islands, .fewMoves:
      let first = structure.terms[0].levelCount * structure.terms[0].dimension
      #expect(layout.tailCount == layout.matrix.randomCount - first)
    case .nestedAndCrossed:
      let last = structure.terms[2].levelCount * structure.terms[2].dimension
      #expect(layout.tailCount == last)
    }
    #expect(layout.tailOrder == layout.tailCount + structure.borderCount)
    #expect(structure.tail != .dense || layout.tail.isDense)
  }

  @Test("A zero factor of any term gives the identity in its place", arguments: BlockStructure.all)
  func singularFactors(_ structure: BlockStructure) {
    let blocks = RandomBlocks(structure, seed: 8)
    for zeroed in structure.terms.indices {
      var factors = blocks.factors
      for i in blocks.layout.factorStart[zeroed]..<blocks.layout.factorStart[zeroed + 1] {
        factors[i] = 0
      }
      var cholesky = BlockedCholesky(layout: blocks.choleskyLayout)
      #expect(cholesky.factorize(blocks.blocked, factors: factors) == nil)
      let shape = blocks.layout.terms[zeroed]
      let modes = cholesky.lastRowSolution()[shape.start..<shape.start + shape.count]
      #expect(modes.allSatisfy { $0 == 0 })
    }
  }
}

extension CholeskyLayout {
  /// The rows of the matrix in order of elimination, the border last.
  fileprivate var eliminationOrder: [Int] {
    var order = Array(0..<matrix.randomCount + matrix.borderCount)
    for (effect, position) in tail.positions.enumerated() {
      order[sparseCount + Int(position)] = sparseCount + effect
    }
    return order
  }
}

@Suite("Breakdown of a blocked factorization")
struct BreakdownTests {
  @Test(
    "The first pivot that is not positive is reported by its random effect",
    arguments: BlockStructure.all)
  func randomEffect(_ structure: BlockStructure) {
    let blocks = RandomBlocks(structure, seed: 9)
    var cholesky = BlockedCholesky(layout: blocks.choleskyLayout)
    let identity = identityFactors(structure)
    for (term, shape) in blocks.layout.terms.enumerated() {
      for level in Set([0, shape.levelCount / 2, shape.levelCount - 1]) {
        let effect = shape.start + level * shape.dimension + shape.dimension - 1
        var indefinite = blocks.dense
        indefinite[effect, effect] = -1e6
        let expected = blocks.system(indefinite, factors: identity).lowerFactor().breakdown
        #expect(expected == effect)
        let breakdown = cholesky.factorize(blocks.blocked(indefinite), factors: identity)
        guard case .randomEffect(let reported) = breakdown else {
          Issue.record("term \(term), level \(level): \(String(describing: breakdown))")
          continue
        }
        #expect((reported - shape.start) / shape.dimension == level)
        #expect(reported >= shape.start && reported < shape.start + shape.count)
      }
    }
  }

  @Test(
    "A row of the border that depends on others is reported as such",
    arguments: BlockStructure.all)
  func border(_ structure: BlockStructure) {
    let blocks = RandomBlocks(structure, seed: 10)
    var cholesky = BlockedCholesky(layout: blocks.choleskyLayout)
    for row in 0..<structure.borderCount {
      var indefinite = blocks.dense
      indefinite[blocks.layout.randomCount + row, blocks.layout.randomCount + row] = -1
      let breakdown = cholesky.factorize(
        blocks.blocked(indefinite), factors: identityFactors(structure))
      #expect(breakdown == .border(row))
    }
  }

  @Test("Values that are not numbers break down", arguments: BlockStructure.all)
  func notANumber(_ structure: BlockStructure) {
    let blocks = RandomBlocks(structure, seed: 11)
    var cholesky = BlockedCholesky(layout: blocks.choleskyLayout)
    for i in blocks.factors.indices where blocks.factors[i] != 0 {
      var factors = blocks.factors
      factors[i] = .nan
      #expect(cholesky.factorize(blocks.blocked, factors: factors) != nil)
    }
    #expect(cholesky.factorize(blocks.blocked, factors: blocks.factors) == nil)
  }

  private func identityFactors(_ structure: BlockStructure) -> [Double] {
    structure.terms.flatMap { Matrix.identity($0.dimension).values }
  }
}
