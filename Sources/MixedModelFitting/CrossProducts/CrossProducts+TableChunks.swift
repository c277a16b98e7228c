// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import MixedModelErrors

extension CrossProducts {
  /// So many rows at a time stay in a cache while they are evaluated and multiplied.
  private static let chunkRowCount = 4096
  /// From how many rows the first basis is learnt.
  private static let sampleRowCount = 2048

  /// The cross-products of a design over the rows that it was learnt from, without all of them as
  /// numbers in memory at a time.
  ///
  /// - Parameter check: may refuse the layout before memory for it is taken.
  /// - Returns: `nil` if the rows are few, or their cross-products need more than one pass over them.
  /// - Throws: ``MixedModelError`` if the rows are not those of such a model, or `check` refuses.
  init?(
    _ design: ModelDesign, from evaluator: inout ColumnEvaluator,
    chunkRowCount: Int = chunkRowCount,
    check: (BlockLayout) throws(MixedModelError) -> Void = { _ throws(MixedModelError) in }
  ) throws(MixedModelError) {
    let rowCount = evaluator.rows.rowCount
    guard rowCount > 4 * chunkRowCount else { return nil }
    var terms: [DesignRows.Term] = []
    for block in design.randomBlocks {
      terms.append(
        DesignRows.Term(
          levelCodes: try block.levelCodes(in: &evaluator, for: .fitting),
          levelCount: block.grouping.levels.count, dimension: block.term.dimension, values: []))
    }
    let (source, constants) = (evaluator.rows, evaluator.constants)
    func rows(_ picked: some Collection<Int>) throws(MixedModelError) -> DesignRows {
      var evaluator = ColumnEvaluator(rows: source.picked(picked), constants: constants)
      return try design.rows(
        from: &evaluator,
        groups: terms.map { term in (picked.map { term.levelCodes[$0] }, term.levelCount) })
    }

    let step = max(1, rowCount / Self.sampleRowCount)
    let sample = try rows(stride(from: step / 2, to: rowCount, by: step).map { $0 })
    guard let basis = ProvisionalBasis(sample) else { return nil }
    let accumulator = CrossProductAccumulator(
      terms: terms, border: [], borderCount: basis.columnCount + 1)
    try check(accumulator.layout)
    var values = [Double](repeating: 0, count: accumulator.layout.valueCount)
    var statistics: RowStatistics?
    for start in stride(from: 0, to: rowCount, by: chunkRowCount) {
      let chunk = try rows(start..<min(start + chunkRowCount, rowCount))
      let rootWeights = chunk.totalWeights.map { $0.map { $0.squareRoot() } }
      accumulator.part(
        chunk.terms.map { $0.held(in: $0.units, rootWeights: rootWeights) },
        border: basis.packed(chunk, rootWeights: rootWeights), firstRow: start
      ).add(to: &values)
      let counts = ModelDesign.RowCounts(
        used: chunk.rowCount, observations: chunk.observationCount, dropped: 0, zeroFrequency: 0)
      let next = RowStatistics(chunk, counts)
      statistics?.merge(next)
      statistics = statistics ?? next
    }
    guard let statistics else { return nil }
    self.init(
      BlockedMatrix(layout: accumulator.layout, values: values), over: basis, statistics)
  }
}
