// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import TestSupport
import Testing

@Suite("Schur complement, never formed")
struct SchurComplementTests {
  /// Krylov spaces end at a relative residual of 1e-12, and condition numbers go to 1e5.
  private static let tolerance = 1e-8

  /// Of every kind one with a small tail: the dense system beside each of them is small, too.
  private static let structures = BlockStructure.all.filter { structure in
    structure.terms.count > 1 && structure.tail == .dense && structure.occurrence != .nested
      && structure.terms.dropFirst().reduce(0) { $0 + $1.levelCount * $1.dimension } <= 20
  }

  private func schurComplement(_ blocks: RandomBlocks, _ factors: [Double]) -> SchurComplement {
    var schur = SchurComplement(blocks.blocked)
    let isDefinite = schur.factorize(factors)
    #expect(isDefinite)
    return schur
  }

  /// `log|Λ'AΛ + I|` from the dense system.
  private func logDeterminant(_ blocks: RandomBlocks, _ factors: [Double]) -> Double {
    let random = 0..<blocks.layout.randomCount
    return blocks.system(blocks.dense, factors: factors).block(random, random).logDeterminant
  }

  private static func signs(_ number: Int, order: Int) -> [Double] {
    var random = SplitMix(seed: UInt64(number + 1))
    return (0..<order).map { _ in random.next() & 1 == 0 ? 1 : -1 }
  }

  @Test("Solutions are those of the dense system", arguments: structures, [1, 3, 9])
  func solutions(_ structure: BlockStructure, count: Int) {
    let blocks = RandomBlocks(structure, seed: 21)
    let order = blocks.layout.randomCount
    var random = SplitMix(seed: 5)
    let sides = Matrix(rowCount: order, columnCount: count, values: random.normals(order * count))
    var b = sides.transposed.values
    let schur = schurComplement(blocks, blocks.factors)
    #expect(schur.solve(&b, count: count) != nil)
    let system = blocks.system(blocks.dense, factors: blocks.factors).block(0..<order, 0..<order)
    let solution = Matrix(rowCount: count, columnCount: order, values: b).transposed
    #expect(solution.relativeDifference(to: system.solve(sides)) < Self.tolerance)
  }

  @Test("With all unit vectors as probes the log-determinant is exact", arguments: structures)
  func unitVectors(_ structure: BlockStructure) throws {
    let blocks = RandomBlocks(structure, seed: 22)
    let schur = schurComplement(blocks, blocks.factors)
    let order = schur.order
    let estimate = try #require(
      schur.stochasticLogDeterminant(
        probeCount: order,
        probe: { number in
          (0..<order).map { $0 == number ? Double(order).squareRoot() : 0 }
        }, differentiated: true))
    let exact = logDeterminant(blocks, blocks.factors)
    #expect(abs(estimate.estimate - exact) < Self.tolerance * abs(exact))

