// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import MixedModelErrors
import MixedModelFitting
import TestSupport
import Testing

@Suite("Cross-products")
struct CrossProductsTests {
  /// Rows of several terms with levels in no order, some of which never meet.
  private func rows(
    seed: UInt64, terms shapes: [(levelCount: Int, dimension: Int)], fixedEffectCount p: Int,
    hasWeights: Bool, hasOffset: Bool
  ) -> DesignRows {
    var random = SplitMix(seed: seed)
    let n = 40
    let fixed = Matrix(n, p) { _, j in j == 0 ? 1 : 50 * Double(j) + random.normal() }
    let terms = shapes.map { shape in
      DesignRows.Term(
        levelCodes: (0..<n).map { _ in Int32(random.index(below: shape.levelCount)) },
        levelCount: shape.levelCount, dimension: shape.dimension,
        values: random.normals(n * shape.dimension))
    }
    return DesignRows(
      fixedEffects: fixed, terms: terms, response: random.normals(n).map { 100 + 10 * $0 },
      weights: hasWeights ? random.uniforms(n).map { 0.1 + abs($0) } : nil,
      offset: hasOffset ? random.normals(n) : nil)
  }

  /// The rows `[Z | B | r]`, weighted: B the basis of X, r the response's residual on it.
  private func denseRows(_ rows: DesignRows, _ crossProducts: CrossProducts) -> Matrix {
    let basis = crossProducts.basis
    let n = rows.rowCount
    let layout = crossProducts.layout
    let estimable = Matrix(n, basis.rank) { rows.fixedEffects[$0, basis.estimable[$1]] }
    let b = estimable * basis.transform
    let fitted = b * Matrix(column: basis.gamma)
    var result = Matrix(rowCount: n, columnCount: layout.randomCount + basis.rank + 1)
    for row in 0..<n {
      let root = (rows.weights?[row] ?? 1).squareRoot()
      for (index, term) in rows.terms.enumerated() {
        let shape = layout.terms[index]
        for effect in 0..<shape.dimension {
          let column = shape.start + Int(term.levelCodes[row]) * shape.dimension + effect
          result[row, column] =
            root * term.values[row * shape.dimension + effect]
            / crossProducts.effectUnits[index].scales[effect]
        }
      }
      for j in 0..<basis.rank { result[row, layout.randomCount + j] = root * b[row, j] }
      let y = (rows.response[row] - (rows.offset?[row] ?? 0)) / basis.responseScale
      result[row, layout.randomCount + basis.rank] = root * (y - fitted[row, 0])
    }
    return result
  }

  @Test(
    "The blocked matrix is that of the dense rows, multiplied",
    arguments: [false, true], [false, true])
  func dense(hasWeights: Bool, hasOffset: Bool) throws {
    let structures: [[(levelCount: Int, dimension: Int)]] = [
      [(7, 1)], [(5, 3)], [(9, 1), (4, 1)], [(8, 2), (5, 1), (3, 3)], [(40, 1), (2, 2)],
    ]
    for (number, structure) in structures.enumerated() {
      for p in 1...4 {
        let rows = rows(
          seed: UInt64(10 * number + p), terms: structure, fixedEffectCount: p,
          hasWeights: hasWeights, hasOffset: hasOffset)
        let crossProducts = try CrossProducts(rows)
        let dense = denseRows(rows, crossProducts)
        let expected = dense.transposed * dense
        let order = expected.rowCount
        // The product with the identity reads every entry, whatever the storage.
        let product = crossProducts.matrix.multiplied(
          by: Matrix.identity(order).values, count: order)
        let blocked = Matrix(rowCount: order, columnCount: order, values: product)
        #expect(blocked.relativeDifference(to: expected) < 1e-12)
        #expect(crossProducts.observationCount == 40)
        #expect(crossProducts.rank == p)
        let logWeights = rows.weights.map { Matrix(column: $0) }
        let determinant = logWeights.map { weights in
          Matrix(40, 40) { $0 == $1 ? weights[$0, 0] : 0 }.logDeterminant
        }
        #expect(abs(crossProducts.logWeightSum - (determinant ?? 0)) < 1e-12)
      }
    }
  }

