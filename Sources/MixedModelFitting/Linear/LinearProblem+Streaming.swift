// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DataTables
import MixedModelErrors
import ModelFormulas

extension LinearProblem {
  /// The problem of a formula over a file, from one pass over its rows, of which only a few are in
  /// memory at a time.
  ///
  /// The kinds of columns, the levels of categorical effects and the first basis come from chunks all
  /// over the file; grouping factors and everything else from the pass itself. The result depends
  /// neither on the number of threads nor, but for rounding, on there being no table. Should the
  /// rows be asked for later, the file is read again.
  /// - Parameters:
  ///   - file: must not change as long as the problem is in use.
  ///   - text: columns that are text whatever they look like, all grouping columns among them.
  ///   - threadCount: how many chunks are read and multiplied at a time.
  /// - Returns: `nil` if the file is small, or the model or the file needs more than one pass:
  ///   transformations with learnt constants, an order of grouping levels, levels or texts that
  ///   come as a surprise, lines within quotes, columns that are collinear or of extreme magnitude,
  ///   and whatever is an error. Then the table serves, or says what is wrong.
  /// - Complexity: O(bytes + n (p² + Σ k (p + k))); in memory the cross-products.
  package init?(
    streaming formula: Formula, from file: DelimitedTextFile, text: Set<String>,
    options: DesignOptions, threadCount: Int = 1
  ) {
    guard let stream = RowStream(formula, file, text: text, options: options),
      let (design, crossProducts) = stream.accumulated(threadCount: threadCount)
    else { return nil }
    let system = EquationSystem(crossProducts.layout, design.logDeterminant)
    // The table, which takes more, says what is too large.
    guard (try? options.checkMemory(of: design, system, data: nil)) != nil else { return nil }
    self.init(design, crossProducts, system: system) {
      do {
        return try design.rows(
          of: file.table(categorical: stream.text, columns: Set(stream.names)))
      } catch {
        preconditionFailure("a file that does not change: \(error)")
      }
    }
  }
}

/// A model's rows on their way from a file.
private struct RowStream: Sendable {
  let names: [String]
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
    _ formula: Formula, _ file: DelimitedTextFile, text: Set<String>, options: DesignOptions
  ) {
    let columns = UsedColumns(formula: formula, options: options)
    names = columns.names
    let grouping = columns.groupingNames
    let known = Set(file.columnNames)
    guard file.chunkCount >= Self.leastChunkCount, !formula.randomTerms.isEmpty,
      known.isSuperset(of: names), known.isSuperset(of: options.categorical),
      text.isSuperset(of: grouping), !grouping.contains(where: { options.levels[$0] != nil })
    else { return nil }
    self.text = text.intersection(names)
    self.file = file
    self.options = options
    guard
      let (table, starts) = try? file.sample(
        columns: columns.names, text: self.text, chunkCount: Self.sampledChunkCount),
      let (design, learnt) = try? ModelDesign.learning(
        formula: formula, data: table, options: options),
      design.schema.constants.isEmpty
    else { return nil }
    var evaluator = learnt
    guard let rows = try? design.rows(from: &evaluator, for: .fitting),
      let basis = ProvisionalBasis(rows)
    else { return nil }
    self.starts = starts
    self.design = design
    self.basis = basis
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
    var levels = StreamedLevels(columns: design.groupingColumns)
    var missedStarts = starts
    var isComplete = true
    let ending: Void? = try? file.forEachChunk(
      columns: names, text: text, threadCount: threadCount, transform: { piece($0) }
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
    var columns: [(name: String, column: Column)] = []
    var pools: [String: LevelPool] = [:]
    let grouping = Set(design.groupingColumns.joined())
    for (name, column) in zip(names, chunk.columns) {
      switch column {
      case .numbers(let values):
        guard !text.contains(name),
          design.schema.levels(of: name) == nil || options.makesCategorical(name)
        else { return nil }
        columns.append((name, .numeric(NumericColumn(values))))
      case .texts(let codes, let pool):
        guard text.contains(name) || design.schema.levels(of: name) != nil else { return nil }
        let isEffect = design.schema.variables[name] != nil
        columns.append(
          (
            name,
            .categorical(CategoricalColumn(codes: codes, levels: isEffect ? pool.texts : []))
          ))
        if grouping.contains(name) { pools[name] = pool }
      }
    }
    guard let table = try? DataTable(columns),
      let complete = try? CompleteRows(
        of: names, in: table, frequencyWeights: options.frequencyWeights, mayBeNone: true)
    else { return nil }
    let levels = design.groupingColumns.map { names in
      LevelCodes(
        names.map { name in
          guard case .categorical(let column)? = complete[name] else { return [] }
          return column.codes
        }, counts: names.map { pools[$0]?.count ?? 0 })
    }
    var evaluator = ColumnEvaluator(rows: complete)
    guard
      let rows = try? design.rows(
        from: &evaluator, groups: levels.map { ($0.codes, $0.levelCount) })
    else { return nil }
    return Piece(
      start: chunk.range.lowerBound,
      products: ChunkProducts(
        rows, rowCounts: ModelDesign.RowCounts(complete), levels: levels, basis: basis),
      pools: pools)
  }
}
