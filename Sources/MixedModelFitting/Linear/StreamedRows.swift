// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables

/// The complete rows of a chunk.
struct StreamedRows {
  let complete: CompleteRows
  /// The texts of the grouping columns.
  let pools: [String: LevelPool]

  /// - Returns: `nil` if the chunk's columns are not what the design expects of them.
  init?(
    _ chunk: DelimitedTextFile.Chunk, of design: ModelDesign, text: Set<String>,
    options: DesignOptions
  ) {
    let names = design.columnNames
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
    self.complete = complete
    self.pools = pools
  }

  /// The level of every row in the grouping factors of the given columns, as the chunk counts them.
  func levels(of groupingColumns: [[String]]) -> [LevelCodes] {
    groupingColumns.map { names in
      LevelCodes(
        names.map { name in
          guard case .categorical(let column)? = complete[name] else { return [] }
          return column.codes
        }, counts: names.map { pools[$0]?.count ?? 0 })
    }
  }
}
