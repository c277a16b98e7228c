// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import TestSupport
import Testing

/// How the levels of a random structure's terms occur together.
struct BlockStructure: Sendable, CustomTestStringConvertible {
  enum Occurrence: Sendable {
    /// Every term's level is drawn anew in each row.
    case crossed
    /// The level of each term after the first is a function of the level before it.
    case nested
    /// Nested, except for every seventh row.
    case partiallyNested
    /// The first two terms are nested, the others crossed.
    case nestedAndCrossed
    /// Crossed within islands: rows of different islands have no level in common.
    case islands
    /// Each level of the first term meets one level of every other, but for every sixth row.
    case fewMoves
  }

  let name: String
  let occurrence: Occurrence
  let terms: [(levelCount: Int, dimension: Int)]
  let borderCount: Int
  let tail: TailStorage

  init(
    _ name: String, _ occurrence: Occurrence,
    _ terms: [(levelCount: Int, dimension: Int)], border: Int, tail: TailStorage = .dense
  ) {
    self.name = name
    self.tail = tail
    self.occurrence = occurrence
    self.terms = terms
    borderCount = border
  }

  var testDescription: String { tail == .dense ? name : name + ", sparse tail" }

  /// Every structure with a dense tail, and with a sparse one unless it has none.
  static let all =
    dense
    + dense.filter { $0.terms.count > 1 }.map {
      BlockStructure($0.name, $0.occurrence, $0.terms, border: $0.borderCount, tail: sparse)
    }

  /// Supernodes without zeros: what these small structures are measured to gain by more of them
  /// would leave few.
  private static let sparse = TailStorage.sparse(
    SupernodeCost(overhead: 0, perMove: 0, perProduct: 1))

  private static let dense: [BlockStructure] = [
    BlockStructure("one scalar term", .crossed, [(12, 1)], border: 2),
    BlockStructure(
      "one scalar term of one level, the response alone", .crossed, [(1, 1)], border: 1),
    BlockStructure("one vector term, k = 2", .crossed, [(9, 2)], border: 3),
    BlockStructure("one vector term, k = 3", .crossed, [(7, 3)], border: 4),
    BlockStructure("one vector term, k = 5", .crossed, [(5, 5)], border: 5),
    BlockStructure("one vector term, k = 10", .crossed, [(4, 10)], border: 2),
    BlockStructure("two crossed scalar terms", .crossed, [(12, 1), (8, 1)], border: 1),
    BlockStructure("three crossed scalar terms", .crossed, [(10, 1), (6, 1), (3, 1)], border: 3),
    BlockStructure("scalar crossed with vector", .crossed, [(11, 1), (5, 2)], border: 2),
    BlockStructure("vector crossed with scalar", .crossed, [(8, 3), (6, 1)], border: 2),
    BlockStructure("two crossed vectors", .crossed, [(7, 2), (4, 3)], border: 3),
    BlockStructure("a chain of two", .nested, [(12, 1), (4, 1)], border: 2),
    BlockStructure("a chain of two vectors", .nested, [(12, 2), (4, 3)], border: 2),
    BlockStructure("a chain of three", .nested, [(12, 1), (6, 1), (2, 1)], border: 4),
    BlockStructure("a chain of three, mixed", .nested, [(12, 3), (6, 1), (2, 2)], border: 1),
    BlockStructure("partially nested", .partiallyNested, [(12, 1), (4, 2)], border: 2),
    BlockStructure("nested and crossed", .nestedAndCrossed, [(12, 1), (4, 1), (5, 1)], border: 2),
    BlockStructure(
      "nested and crossed vectors", .nestedAndCrossed, [(12, 2), (4, 2), (3, 3)], border: 5),
    // A tail beyond the order at which dense kernels hand over to the library.
    BlockStructure("a wide tail", .crossed, [(12, 2), (12, 3)], border: 3),
    BlockStructure(
      "five crossed terms", .crossed, [(40, 1), (30, 1), (25, 1), (20, 1), (15, 1)], border: 3),
    BlockStructure(
      "five crossed terms, some vectors", .crossed,
      [(40, 1), (25, 2), (20, 1), (15, 3), (10, 1)], border: 2),
    BlockStructure("islands", .islands, [(30, 1), (24, 1), (18, 2)], border: 2),
    BlockStructure("few moves", .fewMoves, [(30, 1), (25, 1)], border: 4),
    BlockStructure("few moves of vectors", .fewMoves, [(30, 2), (20, 2)], border: 1),
  ]
}

/// Rows of `[Z1 ... Zt | border]` with random covariates, and their cross-products twice: dense and
/// blocked.
struct RandomBlocks {
  let structure: BlockStructure
  let layout: BlockLayout
  /// `[Z | border]'[Z | border]`, symmetric.
  let dense: Matrix
  /// The terms' k × k lower-triangular factors, one after the other.
  let factors: [Double]

  var blocked: BlockedMatrix { blocked(dense) }
  var order: Int { dense.rowCount }
  var choleskyLayout: CholeskyLayout { CholeskyLayout(layout, tail: structure.tail) }

