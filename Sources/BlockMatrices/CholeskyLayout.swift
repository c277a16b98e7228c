// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The symbolic half of a blocked Cholesky factor: the order of elimination and its fill.
///
/// Terms are eliminated in order. The first, and every later one whose block stays block diagonal
/// when those before it are eliminated (a chain of nested factors), is eliminated level by level:
/// each level is a *node*, a dense diagonal block above a panel of the rows it meets. All remaining
/// random effects, together with the border, form the *tail*, described by a ``TailLayout``.
///
/// The analysis is done once per model and shared by every factor of it.
package final class CholeskyLayout: Sendable {
  package let matrix: BlockLayout
  /// The number of terms eliminated level by level.
  package let sparseTermCount: Int
  /// The number of random effects in those terms.
  package let sparseCount: Int
  /// The number of random effects in the tail.
  package let tailCount: Int
  /// The order of the tail: its random effects and the border.
  package let tailOrder: Int
  package let tail: TailLayout

  /// The number of the first node of each sparse term; one past the end closes the list.
  package let nodeStart: [Int]
  /// Where each node's rows begin in ``rows``; one past the end closes the list.
  package let rowStart: [Int]
  /// The rows of every node's panel, ascending: random effects of the sparse terms by their indices
  /// among all, those of the tail by their positions after them.
  package let rows: [Int32]
  /// For each pair of terms with a sparse earlier one, the place of each block's first row within
  /// its node's rows.
  package let pairPositions: [[Int32]]
  /// For each pair of terms that both belong to the tail, where its blocks begin, counted from the
  /// first value of the tail.
  let tailPairOffsets: [[Int]]
  /// For each sparse term and each level of the tail in order of elimination, where the entries of
  /// that level begin in ``tailEntries``; one past the end closes each list.
  let tailEntryStarts: [[Int]]
  let tailEntries: [[TailEntry]]
  /// For each sparse term, the nodes that meet a large part of a dense tail, ascending. They have no
  /// entries in ``tailEntries``.
  let wideNodes: [[WideNode]]

  /// A level of the tail in the panel of a node.
  struct TailEntry: Sendable {
    let node: Int32
    /// The place of the level's first row in ``CholeskyLayout/rows``.
    let row: Int32
    /// Where the node's rows end.
    let end: Int32
  }

  struct WideNode: Sendable, Equatable {
    let node: Int32
    /// The place in ``CholeskyLayout/rows`` of the first row that belongs to the tail.
    let row: Int32
  }

  // Where each part's values begin in the factor's flat array.
  package let diagonalStart: [Int]
  package let panelStart: [Int]
  package let borderStart: Int
  package let tailStart: Int
  package let valueCount: Int
  /// The most rows any node's panel has.
  package let largestPanel: Int

  /// - Parameter tail: how the tail is to be stored; all but tests leave it to its own rule.
  package init(_ matrix: BlockLayout, tail storage: TailStorage = .automatic) {
    self.matrix = matrix
    let terms = matrix.terms
    var analysis = NodeAnalysis(matrix)
    repeat { analysis.eliminateNextTerm() } while analysis.nextTermStaysBlockDiagonal()
    let sparse = analysis.eliminated.count
    let (levelStarts, levels) = analysis.tailLevels()
    let tailLevels = TailLevels(
      matrix, firstTerm: sparse, levelStarts: levelStarts, levels: levels)
    let tail = TailLayout(tailLevels, borderCount: matrix.borderCount, storage: storage)
    let sparseCount = terms[sparse - 1].start + terms[sparse - 1].count
    let panels = PanelRows(analysis, tailLevels, tail, sparseCount: sparseCount)

    var nodeStart = [0]
    var panelStart: [Int] = []
    var diagonalStart: [Int] = []
    var next = 0
    for term in 0..<sparse {
      diagonalStart.append(next)
      next += terms[term].count * terms[term].dimension
    }
    for term in 0..<sparse {
      panelStart.append(next)
      nodeStart.append(nodeStart[term] + terms[term].levelCount)
      let count = panels.starts[nodeStart[term + 1]] - panels.starts[nodeStart[term]]
      next += count * terms[term].dimension
    }

    sparseTermCount = sparse
    self.sparseCount = sparseCount
    tailCount = matrix.randomCount - sparseCount
    tailOrder = tailCount + matrix.borderCount
    self.tail = tail
    self.nodeStart = nodeStart
    rowStart = panels.starts
    rows = panels.rows
    tailEntryStarts = panels.entryStarts
    tailEntries = panels.entries
    wideNodes = panels.wideNodes
    self.diagonalStart = diagonalStart
    self.panelStart = panelStart
    largestPanel = zip(panels.starts.dropFirst(), panels.starts).reduce(0) { max($0, $1.0 - $1.1) }
    borderStart = next
    tailStart = next + matrix.borderCount * sparseCount
    valueCount = tailStart + tail.valueCount
    pairPositions = panels.pairPositions(nodeStart: nodeStart)
    tailPairOffsets = tail.pairOffsets(matrix, firstTerm: sparse, sparseCount: sparseCount)
  }

  /// Where the panel of a node begins in the factor's values.
  package func panelOffset(term: Int, node: Int) -> Int {
    panelStart[term]
      + (rowStart[node] - rowStart[nodeStart[term]]) * matrix.terms[term].dimension
  }

  /// Where a sparse random effect stands.
  struct NodePlace {
    let term: Int
    let level: Int
    /// The effects of the node.
    let dimension: Int
    /// The index of the node's first effect, and this one's place after it.
    let start: Int
    let offset: Int
    /// The node's part of ``CholeskyLayout/rows``.
    let rows: Range<Int>
    /// Where the node's diagonal block and its panel begin in the factor's values.
    let diagonal: Int
    let panel: Int
  }

  /// - Parameter index: of a random effect of a sparse term.
  @inline(__always)
  func nodePlace(of index: Int) -> NodePlace {
    var term = 0
    while index >= matrix.terms[term].start + matrix.terms[term].count { term += 1 }
    let shape = matrix.terms[term]
    let k = shape.dimension
    // A division takes longer than all else here.
    let level = k == 1 ? index - shape.start : (index - shape.start) / k
    let node = nodeStart[term] + level
    let rows = rowStart[node]..<rowStart[node + 1]
    return NodePlace(
      term: term, level: level, dimension: k, start: shape.start + level * k,
      offset: index - shape.start - level * k, rows: rows,
      diagonal: diagonalStart[term] + level * k * k,
      panel: panelStart[term] + (rows.lowerBound - rowStart[nodeStart[term]]) * k)
  }
}
