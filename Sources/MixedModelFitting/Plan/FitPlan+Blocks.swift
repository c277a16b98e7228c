// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices

extension FitPlan {
  /// A block of the lower triangle of the cross-products A and of their factor L.
  public struct Block: Sendable, Hashable {
    /// The grouping factor of its rows, or `fixed` for the fixed effects and the response.
    public let row: String
    /// The grouping factor of its columns, or `fixed`.
    public let column: String
    public let rowCount: Int
    public let columnCount: Int
    /// Its form in A and in L.
    public let form: BlockStructure.Block
    /// The entries of A, in a block on the diagonal those on and below it.
    public let crossProductEntryCount: Int
    /// The entries of L, fill included.
    public let factorEntryCount: Int
    /// The bytes of the block in L as it is stored; the unused triangle of dense storage is shared
    /// out among the blocks of the tail.
    public let factorByteCount: Int

    /// The share of its places that have an entry in L, of a block on the diagonal those on and
    /// below it.
    public var density: Double {
      let places =
        row == column
        ? Double(rowCount) * Double(rowCount + 1) / 2 : Double(rowCount) * Double(columnCount)
      return places > 0 ? Double(factorEntryCount) / places : 0
    }
  }

  /// The part of the factor in which the levels of several grouping factors mingle.
  public struct Tail: Sendable, Hashable {
    /// How it is stored, by a model of the time that either takes.
    public enum Storage: String, Sendable, Hashable {
      case none
      case dense
      case sparse
      /// It is not stored at all: the log-determinant is stochastic.
      case notFormed = "not formed"
    }

    /// Its grouping factors.
    public let groupingFactors: [String]
    /// Its rows: random effects, fixed effects and the response.
    public let order: Int
    public let storage: Storage
    /// The dense blocks it is stored as.
    public let supernodeCount: Int
    /// The share of its lower triangle that has an entry.
    public let density: Double
  }
}

extension FitPlan.Tail {
  init(_ terms: [RandomEffectsTerm], _ system: EquationSystem) {
    guard let layout = system.factor else {
      groupingFactors = terms.dropFirst().map(\.groupingFactor)
      order = system.matrix.randomCount - system.matrix.terms[0].count + system.matrix.borderCount
      (storage, supernodeCount, density) = (.notFormed, 0, 0)
      return
    }
    groupingFactors = terms.dropFirst(layout.sparseTermCount).map(\.groupingFactor)
    order = layout.tailOrder
    storage = layout.tailCount == 0 ? .none : layout.tail.isDense ? .dense : .sparse
    supernodeCount = layout.tail.supernodeCount
    let places = Double(order) * Double(order + 1) / 2
    density = places > 0 ? Double(layout.tail.entryCount) / places : 0
  }
}

extension FitPlan.Block {
  /// All blocks, row by row up to the diagonal.
  static func all(of terms: [RandomEffectsTerm], _ system: EquationSystem) -> [FitPlan.Block] {
    let matrix = system.matrix
    let structure = BlockStructure(terms, system)
    let counts = system.factor.map(FactorBlockCounts.init)
    let last = matrix.terms.count
    var blocks: [FitPlan.Block] = []
    for later in 0...last {
      for earlier in 0...later {
        let crossProducts = crossProductEntryCount(later, earlier, matrix)
        var factor = 0
        var stored = 0
        if let layout = system.factor, let counts {
          factor = factorEntryCount(later, earlier, matrix, counts)
          stored = storedCount(later, earlier, layout, entryCount: factor)
        } else if later == earlier, later < last {
          // The blocks on the diagonal alone.
          factor = crossProducts
          stored = matrix.terms[later].count * matrix.terms[later].dimension
        }
        blocks.append(
          FitPlan.Block(
            row: structure.names[later], column: structure.names[earlier],
            rowCount: structure.rowCounts[later], columnCount: structure.rowCounts[earlier],
            form: structure.blocks[later][earlier], crossProductEntryCount: crossProducts,
            factorEntryCount: factor, factorByteCount: stored * MemoryLayout<Double>.stride))
      }
    }
    return blocks
  }

  /// The numbers that are stored for so many entries of a block of the factor.
  private static func storedCount(
    _ later: Int, _ earlier: Int, _ layout: CholeskyLayout, entryCount: Int
  ) -> Int {
    if earlier >= layout.sparseTermCount {
      // The part of a supernode's storage that its entries take.
      let entries = layout.tail.entryCount
      let padding = entries > 0 ? Double(layout.tail.valueCount) / Double(entries) : 1
      return Int((Double(entryCount) * padding).rounded())
    }
    guard later == earlier else { return entryCount }
    let shape = layout.matrix.terms[later]
    return shape.count * shape.dimension
  }

  private static func crossProductEntryCount(
    _ later: Int, _ earlier: Int, _ matrix: BlockLayout
  ) -> Int {
    let last = matrix.terms.count
    if later == last {
      return earlier == last
        ? triangle(matrix.borderCount) : matrix.borderCount * matrix.terms[earlier].count
    }
    let shape = matrix.terms[later]
    if later == earlier { return shape.levelCount * triangle(shape.dimension) }
    return matrix.patterns[matrix.pairIndex(later, earlier)].levels.count * shape.dimension
      * matrix.terms[earlier].dimension
  }

  private static func factorEntryCount(
    _ later: Int, _ earlier: Int, _ matrix: BlockLayout, _ counts: FactorBlockCounts
  ) -> Int {
    // Where the border takes part, nothing can fill in.
    guard later < matrix.terms.count else {
      return crossProductEntryCount(later, earlier, matrix)
    }
    let shape = matrix.terms[later]
    let blockCount = counts.blockCount(later, earlier)
    if later == earlier {
      return shape.levelCount * triangle(shape.dimension)
        + (blockCount - shape.levelCount) * shape.dimension * shape.dimension
    }
    return blockCount * shape.dimension * matrix.terms[earlier].dimension
  }

  private static func triangle(_ order: Int) -> Int { order * (order + 1) / 2 }
}