  @Test("The order of the rows does not matter")
  func rowOrder() throws {
    let original = rows(
      seed: 3, terms: [(8, 2), (5, 1)], fixedEffectCount: 3, hasWeights: true, hasOffset: true)
    var random = SplitMix(seed: 4)
    let order = Array(0..<original.rowCount).shuffled(using: &random)
    let shuffled = DesignRows(
      fixedEffects: Matrix(order.count, 3) { original.fixedEffects[order[$0], $1] },
      terms: original.terms.map { term in
        DesignRows.Term(
          levelCodes: order.map { term.levelCodes[$0] }, levelCount: term.levelCount,
          dimension: term.dimension,
          values: order.flatMap { row in
            (0..<term.dimension).map { term.values[row * term.dimension + $0] }
          })
      },
      response: order.map { original.response[$0] },
      weights: original.weights.map { weights in
        order.map { weights[$0] }
      },
      offset: original.offset.map { offset in order.map { offset[$0] } })
    let first = try CrossProducts(original)
    let second = try CrossProducts(shuffled)
    #expect(first.layout.patterns == second.layout.patterns)
    #expect(
      Matrix(column: first.matrix.values)
        .relativeDifference(to: Matrix(column: second.matrix.values)) < 1e-12)
  }

  @Test("Covariates of extreme magnitude are held in a safe unit, a power of two")
  func effectScales() throws {
    let original = rows(
      seed: 5, terms: [(6, 2)], fixedEffectCount: 1, hasWeights: false, hasOffset: false)
    for factor in [1e-150, 1e-30, 1e30, 1e150] {
      let scaled = DesignRows(
        fixedEffects: original.fixedEffects,
        terms: original.terms.map { term in
          DesignRows.Term(
            levelCodes: term.levelCodes, levelCount: 6, dimension: 2,
            values: term.values.enumerated().map {
              $0.offset % 2 == 1 ? $0.element * factor : $0.element
            })
        }, response: original.response, weights: nil, offset: nil)
      let crossProducts = try CrossProducts(scaled)
      #expect(crossProducts.effectUnits[0].scales[0] == 1)
      #expect(crossProducts.effectUnits[0].scales[1].significand == 1)
      #expect(crossProducts.matrix.values.allSatisfy { abs($0) < 1e6 })
      let dense = denseRows(scaled, crossProducts)
      let expected = dense.transposed * dense
      let product = crossProducts.matrix.multiplied(
        by: Matrix.identity(expected.rowCount).values, count: expected.rowCount)
      let blocked = Matrix(
        rowCount: expected.rowCount, columnCount: expected.rowCount, values: product)
      #expect(blocked.relativeDifference(to: expected) < 1e-12)
    }
  }

  @Test("Too few rows for the coefficients are reported with both numbers")
  func tooFewRows() throws {
    let rows = DesignRows(
      fixedEffects: Matrix(2, 2) { $0 == 0 || $1 == 0 ? 1 : 2 },
      terms: [DesignRows.Term(levelCodes: [0, 1], levelCount: 2, dimension: 1, values: [1, 1])],
      response: [1, 5], weights: nil, offset: nil)
    let error = #expect(throws: MixedModelError.self) { try CrossProducts(rows) }
    #expect(
      error?.description
        == "There are 2 complete rows for 2 fixed-effects coefficients. A model needs more rows "
        + "than coefficients: leave out terms, or add data.")
  }

  @Test("A response that the fixed effects reproduce is reported")
  func exactFit() throws {
    let rows = DesignRows(
      fixedEffects: Matrix(5, 2) { $1 == 0 ? 1 : Double($0) },
      terms: [
        DesignRows.Term(
          levelCodes: [0, 0, 1, 1, 1], levelCount: 2, dimension: 1, values: [1, 1, 1, 1, 1])
      ],
      response: [1, 3, 5, 7, 9], weights: nil, offset: nil)
    let error = #expect(throws: MixedModelError.self) { try CrossProducts(rows) }
    #expect(
      error?.description
        == "The fixed effects reproduce the response exactly, so that no variance is left. "
        + "Is the response a function of a predictor?")
  }
}
