// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors
import ModelFormulas

/// A model's rows on their way from a file.
struct RowStream: Sendable {
  let text: Set<String>
  private let file: DelimitedTextFile
  private let options: DesignOptions
  /// Learnt from some rows; its levels of grouping factors are not all.
  private let design: ModelDesign
  private let basis: ProvisionalBasis
  /// Where chunks begin that the design was learnt from.
  private let starts: Set<Int>

  /// With fewer chunks a table is no burden.
  private static let leastChunkCount = 8
  /// Chunks from which kinds, levels and the first basis are learnt.
  private static let sampledChunkCount = 8

  init?(
    _ formula: Formula, _ file: DelimitedTextFile, text: Set<String>, options: DesignOptions,
    threadCount: Int
  ) {
    let columns = UsedColumns(formula: formula, options: options)
    let names = columns.names
    let grouping = columns.groupingNames
    let known = Set(file.columnNames)
    guard file.chunkCount >= Self.leastChunkCount, !formula.randomTerms.isEmpty,
      known.isSuperset(of: names), known.isSuperset(of: options.categorical),
      text.isSuperset(of: grouping)
    else { return nil }
    // Some rows may lack levels of an order, which is asked for at the end.
    var sampleOptions = options
    for name in grouping where !columns.effectNames.contains(name) {
      sampleOptions.levels[name] = nil
    }
    self.text = text.intersection(names)
    self.file = file
    self.options = options
    guard
      let (table, starts) = file.sample(
        columns: names, text: self.text, chunkCount: Self.sampledChunkCount),
      let (sampled, evaluator) = try? ModelDesign.learning(
        formula: formula, data: table, options: sampleOptions),
      let design = Self.learningConstants(
        of: sampled, from: file, text: self.text, options: options, threadCount: threadCount)
    else { return nil }
    var complete = ColumnEvaluator(rows: evaluator.rows, constants: design.schema.constants)
    guard let rows = try? design.rows(from: &complete, for: .fitting),
      let basis = ProvisionalBasis(rows)
    else { return nil }
    self.starts = starts
    self.design = design
    self.basis = basis
  }

  /// The design with the constants of `center`, `scale` and `poly` that all rows give.
  /// - Returns: `nil` if a chunk is not what some of the rows promise, or the constants do not exist.
  private static func learningConstants(
    of design: ModelDesign, from file: DelimitedTextFile, text: Set<String>,
    options: DesignOptions, threadCount: Int
  ) -> ModelDesign? {
    let expressions = design.schema.constants.keys
    guard !expressions.isEmpty else { return design }
    var wanted = Set(expressions.flatMap(\.variables))
    if let frequencies = options.frequencyWeights { wanted.insert(frequencies) }
    let names = wanted.sorted()
    var columns = [[Double]](repeating: [], count: names.count)
    var isComplete = true
    let ending: Void? = try? file.forEachChunk(
      columns: design.columnNames, text: text, threadCount: threadCount,
      transform: { chunk -> [[Double]]? in
        guard let rows = StreamedRows(chunk, of: design, text: text, options: options)?.complete
        else { return nil }
        return names.map { name in
          guard case .numeric(let column)? = rows[name] else { return [] }
          return column.values
        }
      }
    ) { chunk in
      guard let chunk else {
        isComplete = false
        return false
      }
      for (place, values) in chunk.enumerated() { columns[place] += values }
      return true
    }
    guard ending != nil, isComplete,
      let table = try? DataTable(
        zip(names, columns).map { ($0, .numeric(NumericColumn($1))) }),
      let rows = try? CompleteRows(
        of: names, in: table, frequencyWeights: options.frequencyWeights)
    else { return nil }
    return try? design.learningConstants(from: rows)
  }

  /// One chunk, ready to be added.
  private struct Piece: Sendable {
    let start: Int
    let products: ChunkProducts
    /// The texts of the grouping columns in the chunk.
    let pools: [String: LevelPool]
  }

  /// The final design and the cross-products of all rows.
  func accumulated(threadCount: Int) -> (ModelDesign, CrossProducts)? {
    var sums = GrowingCrossProducts(
      dimensions: design.randomEffects.map(\.dimension), borderCount: basis.columnCount + 1)
    var statistics: RowStatistics?
    var levels = StreamedLevels(columns: design.groupingColumns, orders: options.levels)
    var missedStarts = starts
    var isComplete = true
    let ending: Void? = try? file.forEachChunk(
      columns: design.columnNames, text: text, threadCount: threadCount, transform: { piece($0) }
    ) { piece in
      guard let piece else {
        isComplete = false
        return false
      }
      missedStarts.remove(piece.start)
      let numbers = levels.numbers(
        of: piece.products.levels, in: piece.pools,
        isComplete: piece.products.statistics.rowCounts.dropped == 0)
      sums.add(piece.products.matrix, levels: numbers)
      if let limit = options.memoryLimit, sums.byteCount > limit {
        isComplete = false
        return false
      }
      statistics?.merge(piece.products.statistics)
      statistics = statistics ?? piece.products.statistics
      return true
    }
    // A chunk that the design was learnt from was none if its start was within quotes.
    guard ending != nil, isComplete, missedStarts.isEmpty, let statistics,
      let factors = levels.ordered(),
      let final = finalDesign(factors.map(\.factor), statistics.rowCounts)
    else { return nil }
    let order = final.groupingColumns.compactMap { design.groupingColumns.firstIndex(of: $0) }
    let arranged = sums.arranged(order: order, places: factors.map(\.places))
    return CrossProducts(arranged, over: basis, statistics).map { (final, $0) }
  }

  private func finalDesign(
    _ factors: [GroupingFactor], _ rowCounts: ModelDesign.RowCounts
  ) -> ModelDesign? {
    try? ModelDesign(
      formula: design.formula, schema: design.schema, responseKind: design.responseKind,
      columnNames: design.columnNames, options: options, rowCounts: rowCounts
    ) { names throws(MixedModelError) in
      guard let factor = factors.first(where: { $0.columns == names }) else {
        throw .missingColumn(names.joined(separator: " & "))
      }
      return factor
    }
  }

  /// The cross-products of a chunk, or `nil` if its columns are not what was expected of them.
  private func piece(_ chunk: DelimitedTextFile.Chunk) -> Piece? {
    guard let streamed = StreamedRows(chunk, of: design, text: text, options: options)
    else { return nil }
    let levels = streamed.levels(of: design.groupingColumns)
    var evaluator = ColumnEvaluator(
      rows: streamed.complete, constants: design.schema.constants)
    guard
      let rows = try? design.rows(
        from: &evaluator, groups: levels.map { ($0.codes, $0.levelCount) })
    else { return nil }
    return Piece(
      start: chunk.range.lowerBound,
      products: ChunkProducts(
        rows, rowCounts: ModelDesign.RowCounts(streamed.complete), levels: levels, basis: basis),
      pools: streamed.pools)
  }
}