  init(_ structure: BlockStructure, seed: UInt64, rowCount: Int = 60) {
    var random = SplitMix(seed: seed)
    self.structure = structure
    let codes = Self.codes(structure, rowCount: rowCount, &random)
    var starts: [Int] = []
    var randomCount = 0
    for shape in structure.terms {
      starts.append(randomCount)
      randomCount += shape.levelCount * shape.dimension
    }
    var rows = Matrix(rowCount: rowCount, columnCount: randomCount + structure.borderCount)
    for row in 0..<rowCount {
      for (term, shape) in structure.terms.enumerated() {
        for effect in 0..<shape.dimension {
          rows[row, starts[term] + codes[term][row] * shape.dimension + effect] = random.normal()
        }
      }
      for border in 0..<structure.borderCount { rows[row, randomCount + border] = random.normal() }
    }
    dense = rows.transposed * rows
    var patterns: [BlockPattern] = []
    for later in structure.terms.indices {
      for earlier in 0..<later {
        var pairStarts = [0]
        var levels: [Int32] = []
        for level in 0..<structure.terms[earlier].levelCount {
          let met = Set(
            (0..<rowCount).filter { codes[earlier][$0] == level }.map { codes[later][$0] })
          levels += met.sorted().map(Int32.init)
          pairStarts.append(levels.count)
        }
        patterns.append(BlockPattern(starts: pairStarts, levels: levels))
      }
    }
    layout = BlockLayout(
      terms: structure.terms, borderCount: structure.borderCount, patterns: patterns)
    var factors: [Double] = []
    for shape in structure.terms {
      for column in 0..<shape.dimension {
        for row in 0..<shape.dimension { factors.append(row < column ? 0 : random.normal()) }
      }
    }
    self.factors = factors
  }

  private static func codes(
    _ structure: BlockStructure, rowCount: Int, _ random: inout SplitMix
  ) -> [[Int]] {
    var codes = structure.terms.map { shape in
      (0..<rowCount).map { _ in random.index(below: shape.levelCount) }
    }
    let nestedTerms =
      switch structure.occurrence {
      case .crossed, .islands: 0..<0
      case .nested, .partiallyNested, .fewMoves: 1..<structure.terms.count
      case .nestedAndCrossed: 1..<2
      }
    let exception =
      switch structure.occurrence {
      case .partiallyNested: 7
      case .fewMoves: 6
      default: rowCount + 1
      }
    for term in nestedTerms {
      for row in 0..<rowCount where row % exception != exception - 1 {
        codes[term][row] = codes[term - 1][row] % structure.terms[term].levelCount
      }
    }
    if structure.occurrence == .islands {
      for (term, shape) in structure.terms.enumerated() {
        for row in 0..<rowCount {
          codes[term][row] = codes[term][row] / 3 * 3 % shape.levelCount + row % 3
        }
      }
    }
    return codes
  }
}

extension RandomBlocks {
  /// The blocked form of a dense symmetric matrix, of which only entries on the pattern are read.
  func blocked(_ matrix: Matrix) -> BlockedMatrix {
    var values: [Double] = []
    values.reserveCapacity(layout.valueCount)
    for shape in layout.terms {
      for level in 0..<shape.levelCount {
        let first = shape.start + level * shape.dimension
        for j in 0..<shape.dimension {
          for i in 0..<shape.dimension { values.append(matrix[first + i, first + j]) }
        }
      }
    }
    forEachPairBlock { rows, columns in
      for i in rows { for j in columns { values.append(matrix[i, j]) } }
    }
    for column in 0..<layout.randomCount {
      for i in layout.randomCount..<order { values.append(matrix[i, column]) }
    }
    for column in layout.randomCount..<order {
      for i in layout.randomCount..<order { values.append(matrix[i, column]) }
    }
    return BlockedMatrix(layout: layout, values: values)
  }

  /// Calls `body` with the rows and columns of each block of two terms, in the order of storage.
  private func forEachPairBlock(_ body: (Range<Int>, Range<Int>) -> Void) {
    for (later, rowShape) in layout.terms.enumerated() {
      for (earlier, columnShape) in layout.terms.prefix(later).enumerated() {
        let pattern = layout.patterns[layout.pairIndex(later, earlier)]
        for level in 0..<columnShape.levelCount {
          let column = columnShape.start + level * columnShape.dimension
          for entry in pattern.starts[level]..<pattern.starts[level + 1] {
            let row = rowShape.start + Int(pattern.levels[entry]) * rowShape.dimension
            body(row..<row + rowShape.dimension, column..<column + columnShape.dimension)
          }
        }
      }
    }
  }

  /// A random symmetric matrix with entries only where the pattern has some.
  func randomOnPattern(_ random: inout SplitMix) -> Matrix {
    var result = Matrix(rowCount: order, columnCount: order)
    func fill(_ rows: Range<Int>, _ columns: Range<Int>) {
      for i in rows {
        for j in columns where i >= j || !columns.contains(i) {
          result[i, j] = random.normal()
          result[j, i] = result[i, j]
        }
      }
    }
    for shape in layout.terms {
      for level in 0..<shape.levelCount {
        let first = shape.start + level * shape.dimension
        fill(first..<first + shape.dimension, first..<first + shape.dimension)
      }
    }
    forEachPairBlock(fill)
    fill(layout.randomCount..<order, 0..<layout.randomCount)
    fill(layout.randomCount..<order, layout.randomCount..<order)
    return result
  }

  /// The block-diagonal Λ, with the identity for the border.
  func lambda(_ factors: [Double]) -> Matrix {
    var result = Matrix.identity(order)
    for (term, shape) in layout.terms.enumerated() {
      let k = shape.dimension
      for level in 0..<shape.levelCount {
        let first = shape.start + level * k
        for j in 0..<k {
          for i in 0..<k {
            result[first + i, first + j] = factors[layout.factorStart[term] + i + j * k]
          }
        }
      }
    }
    return result
  }

  /// `Λ'AΛ + I` bordered by the dense rows of A, from the dense cross-products.
  func system(_ a: Matrix, factors: [Double]) -> Matrix {
    let lambda = lambda(factors)
    var result = lambda.transposed * a * lambda
    for i in 0..<layout.randomCount { result[i, i] += 1 }
    return result
  }
}

extension BlockedCholesky {
  func lastRowSolution() -> [Double] {
    var w: [Double] = []
    solveLastRow(into: &w)
    return w
  }
}