    // So is its derivative: twice the trace blocks of the selected inverse.
    var cholesky = BlockedCholesky(layout: blocks.choleskyLayout)
    #expect(cholesky.factorize(blocks.blocked, factors: blocks.factors) == nil)
    let traces = cholesky.withSelectedInverse(borderRows: 0) {
      $0.scaledTraceBlocks(blocks.blocked, factors: blocks.factors)
    }
    #expect(
      Matrix(column: estimate.adjoint).relativeDifference(to: Matrix(column: traces.map { 2 * $0 }))
        < Self.tolerance)
  }

  @Test("The derivative of the estimate agrees with central differences", arguments: structures)
  func derivative(_ structure: BlockStructure) throws {
    let blocks = RandomBlocks(structure, seed: 23)
    func estimate(_ factors: [Double], differentiated: Bool) throws -> StochasticLogDeterminant {
      let schur = schurComplement(blocks, factors)
      return try #require(
        schur.stochasticLogDeterminant(
          probeCount: 2, probe: { Self.signs($0, order: schur.order) },
          differentiated: differentiated))
    }
    let adjoint = try estimate(blocks.factors, differentiated: true).adjoint
    let scale = adjoint.reduce(0) { max($0, abs($1)) }
    for place in adjoint.indices.filter({ blocks.factors[$0] != 0 }).prefix(9) {
      let step = 1e-5
      let ends = try [step, -step].map { change in
        var moved = blocks.factors
        moved[place] += change
        return try estimate(moved, differentiated: false).estimate
      }
      #expect(abs(adjoint[place] - (ends[0] - ends[1]) / (2 * step)) < 1e-6 * scale)
    }
  }

  @Test("The estimate does not change with the sign of a column of a factor")
  func signs() throws {
    let blocks = RandomBlocks(
      BlockStructure("two crossed vectors", .crossed, [(7, 2), (5, 3)], border: 1), seed: 24)
    var turned = blocks.factors
    for i in 4..<7 { turned[i] = -turned[i] }
    let values = try [blocks.factors, turned].map { factors in
      let schur = schurComplement(blocks, factors)
      return try #require(
        schur.stochasticLogDeterminant(
          probeCount: 3, probe: { Self.signs($0, order: schur.order) }, differentiated: false)
      ).estimate
    }
    #expect(abs(values[0] - values[1]) < 1e-9 * abs(values[0]))
  }

  @Test("Many probes come within their standard error of the log-determinant")
  func manyProbes() throws {
    let blocks = RandomBlocks(
      BlockStructure("two crossed scalar terms", .crossed, [(25, 1), (20, 1)], border: 1),
      seed: 25, rowCount: 120)
    let schur = schurComplement(blocks, blocks.factors)
    let values = try #require(
      schur.stochasticLogDeterminant(
        probeCount: 400, probe: { Self.signs($0, order: schur.order) }, differentiated: false)
    ).values
    let mean = values.reduce(0, +) / 400
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 399
    let error = (variance / 400).squareRoot()
    #expect(error > 0)
    #expect(abs(mean - logDeterminant(blocks, blocks.factors)) < 3 * error)
  }

  @Test("The result is the same on every number of threads, to the last bit")
  func threads() throws {
    let blocks = RandomBlocks(
      BlockStructure("three crossed terms", .crossed, [(20, 1), (9, 2), (7, 1)], border: 1),
      seed: 26)
    let schur = schurComplement(blocks, blocks.factors)
    let estimates = try [1, 2, 5].map { threads in
      try #require(
        schur.stochasticLogDeterminant(
          probeCount: 11, probe: { Self.signs($0, order: schur.order) }, differentiated: true,
          threads: threads))
    }
    for estimate in estimates.dropFirst() {
      #expect(estimate.values == estimates[0].values)
      #expect(estimate.adjoint == estimates[0].adjoint)
    }
  }

  @Test("At factors of zero everything is zero")
  func zeroFactors() throws {
    let blocks = RandomBlocks(
      BlockStructure("three crossed terms", .crossed, [(20, 1), (9, 2), (7, 1)], border: 1),
      seed: 29)
    let schur = schurComplement(blocks, blocks.factors.map { _ in 0 })
    let estimate = try #require(
      schur.stochasticLogDeterminant(
        probeCount: 2, probe: { Self.signs($0, order: schur.order) }, differentiated: true))
    #expect(estimate.values.allSatisfy { abs($0) < 1e-13 })
    #expect(estimate.adjoint.allSatisfy { $0 == 0 })
    var b = [Double](repeating: 0, count: blocks.layout.randomCount)
    #expect(schur.solve(&b, count: 1) == 0)
    #expect(b.allSatisfy { $0 == 0 })
  }

  @Test("A Krylov space that would exceed its limit gives nothing")
  func limit() {
    let blocks = RandomBlocks(
      BlockStructure("two crossed scalar terms", .crossed, [(25, 1), (20, 1)], border: 1), seed: 27)
    let schur = schurComplement(blocks, blocks.factors)
    let limits = KrylovLimits(dimension: 2)
    let estimate = schur.stochasticLogDeterminant(
      probeCount: 2, probe: { Self.signs($0, order: schur.order) }, differentiated: false,
      limits: limits)
    #expect(estimate == nil)
    var b = [Double](repeating: 1, count: blocks.layout.randomCount)
    #expect(schur.solve(&b, count: 1, limits: limits) == nil)
  }

  @Test("A factor that is not a number has no blocks")
  func notANumber() {
    let blocks = RandomBlocks(
      BlockStructure("two crossed scalar terms", .crossed, [(12, 1), (8, 1)], border: 1), seed: 28)
    for factors in [[Double.nan, 1], [1, .nan]] {
      var schur = SchurComplement(blocks.blocked)
      let isDefinite = schur.factorize(factors)
      #expect(!isDefinite)
    }
  }
}
